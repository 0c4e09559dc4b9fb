# Runs of the tests, and what they count. Each writes a report, whose name begins with who ran it: root or user.

me=user
if is_root; then me=root; fi
reports=$work/reports
mkdir "$reports"
chmod 1777 "$reports"

# tests NAME COMMAND...: what Vitest counts is added to what the steps count.
tests() {
  local report=$reports/$1.json code counts
  shift
  # Many tests wait for most of their time: three at once on two cores.
  "$@" --maxWorkers=3 --reporter=default --reporter=json "--outputFile.json=$report"
  code=$?
  counts=$(node .ci/counts.mjs "$report") || return
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
  return "$code"
}

# vitest_on NODE ARGUMENTS...
vitest_on() {
  local node=$1
  shift
  "$node" node_modules/vitest/vitest.mjs run "$@"
}

# The README's commands have installed and built its clone. Who runs them makes no difference to arithmetic, nor to what waits for
# clocks, other servers and clients.
tests_as_user() {
  if ! is_root; then
    printf 'the tests above ran as %s, who is not the superuser\n' "$user"
    return
  fi
  tests user-default "${in_clone[@]}" "PATH=$PATH" node node_modules/vitest/vitest.mjs run \
    --exclude 'test/{aggregate,backends,config,differential,explain,mapping,partial,pattern,protocol,sketch,statsd,telemetry,window}/**' \
    --exclude 'test/{docs,ingest,packets,plugins}/**' \
    --exclude 'test/e2e/{prometheus-real,exporter-cases,chaos,restarts,carbon,modules,official-clients,log-senders,admin,admin-original,views,live-page,hunt,deploy-*}.test.ts' \
    --exclude 'test/regression/{secrets,threads,no-lane,plugin,graphite,start-is-told,console}*.test.ts'
}

# Tests of permissions need the superuser, or need not to be the superuser. Any other skipped test is a failure.
skips_made_up_for() {
  local counts
  counts=$(node .ci/skips.mjs "$reports"/*.json) || return
  failed=$((failed + counts))
  [ "$counts" -eq 0 ]
}
