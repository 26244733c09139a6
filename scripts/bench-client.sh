#!/bin/sh
# CPU a call of the AWS client beside the same loop in C on libcurl, and beside boto3 where it is installed, in one
# window: timings drift from day to day, so only figures of one run compare. Usage: scripts/bench-client.sh [CALLS]
set -eu
cd "$(dirname "$0")/.."
calls=${1:-20000}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT INT TERM

swift build -c release --product awscicd-bench-client 1>&2
bench=$(swift build -c release --show-bin-path)/awscicd-bench-client
cc -O2 -D_GNU_SOURCE -o "$work/server" Benchmarks/c/server.c
cc -O2 -D_GNU_SOURCE -Wno-deprecated-declarations -o "$work/loop" Benchmarks/c/loop.c -lcurl -lcrypto

mkfifo "$work/input"
"$work/server" < "$work/input" > "$work/port" &
server=$!
exec 3> "$work/input" # the server ends when this closes
while [ ! -s "$work/port" ]; do sleep 0.1; done
port=$(cat "$work/port")

for round in 1 2 3; do
    "$work/loop" "$port" "$calls"
    "$bench" "$port" "$calls"
done
if python3 -c 'import boto3' 2>/dev/null; then
    python3 - "$port" "$((calls / 10))" <<'PYTHON'
import resource, sys, time
import boto3
client = boto3.client("codepipeline", region_name="eu-west-1", endpoint_url="http://127.0.0.1:" + sys.argv[1],
                      aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret")
client.list_pipelines()
calls = int(sys.argv[2])
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
before, started = cpu(), time.monotonic()
for _ in range(calls):
    client.list_pipelines()
wall, used = time.monotonic() - started, cpu() - before
print("boto3                 %8.0f calls/s  %.4f ms CPU a call  %d KB" % (
    calls / wall, used * 1000 / calls, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
PYTHON
fi
