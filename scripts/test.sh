#!/bin/bash
# Sets this machine up, builds, and runs every check and test of the package.
#
#   scripts/test.sh [--filter REGEX] [--sanitize address] [--no-setup]
#
#   --filter REGEX       only the Swift tests whose name matches
#   --sanitize address   build and run the Swift tests under the address sanitizer (in .build/sanitize-address)
#   --no-setup           install nothing
#
# Ends with one line for each part and a count; the exit code is 0 only if all of them passed.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

setup=yes filter='' sanitize=''
while [ $# -gt 0 ]; do
    case $1 in
        --filter) filter=${2:?--filter needs a pattern}; shift ;;
        --sanitize) sanitize=${2:?--sanitize needs a name}; shift ;;
        --no-setup) setup=no ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) printf 'test.sh: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
    esac
    shift
done

cd "$root" || exit 1
results=() failed=0
scratch=(--scratch-path .build)
flags=()
if [ -n "$sanitize" ]; then
    scratch=(--scratch-path ".build/sanitize-$sanitize")
    flags=(--sanitize "$sanitize")
    export LSAN_OPTIONS="suppressions=$root/Tests/leaks.txt:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
fi

# part NAME COMMAND…: runs one part and notes how it ended. Parts go on after a failure, so that one run shows all.
part() {
    local name=$1 start=$SECONDS
    shift
    say "$name"
    if "$@" </dev/null; then
        results+=("${green}passed${plain}  $name ($(seconds_since "$start") s)")
    else
        results+=("${red}FAILED${plain}  $name ($(seconds_since "$start") s)")
        failed=$((failed + 1))
        return 1
    fi
}

finish() {
    say "result"
    printf '%s\n' "${results[@]}"
    local tests=''
    [ -z "${swift_count:-}" ] || tests="; $swift_count"
    if [ "$failed" -eq 0 ]; then
        printf '%s%d parts passed%s%s\n' "$green" "${#results[@]}" "$tests" "$plain"
        exit 0
    fi
    printf '%s%d of %d parts failed%s%s\n' "$red" "$failed" "${#results[@]}" "$tests" "$plain"
    exit 1
}

lint_swift() {
    swift format lint --strict --recursive --parallel --configuration .swift-format Package.swift Sources Tests
}

lint_lua() {
    command -v luacheck >/dev/null || { echo "luacheck is missing: scripts/setup.sh --tests installs it" >&2; return 1; }
    luacheck --quiet stdlib scripts Tests
}

build() { swift build --build-tests "${scratch[@]}" "${flags[@]}"; }

# Of a test run's output: what failed, with all that is said of it (a script's traceback has many lines), and the count.
told() {
    awk '/^(◇|✔|➜|✘|↳)/ { shown = 0 } /^(✘|↳)|Sanitizer/ { shown = 1 } shown || /error:|Test run with/ { print; fflush() }'
}

# Runs the Swift tests and takes the count from their last line.
# One process for each test target: targets that start servers and sandboxes do not get in each other's way, and one that
# hangs is ended and named. What passed is counted, not listed.
swift_tests() {
    local target log code count options=(--skip-build --disable-xctest)
    local failed_here=0 total=0 limit=1800
    # What a sanitizer slows down does not end within its own time limits beside all the others.
    if [ -n "$sanitize" ]; then
        options+=(--no-parallel)
        limit=3600
    fi
    # As many tests at once as keep the processors busy. More of them, each with servers and sandboxes of its own, take
    # longer as a whole, and each waits so long that limits of real time are over.
    export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$((3 * $(getconf _NPROCESSORS_ONLN)))
    log=$(mktemp)
    for target in $(cd Tests && ls -d -- *Tests); do
        say "Swift tests: $target"
        timeout -k 10 "$limit" swift test "${scratch[@]}" "${flags[@]}" "${options[@]}" \
            --filter "${filter:-^$target\\.}" </dev/null 2>&1 | tee "$log" | told
        code=${PIPESTATUS[0]}
        count=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\}.* \(passed\|failed\) after.*/\1/p' "$log" | tail -1)
        if [ "$code" -ne 0 ] || [ -z "$count" ]; then
            if [ "$code" -eq 124 ]; then
                echo "$target did not end within $limit s"
            else
                echo "$target ended with exit code $code"
            fi
            failed_here=$((failed_here + 1))
        fi
        total=$((total + ${count:-0}))
        [ -z "$filter" ] || break
    done
    rm -f "$log"
    swift_count="$total Swift tests"
    [ "$failed_here" -eq 0 ] && [ "$total" -gt 0 ]
}
embedding_example() { bash Tests/EmbeddingExample/run.sh; }

if [ "$setup" = yes ]; then
    part "set-up" bash scripts/setup.sh --tests --no-build || finish
fi
export AWSCICD_TEST_VENV=$test_venv
[ ! -d "$botocore_source" ] || export AWSCICD_BOTOCORE_SOURCE=$botocore_source
if [ -z "$filter" ]; then
    part "Swift format and lint" lint_swift
    part "Lua lint" lint_lua
    part "the stdlib's list is current" bash scripts/embed-stdlib.sh --check
    part "scripts parse" bash -c 'shopt -s nullglob; for f in scripts/*.sh Tests/*/*.sh; do bash -n "$f" || exit 1; done'
fi
if part "build" build; then
    part "Swift tests" swift_tests
    [ -n "$filter$sanitize" ] || part "embedding example" embedding_example
fi
finish
