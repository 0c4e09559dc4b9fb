# What the checks need beside npm's packages.

components() {
  local missing=() program
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v carbon-cache >/dev/null || missing+=(graphite-carbon)
  command -v nc >/dev/null || missing+=(netcat-openbsd)
  command -v curl >/dev/null || missing+=(curl)
  command -v strace >/dev/null || missing+=(strace)
  command -v ip >/dev/null || missing+=(iproute2)
  command -v adduser >/dev/null || missing+=(adduser)
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v systemd-analyze >/dev/null || missing+=(systemd)
  export SYSTEMD_ANALYZE=systemd-analyze
  command -v chromium >/dev/null || missing+=(chromium fonts-liberation)
  # Shells that complete commands, what reads the manual, and a terminal.
  for program in zsh fish mandoc tmux; do command -v "$program" >/dev/null || missing+=("$program"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  # Its services are not to be started: that is what the run level says.
  "${root[@]}" apt-get update -qq &&
    "${root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# For the tests of completion, the manual and what is shown on a terminal.
shells() {
  local program
  for program in zsh fish mandoc tmux; do command -v "$program" || return; done
  export SHELLS=1
  in_clone+=("SHELLS=1")
}

# npm has the programs of all versions, each as a package for one system.
node_package=$(node -p '`node-${process.platform}-${process.arch}`')

node_versions() {
  local version
  for version in "${other_versions[@]}"; do
    npm install --prefix "$work/node-$version" --no-fund --no-audit "$node_package@$version" >/dev/null || return
    "$(node_of "$version")" --version || return
  done
}

node_of() {
  printf '%s' "$work/node-$1/node_modules/$node_package/bin/node"
}

# A machine without Go, Python or npm fails here, and in the tests that are then skipped.
official_clients() {
  export DOGSTATSD_CLIENTS=$work/clients
  mkdir "$DOGSTATSD_CLIENTS" && test/fixtures/clients/install.sh "$DOGSTATSD_CLIENTS" || return
  in_clone+=("DOGSTATSD_CLIENTS=$DOGSTATSD_CLIENTS")
}

# The models of Datadog's own API client, from npm.
datadog_models() {
  export DATADOG_API_CLIENT=$work/datadog-api
  test/fixtures/datadog-api/install.sh "$DATADOG_API_CLIENT" || return
  in_clone+=("DATADOG_API_CLIENT=$DATADOG_API_CLIENT")
}

# Prometheus' client for Python, from PyPI.
prometheus_client() {
  export PROMETHEUS_CLIENT=$work/prometheus-client
  test/fixtures/prometheus/install.sh "$PROMETHEUS_CLIENT" || return
  in_clone+=("PROMETHEUS_CLIENT=$PROMETHEUS_CLIENT")
}

# syslog-ng, rsyslog and nginx of Debian, OpenTelemetry of npm and PyPI. Run as who runs all of this, not as the unprivileged user too.
log_senders() {
  export LOG_SENDERS=$work/senders
  test/fixtures/senders/install.sh "$LOG_SENDERS"
}

# Without Go the cases still hold statsdrain to what was written down of it.
statsd_exporter() {
  if ! command -v go >/dev/null; then
    printf 'not compared: this machine has no Go to make statsd_exporter with; test/fixtures/statsd-exporter/cases.json stands for it\n'
    return
  fi
  test/fixtures/statsd-exporter/install.sh "$work/exporter" || return
  export STATSD_EXPORTER=$work/exporter/statsd_exporter
  in_clone+=("STATSD_EXPORTER=$STATSD_EXPORTER")
}

# Tests of the page of live, in the first run alone. Pictures of it are left in $TMPDIR/statsdrain-screenshots, or where SCREENSHOTS says.
browser() {
  CHROMIUM=$(command -v chromium) || return
  export CHROMIUM
  "$CHROMIUM" --version
}
