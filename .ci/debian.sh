#!/usr/bin/env bash
# Builds the Debian package, and installs, runs, removes and purges it in an overlay of this machine's root. Run by .ci/deploy.sh inside
# `unshare --mount`, with an empty folder.
set -euo pipefail
folder=$1
mount -t tmpfs tmpfs "$folder"
package=$(deploy/debian/build.sh "$folder/out")
printf '%s, %s bytes\n' "${package##*/}" "$(stat -c %s "$package")"
root=$folder/root
mkdir "$folder/upper" "$folder/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"
for mounted in proc dev; do mount --rbind "/$mounted" "$root/$mounted"; done
install -m 644 "$package" "$root/tmp/statsdrain.deb"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

inside dpkg --install /tmp/statsdrain.deb >"$folder/dpkg.log" 2>&1 || { cat "$folder/dpkg.log"; exit 1; }
inside sh -c '[ "$(stat -c %U:%G:%a /etc/statsdrain/config.json)" = root:statsdrain:640 ]'
inside sh -c '[ "$(stat -c %U:%G:%a /var/lib/statsdrain)" = statsdrain:statsdrain:700 ]'
inside statsdrain check /etc/statsdrain/config.json
for file in /usr/share/man/man1/statsdrain.1.gz /usr/share/bash-completion/completions/statsdrain /usr/lib/systemd/system/statsdrain.service \
  /usr/lib/systemd/system/statsdrain.service.d/user.conf; do
  inside test -s "$file" || { printf '%s is missing\n' "$file"; exit 1; }
done
command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/statsdrain.service")

cat >"$folder/run.sh" <<RUN
set -euo pipefail
ip link set lo up
as_service=(chroot "$root" setpriv --reuid=statsdrain --regid=statsdrain --clear-groups --no-new-privs
  env -i --chdir=/var/lib/statsdrain PATH=/usr/bin:/bin)
inside() { "\${as_service[@]}" "\$@"; }
. .ci/running.sh
"\${as_service[@]}" $command >$folder/log 2>&1 &
server=\$!
trap "kill -KILL \$server 2>/dev/null || true" EXIT
healthy 'inside statsdrain status --quiet /etc/statsdrain/config.json' \$server $folder/log
counted $folder/log
ended \$server $folder/log
[ -n "\$(ls -A $root/var/lib/statsdrain/state)" ] || { echo 'no state was kept'; exit 1; }
RUN
unshare --net bash "$folder/run.sh"

# What the administrator changed stays at an upgrade and a removal.
inside sh -c 'echo " " >>/etc/statsdrain/config.json; md5sum /etc/statsdrain/config.json >/tmp/sum'
for what in '--install /tmp/statsdrain.deb' '--remove statsdrain' '--purge statsdrain'; do
  inside dpkg $what >"$folder/dpkg.log" 2>&1 || { cat "$folder/dpkg.log"; exit 1; }
  case $what in --purge*) ;; *) inside md5sum --quiet --check /tmp/sum ;; esac
done
for path in /etc/statsdrain /var/lib/statsdrain /usr/lib/statsdrain /usr/bin/statsdrain; do
  if inside test -e "$path"; then printf '%s is left behind\n' "$path"; exit 1; fi
done
if inside getent passwd statsdrain; then printf 'the user is left behind\n'; exit 1; fi
printf 'installed, upgraded, removed and purged: nothing is left\n'
