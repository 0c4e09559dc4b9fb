#!/usr/bin/env bash
# Publishes a release with its provenance: publish.sh [FOLDER]   (default: release). For a CI job that may ask for an OpenID token, by which npm
# signs which commit and which job made the package: GitHub Actions with "id-token: write", GitLab with an id_token SIGSTORE_ID_TOKEN.
set -euo pipefail
if [ -z "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ] && [ -z "${SIGSTORE_ID_TOKEN:-}" ]; then
  printf '%s: neither ACTIONS_ID_TOKEN_REQUEST_URL nor SIGSTORE_ID_TOKEN is set, so that nobody can say which job made the package; ' "$0" >&2
  printf 'run it in a CI job that may ask for an OpenID token ("deploy/release/release.sh" alone makes the files)\n' >&2
  exit 69
fi
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-release}
"$here/release.sh" "$folder"
cd "$folder"
sha256sum --check --quiet SHA256SUMS
npm publish --provenance --access public ./statsdrain-*.tgz
