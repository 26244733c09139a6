#!/bin/bash
# Signed and verified calls a second of the local cloud, beside a moto server on the same machine in the same window.
# Usage: scripts/bench-local-cloud.sh [SECONDS for each measurement]. Needs wrk (Debian) and the tests' Python environment.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
command -v wrk >/dev/null || fail "wrk is missing: apt-get install wrk"
python="$test_venv/bin/python3"
[ -x "$python" ] || python=python3
"$python" -c 'import boto3, moto' 2>/dev/null || fail "boto3 and moto are missing: scripts/setup.sh --tests"

swift build -c release --product awscicd-local 1>&2
exec "$python" Benchmarks/python/local_cloud.py "$(swift build -c release --show-bin-path)/awscicd-local" "${1:-5}"
