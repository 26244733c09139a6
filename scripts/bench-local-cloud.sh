#!/bin/bash
# Measures the local cloud (release build):
# - signed and verified calls a second, beside a moto server on the same machine in the same run;
# - answers and memory with many instances and pipelines at once.
# Usage: scripts/bench-local-cloud.sh [--seconds N] [--rounds N] [--instances N] [--pipelines N] [rates | scale]
#   --seconds    of each measurement of a rate, and a tenth of the time at scale (default 3)
#   --rounds     in which the two servers take turns; rates are medians (default 3)
#   --instances, --pipelines   at scale (default 500 and 50)
# Needs wrk (Debian) and the tests' Python environment.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
seconds=3 rounds=3 instances=500 pipelines=50 part=all
while [ $# -gt 0 ]; do
    case $1 in
        --seconds | --rounds | --instances | --pipelines)
            [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "$1 takes a whole number of at least 1"
            printf -v "${1#--}" %s "$2"
            shift 2
            ;;
        rates | scale) part=$1 && shift ;;
        *) fail "unknown argument $1" "$(sed -n 's/^# Usage: //p' "${BASH_SOURCE[0]}")" ;;
    esac
done
python="$test_venv/bin/python3"
[ -x "$python" ] || python=python3
"$python" -c 'import boto3, moto' 2>/dev/null || fail "boto3 and moto are missing: scripts/setup.sh --tests"

# As the other benchmarks build theirs: what one has compiled is there for the next.
swift build "${release_options[@]}" --static-swift-stdlib --product awscicd-local 1>&2
binary=$(swift build "${release_options[@]}" --show-bin-path)/awscicd-local
if [ "$part" != scale ]; then
    command -v wrk >/dev/null || fail "wrk is missing: apt-get install wrk"
    "$python" Benchmarks/python/local_cloud_rates.py "$binary" "$seconds" "$rounds"
fi
if [ "$part" != rates ]; then
    "$python" Benchmarks/python/local_cloud_scale.py "$binary" "$instances" "$pipelines" $((seconds * 10))
fi
