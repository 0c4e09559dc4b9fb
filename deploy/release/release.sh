#!/usr/bin/env bash
# Writes what a release consists of into a folder: the package, a CycloneDX list of what is in it (SBOM), and SHA256SUMS of both.
# Usage: deploy/release/release.sh [FOLDER]   (default: release). Works offline, after `npm ci`.
# publish.sh does this, and publishes.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-release}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
version=$(node -p 'require("./package.json").version')
for old in "$folder"/statsdrain-*.tgz "$folder"/statsdrain-*.cdx.json "$folder/SHA256SUMS"; do rm -f "$old"; done

npm pack --silent --pack-destination "$folder" >/dev/null
npm sbom --package-lock-only --sbom-format cyclonedx --sbom-type application |
  node deploy/release/without-development.mjs >"$folder/statsdrain-$version.cdx.json"
cd "$folder"
sha256sum "statsdrain-$version.tgz" "statsdrain-$version.cdx.json" >SHA256SUMS
cat SHA256SUMS
