#!/bin/bash
# Writes scripts/hot-functions.txt: the functions that a call of an AWS operation runs, and after them those that only a script's
# first answer takes, which the linker then puts side by side. A call runs a little of nearly everything; spread over 30 MB, each
# piece is fetched into the processor's cache anew, and at the start each page is mapped by itself.
# For maintainers, after larger changes to the client or with a new Swift: names that are no longer there have no effect.
#
#   scripts/order-functions.sh [--no-build]
#
#   --no-build   look at .build/release/awscicd-run as it is
#
# It needs valgrind (apt-get install valgrind) and cc, and counts; it measures no time.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build=yes calls=300
case ${1:-} in
    --no-build) build=no ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
    '') ;;
    *) printf 'order-functions.sh: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
esac
cd "$root"
for program in valgrind cc nm objcopy; do
    command -v "$program" >/dev/null || fail "$program is missing: apt-get install valgrind gcc binutils"
done
[ "$build" = no ] || build_release 1>&2

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT INT TERM
# The debugger's data, which valgrind cannot read, goes; the names stay.
objcopy --strip-debug .build/release/awscicd-run "$work/awscicd-run"
start_bench_server "$work"

# count FILE CODE…: what awscicd-run does, by callgrind.
count() {
    local file=$1
    shift
    env -i PATH="$PATH" AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=example AWS_REGION=eu-west-1 \
        AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE="$work/none" AWS_SHARED_CREDENTIALS_FILE="$work/none" \
        AWS_ENDPOINT_URL="$url" \
        valgrind --tool=callgrind --callgrind-out-file="$file" --demangle=no --compress-strings=no \
        "$work/awscicd-run" "$@" >/dev/null 2>"$work/errors" || fail "valgrind failed" "$(tail -3 "$work/errors")"
}
say "counting $calls calls, and a start"
count "$work/calls" Benchmarks/lua/calls.lua "$url" "$calls"
count "$work/start" -e 'print(aws.sts.get_caller_identity().Account)'

# Who runs in at least every third call; "'2" marks what calls itself.
awk -v calls="$calls" '
    /^cfn=/ { name = substr($0, 5); sub(/\047[0-9]+$/, "", name) }
    /^calls=/ { split(substr($0, 7), count, " "); total[name] += count[1] }
    END { for (name in total) if (total[name] * 3 >= calls) print name }
' "$work/calls" >"$work/hot"
# Who runs at all.
awk '/^c?fn=/ { sub(/^c?fn=/, ""); sub(/\047[0-9]+$/, ""); print }' "$work/start" >"$work/early"
# In the order in which they are now, which keeps neighbours together.
nm --defined-only --numeric-sort "$work/awscicd-run" >"$work/all"
# listed FILE: those of its functions that are in the program.
listed() {
    awk 'NR == FNR { wanted[$0] = 1; next }
        $2 ~ /[tTwWuV]/ && ($3 in wanted) && !($3 in shown) { shown[$3] = 1; print $3 }' "$1" "$work/all"
}
listed "$work/hot" >"$work/list"
count=$(wc -l <"$work/list")
[ "$count" -gt 100 ] || fail "only $count functions were found" "Is .build/release/awscicd-run stripped?"
{
    echo "# What a call of an AWS operation runs, for the linker; scripts/order-functions.sh writes this."
    cat "$work/list"
    echo "# What a script's first answer takes besides."
    listed "$work/early" | grep -vxFf "$work/list"
} >scripts/hot-functions.txt
say "$count functions of a call and $(($(wc -l <scripts/hot-functions.txt) - count - 2)) of a start in scripts/hot-functions.txt"
