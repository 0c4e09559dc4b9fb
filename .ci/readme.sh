# The first screen of the README, as it stands there, with no program but Node's in PATH.

# readme_block NUMBER: the text of one of its blocks.
readme_block() {
  awk -v wanted="$1" '/^```/ { inside = !inside; number += inside; next } inside && number == wanted' README.md
}

# The first block starts statsdrain, the second one sends lines from another shell, which the page has then; the third one is the table that they give.
# Ctrl-C must end it with 0.
first_screen() {
  local path=$work/path out=$work/out log=$work/log program pid code page began=$SECONDS
  mkdir "$path"
  : >"$log"
  for program in node npm npx sh; do ln -s "$(command -v "$program")" "$path/$program"; done
  setsid "${in_clone[@]}" "PATH=$path" sh -c "$(readme_block 1)" >"$out" 2>"$log" &
  pid=$!
  until grep -q '"msg":"ready"' "$log"; do
    if ! kill -0 "$pid" 2>/dev/null || [ $((SECONDS - began)) -gt 600 ]; then
      cat "$out" "$log"
      kill -- "-$pid" 2>/dev/null
      return 1
    fi
    sleep 0.2
  done
  "${in_clone[@]}" "PATH=$path" sh -c "$(readme_block 2)" || printf 'the second block failed\n'
  shows_on_page
  page=$?
  pkill -INT -g "$pid" -x node
  wait "$pid"
  code=$?
  cat "$out" "$log"
  [ "$code" -eq 0 ] && [ "$page" -eq 0 ] && shows_table "$out"
}

# What was sent is on the page within the window.
shows_on_page() {
  local began=$SECONDS address=http://127.0.0.1:8127
  until curl -fsS "$address/api/series?q=page.views" | grep -qF '"tags":["env:prod"]'; do
    if [ $((SECONDS - began)) -gt 12 ]; then
      printf 'not on the page: page.views\n'
      return 1
    fi
    sleep 0.5
  done
  curl -fsS "$address/" | grep -qF /assets/app.js
}

# The times and what is reckoned from them are others.
shows_table() {
  local line missing=0
  while IFS= read -r line; do
    grep -qxF -- "$line" "$1" || { missing=1; printf 'not shown: %s\n' "$line"; }
  done < <(readme_block 3 | grep -vE '^[0-9]{4}-|^counters|^page\.views|^$')
  grep -qE '^page\.views env:prod +1 ' "$1" && [ "$missing" -eq 0 ]
}
