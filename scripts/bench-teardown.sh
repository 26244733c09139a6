#!/bin/bash
# Takes the capstone down twice on one local cloud: by the article's AWS CLI commands, each retried until accepted, and by
# scripts/teardown.lua. Prints how long each took, its processor time, and the longest chain of waits. Then takes 2,000
# small resources down on a cloud that throttles as AWS does, and prints the calls a second and how many were refused.
#
#   scripts/bench-teardown.sh [--no-build]
#
# Needs the tests' Python environment (scripts/setup.sh --tests): the AWS CLI is in it, and the capstone builds with it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in
    '' | --no-build) ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) printf 'bench-teardown.sh: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
esac
cd "$root"
PATH=$test_venv/bin:$PATH
command -v aws >/dev/null || fail "the AWS CLI is missing: scripts/setup.sh --tests"

[ "${1:-}" = --no-build ] || {
    swift build "${release_options[@]}" --product awscicd-run 1>&2
    swift build "${release_options[@]}" --product awscicd-local 1>&2
}
programs=$(swift build "${release_options[@]}" --show-bin-path)
work=$(mktemp -d)
server=''
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

# A local cloud, and the variables that lead there.
start() {
    "$programs/awscicd-local" --port 0 --quiet >"$work/exports" &
    server=$!
    for _ in $(seq 100); do
        [ -s "$work/exports" ] && break
        sleep 0.1
    done
    . "$work/exports"
}

# measured NAME COMMAND…: runs it, and keeps "SECONDS PROCESSOR_SECONDS" in NAME.
measured() {
    local name=$1 TIMEFORMAT='%R %U %S'
    shift
    { time "$@" >"$work/output" 2>"$work/errors" || touch "$work/failed"; } 2>"$work/time"
    if [ -e "$work/failed" ]; then fail "$* failed" "$(tail -5 "$work/errors")" "$(tail -5 "$work/output")"; fi
    printf -v "$name" '%s' "$(awk '{ printf "%.2f %.2f", $1, $2 + $3 }' "$work/time")"
}

# left: how many resources of the series still stand.
left() { "$programs/awscicd-run" --json scripts/teardown.lua --plan | "$programs/awscicd-run" -e 'print(json.decode(io.read "a").count)'; }

make() { "$programs/awscicd-run" scripts/capstone.lua --keep >"$work/output" 2>&1 || fail "the capstone failed" "$(tail -20 "$work/output")"; }

start
say "the capstone, taken down by the article's commands"
make
measured article Benchmarks/teardown/article.sh awscicd
[ "$(left)" = 0 ] || fail "the article's commands left something" "$("$programs/awscicd-run" scripts/teardown.lua --plan)"
say "the capstone, taken down by scripts/teardown.lua"
make
measured ours "$programs/awscicd-run" --json scripts/teardown.lua --yes
"$programs/awscicd-run" Benchmarks/teardown/compare.lua "$article" "$ours" <"$work/output"

say "2,000 resources within the services' limits of calls a second"
AWSCICD_RUN=$programs/awscicd-run AWSCICD_PATH=$root/Tests/Scripts "$programs/awscicd-run" Benchmarks/teardown/many.lua 2000
