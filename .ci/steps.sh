# Steps, what they count, and the end.

passed=0
failed=0

step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '=== failed: %s\n' "$name"
  fi
  printf '=== %d s\n' $((SECONDS - began))
}

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
  exit
}

clean_up() {
  remove_user
  rm -rf "$work"
}
trap clean_up EXIT
