# What is published, as a user has it: packed, installed in an empty folder, and run from there.

# In a shell of its own, since it changes to other folders.
package_as_installed() (
  local release=$work/release user=$work/installed
  deploy/release/release.sh "$release" || return
  # Nobody vouches for a package that was made here.
  env -u ACTIONS_ID_TOKEN_REQUEST_URL -u SIGSTORE_ID_TOKEN deploy/release/publish.sh "$work/unpublished" 2>/dev/null
  [ $? -eq 69 ] && [ ! -e "$work/unpublished" ] || return
  (cd "$release" && sha256sum --check --quiet SHA256SUMS) || return
  node -e '
    const [, sbom, lock] = process.argv.map((file, index) => index && JSON.parse(require("fs").readFileSync(file)));
    const listed = sbom.components.map(({ name, group }) => (group ? `${group}/${name}` : name));
    const missing = Object.keys(lock.packages[""].dependencies).filter((name) => !listed.includes(name));
    if (sbom.bomFormat !== "CycloneDX" || missing.length > 0) throw new Error(`not in the SBOM: ${missing}`);
  ' "$release"/statsdrain-*.cdx.json package-lock.json || return

  mkdir "$user" && cd "$user" || return
  npm init --yes >/dev/null && npm install --no-fund --no-audit --prefer-offline "$release"/statsdrain-*.tgz >/dev/null || return
  [ "$(npx --no-install statsdrain --version)" = "$(node -p 'require("./node_modules/statsdrain/package.json").version')" ] || return
  cat >config.json <<'CONFIG'
{
  "flushInterval": "1s",
  "frontends": [{ "type": "udp", "host": "127.0.0.1", "port": 0 }, { "type": "http", "host": "127.0.0.1", "port": 0 }],
  "backends": [{ "type": "console", "format": "json" }, { "type": "prometheus", "host": "127.0.0.1", "port": 0 }]
}
CONFIG
  npx --no-install statsdrain check config.json >/dev/null || return
  ./node_modules/.bin/statsdrain config.json >out 2>log &
  local server=$! tries=0 failed=0
  until grep -q '"msg":"ready"' log; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] && sleep 0.1 || break
  done
  local port
  port=$(grep -o 'udp[^"]*127.0.0.1:[0-9]*' log | grep -o '[0-9]*$')
  printf 'packed:7|c\n' >"/dev/udp/127.0.0.1/$port" || failed=1
  sleep 2.5
  kill "$server"
  wait "$server" || failed=1
  grep -q '"packed"' out || failed=1
  [ "$failed" -eq 0 ] || cat log out
  return "$failed"
)
