# What an installation has to do, wherever it is: become healthy, count a line that comes over UDP, and end in time by SIGTERM. Sourced
# by what has started a server with the ports of the examples in a network of its own.

# healthy COMMAND PROCESS LOG
healthy() {
  local tries
  for tries in {1..100}; do
    if $1 >"$3.health" 2>&1; then
      printf 'healthy by: %s\n' "${1#inside }"
      return
    fi
    kill -0 "$2" || break
    sleep 0.2
  done
  printf 'not healthy:\n'
  cat "$3.health" "$3"
  return 1
}

counted() {
  local tries
  printf 'deploy.test:3|c\n' >/dev/udp/127.0.0.1/8125
  for tries in {1..50}; do
    if curl --silent --fail http://127.0.0.1:9102/metrics | grep -q '^deploy_test\(_total\)\? 3$'; then
      printf 'it counted a line that came over UDP\n'
      return
    fi
    sleep 0.2
  done
  printf 'the line is not on the page:\n'
  cat "$1"
  return 1
}

# ended PROCESS LOG
ended() {
  local code=0
  kill -TERM "$1"
  timeout 10 tail --pid="$1" -f /dev/null || { printf 'it goes on after SIGTERM\n'; kill -KILL "$1"; return 1; }
  wait "$1" || code=$?
  [ "$code" -eq 0 ] || { printf 'it ended with %s:\n' "$code"; cat "$2"; return 1; }
  printf 'it ended by SIGTERM with 0\n'
}
