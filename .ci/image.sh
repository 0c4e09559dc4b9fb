#!/usr/bin/env bash
# Builds the image without an engine and runs it as an engine would: as its user, with a root that cannot be written, a network of its
# own and PID 1's signals. Run by .ci/deploy.sh inside `unshare --mount`, with an empty folder.
set -euo pipefail
folder=$1
mount -t tmpfs tmpfs "$folder"
node .ci/image.mjs deploy/container/Dockerfile "$folder" >"$folder/image.json"
of() { node -p "const v = JSON.parse(fs.readFileSync('$folder/image.json'))['$1']; Array.isArray(v) ? v.join(' ') : v"; }
root=$(of root)
user=$(of user)

# The volumes of compose.yaml and of the manifests.
mount -t tmpfs tmpfs "$root/tmp"
chmod 1777 "$root/tmp"
for path in var/lib/statsdrain run/statsdrain; do
  mount -t tmpfs -o "uid=${user%:*},gid=${user#*:},mode=755" tmpfs "$root/$path"
done
mount -o remount,ro,bind "$root"

cat >"$folder/run.sh" <<RUN
set -euo pipefail
ip link set lo up
in_image=(chroot "$root" setpriv --reuid=${user%:*} --regid=${user#*:} --clear-groups --bounding-set=-all --no-new-privs
  env -i "--chdir=$(of workdir)" PATH=/usr/local/bin:/usr/bin:/bin)
inside() { "\${in_image[@]}" "\$@"; }
. .ci/running.sh
"\${in_image[@]}" $(of command) >$folder/log 2>&1 &
server=\$!
trap "kill -KILL \$server 2>/dev/null || true" EXIT
healthy 'inside $(of healthcheck)' \$server $folder/log
counted $folder/log
if inside touch /app/file 2>/dev/null || inside touch /etc/statsdrain/file 2>/dev/null; then echo 'the root can be written'; exit 1; fi
[ "\$(awk '/^Uid:/ { print \$2 }' /proc/\$server/status)" = ${user%:*} ] || { echo 'it does not run as $user'; exit 1; }
ended \$server $folder/log
RUN
unshare --net bash "$folder/run.sh"
