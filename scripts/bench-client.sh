#!/bin/bash
# Measures the AWS client of a release build beside its peers, in one run, since timings of two runs do not compare:
# CPU a call beside the same loop in C on libcurl and beside boto3; reading answers of 5 MB into Lua's tables beside boto3;
# start-up to the first answer beside curl and the AWS CLI; memory with 30 services in use.
#
#   scripts/bench-client.sh [--no-build] [--quick]
#
#   --no-build   measure .build/release/awscicd-run as it is
#   --quick      fewer calls and rounds
#
# Everything talks to a server on loopback. It needs cc; libcurl's and OpenSSL's headers for the loop in C; curl with
# --aws-sigv4; python3 with boto3, and aws, from the PATH or from the tests' environment (scripts/setup.sh --tests).
# A peer that is missing is named and left out. All take turns, many short ones: a machine's speed drifts within a run, by more
# than what is measured here. Figures are medians, of ratios those of the turns; CPU is user and system time of all threads.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build=yes calls=3000 rounds=15 starts=41
while [ $# -gt 0 ]; do
    case $1 in
        --no-build) build=no ;;
        --quick) calls=2000 rounds=5 starts=15 ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) printf 'bench-client.sh: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
    esac
    shift
done
cd "$root"
command -v cc >/dev/null || fail "cc is missing: apt-get install gcc"
[ "$build" = no ] || build_release 1>&2
run=.build/release/awscicd-run
[ -x "$run" ] || fail "$run is missing" "Run this script without --no-build."

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT INT TERM
strip -o "$work/awscicd-run" "$run" 2>/dev/null || cp "$run" "$work/awscicd-run"
run=$work/awscicd-run

missing=()
loop=$work/loop
cc -O2 -D_GNU_SOURCE -Wno-deprecated-declarations -o "$loop" Benchmarks/c/loop.c -lcurl -lcrypto 2>"$work/cc.log" || {
    loop=
    missing+=("the loop in C: it needs libcurl's and OpenSSL's headers (apt-get install libcurl4-openssl-dev libssl-dev)")
}
python=
for candidate in "$test_venv/bin/python3" python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import boto3' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || missing+=("boto3: scripts/setup.sh --tests, or pip install boto3")
cli=
for candidate in "$test_venv/bin/aws" aws; do
    if command -v "$candidate" >/dev/null; then cli=$candidate; break; fi
done
[ -n "$cli" ] || missing+=("the AWS CLI: scripts/setup.sh --tests, or https://aws.amazon.com/cli")
curl=$(command -v curl) || missing+=("curl: apt-get install curl")
for peer in "${missing[@]+"${missing[@]}"}"; do echo "left out: $peer"; done

start_bench_server "$work"

# No profile, proxy or setting of the user's changes what is measured.
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true NO_PROXY=127.0.0.1
export AWS_CONFIG_FILE=$work/none AWS_SHARED_CREDENTIALS_FILE=$work/none
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL AWS_SESSION_TOKEN

# median COLUMN: of the numbers in that column of the standard input.
median() {
    awk -v c="$1" '{print $c}' | sort -n | awk '{v[NR] = $1} END {print NR ? v[int((NR + 1) / 2)] : ""}'
}

# row NAME VALUE UNIT [WORDS]
row() { printf '  %-22s %9s %-3s %s\n' "$1" "$2" "$3" "${4:-}"; }

# share OURS PEER TEXT [COLUMN]: "TEXT 0.09", how many times the peer's value ours is: the median of the turns, which are the
# lines of both files; nothing without a peer.
share() {
    local column=${4:-1}
    [ ! -s "$2" ] || printf '%s %.3g' "$3" "$(paste -d ' ' <(awk -v c="$column" '{print $c}' "$1") \
        <(awk -v c="$column" '{print $c}' "$2") | awk 'NF == 2 {print $1 / $2}' | median 1)"
}

# calls NAME [COMMAND…]: the calls of all three, each program begun by the command. boto3 makes a tenth of them.
calls() {
    local round lua=$work/calls.$1.lua c=$work/calls.$1.c py=$work/calls.$1.py
    shift
    for ((round = 0; round < rounds; round++)); do
        [ -z "$loop" ] || "$@" "$loop" "$port" "$calls" >>"$c"
        "$@" "$run" Benchmarks/lua/calls.lua "$url" "$calls" >>"$lua"
        [ -z "$python" ] || "$@" "$python" Benchmarks/python/client.py "$url" calls $((calls / 10)) >>"$py"
    done
    touch "$c" "$py"
    [ ! -s "$c" ] || row "C on libcurl" "$(median 1 <"$c")" ms "$(median 2 <"$c") calls/s"
    row "awscicd, from Lua" "$(median 1 <"$lua")" ms \
        "$(median 2 <"$lua") calls/s  $(share "$lua" "$c" "C x") (wanted: 1.5)"
    [ ! -s "$py" ] || row boto3 "$(median 1 <"$py")" ms \
        "$(median 2 <"$py") calls/s  $(share "$lua" "$py" "ours is") of it (wanted: 0.1)"
}
what="ListPipelines, signed, over a kept-alive connection ($rounds turns of $calls calls)"
# With a server on another processor, to wake it and to be woken is half of a call's time on a virtual machine: the machine's
# share, the same for all and not the same from one hour to the next. So here is what the programs do, and below the two together.
if command -v taskset >/dev/null; then
    processors=$(taskset -cp $$)
    processors=${processors##*: }
    say "CPU a call, on the server's processor: $what"
    taskset -acp "${processors##*[,-]}" "$server" >/dev/null
    calls one taskset -c "${processors##*[,-]}"
    taskset -acp "$processors" "$server" >/dev/null
fi
say "CPU a call, on any processor: $what"
calls any

# decode TITLE SERVICE OPERATION KEY: a turn is the median of three answers.
decode() {
    say "CPU to receive and decode $1"
    local round ours=$work/decode.$2.lua py=$work/decode.$2.py
    for ((round = 0; round < (rounds + 1) / 2; round++)); do
        "$run" Benchmarks/lua/decode.lua "$url" "$2" "$3" "$4" 3 | median 1 >>"$ours"
        [ -z "$python" ] || "$python" Benchmarks/python/client.py "$url" decode "$2" "$3" "$4" 3 | median 1 >>"$py"
    done
    touch "$py"
    row "awscicd, Lua tables" "$(median 1 <"$ours")" ms
    [ ! -s "$py" ] || row "boto3, dicts" "$(median 1 <"$py")" ms "$(share "$ours" "$py" "ours is") of it (wanted: 0.1)"
}
decode "5 MB of XML: DescribeInstances" ec2 describe_instances Reservations
decode "5 MB of JSON: BatchGetBuilds" codebuild batch_get_builds builds

# start FILE COMMAND…: milliseconds of wall time and of CPU are added to the file.
start() {
    local file=$1 TIMEFORMAT='%U %S' began ended used
    shift
    began=${EPOCHREALTIME/[.,]/}
    used=$({ time "$@" >"$work/answer" 2>"$work/errors"; } 2>&1) || fail "$1 failed: $(cat "$work/errors")"
    ended=${EPOCHREALTIME/[.,]/}
    grep -q 111122223333 "$work/answer" || fail "$1 gave another answer: $(head -c 200 "$work/answer")"
    awk -v wall=$((ended - began)) '{print wall / 1000, ($1 + $2) * 1000}' <<<"$used" >>"$file"
}
say "Start to first answer: GetCallerIdentity, a new process each ($starts turns)"
lua=$work/start.lua peer=$work/start.curl cli_starts=$work/start.cli
for ((round = 0; round < starts; round++)); do
    [ -z "$curl" ] || start "$peer" "$curl" -s --aws-sigv4 aws:amz:eu-west-1:sts \
        --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -d 'Action=GetCallerIdentity&Version=2011-06-15' "$url"
    AWS_ENDPOINT_URL=$url start "$lua" "$run" -e 'print(aws.sts.get_caller_identity().Account)'
    [ -z "$cli" ] || [ "$round" -ge 3 ] || start "$cli_starts" "$cli" sts get-caller-identity --endpoint-url "$url"
done
touch "$peer" "$cli_starts"
# wall FILE: the median, as a row shows it.
wall() { printf '%.1f' "$(median 1 <"$1")"; }
[ ! -s "$peer" ] || row curl "$(wall "$peer")" ms "CPU $(median 2 <"$peer") ms"
row awscicd-run "$(wall "$lua")" ms "CPU $(median 2 <"$lua") ms  $(share "$lua" "$peer" "curl x") (wanted: 2)"
[ ! -s "$cli_starts" ] || row "aws (AWS CLI)" "$(wall "$cli_starts")" ms \
    "CPU $(median 2 <"$cli_starts") ms  $(share "$lua" "$cli_starts" "ours is") of it"

say "Memory: 30 services opened, an operation of each called"
memory=$("$run" Benchmarks/lua/services.lua "$url")
row awscicd-run "$(awk -v k="$memory" 'BEGIN {printf "%.1f", k / 1024}')" MB "at its peak, libraries and all (wanted: 40)"
