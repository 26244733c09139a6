#!/bin/bash
# Brings the API models to a release of botocore and says which operations that adds and removes.
#
#   scripts/update-models.sh [VERSION]
#
#   VERSION   a release of botocore, such as 1.43.11; without it the newest
#
# The release is fetched from the Python package index into a folder that is removed again. Compiled into
# Sources/CModelImage/models.image, which is to be committed; the image stays as it was when anything goes wrong.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1-} in
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
    "" | [0-9]*.[0-9]*) version=${1-} ;;
    *) printf 'update-models.sh: "%s" is no version (try --help)\n' "$1" >&2; exit 2 ;;
esac

command -v python3 >/dev/null || fail "python3 is missing" "It fetches and unpacks the release: scripts/setup.sh --tests installs it."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
image=Sources/CModelImage/models.image

say "fetching botocore ${version:-(the newest release)}"
python3 -m venv "$work/python" || fail "Python's venv module is missing" "scripts/setup.sh --tests installs it."
"$work/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$work/release" \
    "botocore${version:+==$version}" || fail "botocore ${version:-} could not be fetched"
version=$(basename "$(echo "$work"/release/botocore-*.dist-info)" .dist-info)
version=${version#botocore-}

say "compiling the models"
swift build --product awscicd-model
tool=$(swift build --show-bin-path)/awscicd-model
"$tool" compile --release "botocore $version" "$work/release/botocore/data" "$work/models.image"

say "what changes"
"$tool" compare "$image" "$work/models.image"
if cmp -s "$image" "$work/models.image"; then
    say "$image is what it was"
else
    cp "$work/models.image" "$image"
    say "$image is written: run scripts/test.sh, then commit it"
fi
