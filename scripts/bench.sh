#!/bin/bash
# Measures in release builds, each beside its peers in the same run: what a call between Lua and Swift costs (host), the AWS
# client (client), the local cloud (local-cloud) and a teardown (teardown).
#
#   scripts/bench.sh [--no-build] [host] [client] [local-cloud] [teardown]     all unless some are named
#
#   --no-build   measure what has been built
#
# Each part is a script of its own with options of its own: scripts/bench-PART.sh --help. A part that cannot run says what
# it needs; the others go on.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

options=() parts=()
for word in "$@"; do
    case $word in
        --no-build) options=(--no-build) ;;
        host | client | local-cloud | teardown) parts+=("$word") ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) printf 'bench.sh: %s is neither a part nor an option (try --help)\n' "$word" >&2; exit 2 ;;
    esac
done
[ ${#parts[@]} -gt 0 ] || parts=(host client local-cloud teardown)

failed=()
for part in "${parts[@]}"; do
    say "$part"
    # The local cloud's script looks after its build itself.
    if [ "$part" = local-cloud ]; then given=(); else given=("${options[@]+"${options[@]}"}"); fi
    bash "$root/scripts/bench-$part.sh" "${given[@]+"${given[@]}"}" || failed+=("$part")
    echo
done
[ ${#failed[@]} -eq 0 ] || fail "not measured: ${failed[*]}"
