#!/usr/bin/env bash
# Builds statsdrain_VERSION_ARCH.deb: build.sh FOLDER. For this machine's kind of processor, since one of its packages brings a library.
# Needs dpkg-deb and npm, and a clone that "npm run build" has built. Changes nothing of the clone. docs/DEPLOY.md says what is in it.
set -euo pipefail
[[ $# -eq 1 && $1 != -* ]] || { printf 'usage: %s FOLDER\n' "$0" >&2; exit 64; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
[ -f dist/src/cli.js ] || { printf '%s: dist/src/cli.js is missing; run "npm run build"\n' "$0" >&2; exit 1; }

upstream=$(node -p 'require("./package.json").version')
version=$upstream-1
maintainer='The statsdrain authors <statsdrain@example.com>'
architecture=$(dpkg --print-architecture)
# All times in the package are that of the last commit: the same clone gives the same bytes.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
lib=$root/usr/lib/statsdrain
doc=$root/usr/share/doc/statsdrain
umask 022

put() { install -D -m "${3:-644}" "$1" "$root$2"; }

mkdir -p "$lib" "$root/usr/bin" "$root/DEBIAN"
cp package.json package-lock.json config.example.json config.schema.json "$lib"
npm ci --prefix "$lib" --omit=dev --ignore-scripts --no-audit --no-fund --silent
rm "$lib/package-lock.json" "$lib/node_modules/.package-lock.json"
cp -R dist "$lib/dist"
rm -rf "$lib/dist/bench" "$lib/dist/test"
# Programs of packages, and what only those who develop with them read.
rm -rf "$lib/node_modules/.bin"
find "$lib/node_modules" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '.*' -o -name '*eslint*' -o -name '*.sh' \) -delete
find "$lib/node_modules" -depth -type d -empty -delete
find "$lib" -type f -exec chmod 644 {} +
# Debian's own Node.js, whatever PATH is.
sed -i '1s|^#!.*|#!/usr/bin/node|' "$lib/dist/src/cli.js"
chmod 755 "$lib/dist/src/cli.js"
ln -s ../lib/statsdrain/dist/src/cli.js "$root/usr/bin/statsdrain"

put deploy/debian/config.json /etc/statsdrain/config.json
printf '/etc/statsdrain/config.json\n' >"$root/DEBIAN/conffiles"
for unit in deploy/systemd/*.service deploy/systemd/*.socket; do
  [ ! -f "$unit" ] || put "$unit" "/usr/lib/systemd/system/$(basename "$unit")"
done
put deploy/debian/user.conf /usr/lib/systemd/system/statsdrain.service.d/user.conf
# systemd makes /run/statsdrain; where the server is started by hand, it is made by who does so.
if [ -f dist/statsdrain.1 ]; then
  put dist/statsdrain.1 /usr/share/man/man1/statsdrain.1
  gzip -9n "$root/usr/share/man/man1/statsdrain.1"
fi
completion() {
  node dist/src/cli.js completion "$1" >"$work/completion" 2>/dev/null || return 0
  put "$work/completion" "$2"
}
completion bash /usr/share/bash-completion/completions/statsdrain
completion zsh /usr/share/zsh/vendor-completions/_statsdrain
completion fish /usr/share/fish/vendor_completions.d/statsdrain.fish

mkdir -p "$doc"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
{
  printf 'statsdrain (%s) unstable; urgency=medium\n\n  * statsdrain %s.\n\n' "$version" "$upstream"
  printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R --date="@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.Debian.gz"
{
  printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: statsdrain\n\n'
  printf 'Files: *\nCopyright: %s\nLicense: Expat\n' "$(sed -n 's/^Copyright (c) //p' LICENSE)"
  sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
  printf '\nComment: The packages in /usr/lib/statsdrain/node_modules have their licences in their folders.\n'
} >"$doc/copyright"

for script in postinst prerm postrm; do install -m 755 "deploy/debian/scripts/$script" "$root/DEBIAN/$script"; done
cat >"$root/DEBIAN/control" <<CONTROL
Package: statsdrain
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: nodejs (>= 20.19), adduser, libc6
Recommends: systemd
Section: net
Priority: optional
Description: StatsD-compatible metrics server
 Takes metrics as lines of StatsD and DogStatsD over UDP, TCP and Unix sockets,
 and as log lines over HTTP; aggregates them, and sends them to Datadog,
 Prometheus, Graphite and others, or shows them on a page of its own.
CONTROL
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$out" >/dev/null
printf '%s\n' "$out/statsdrain_${version}_$architecture.deb"
