#!/bin/bash
# Measures in a release build what a call between Lua and Swift costs, against bare C functions.
#
#   scripts/bench-host.sh [--no-build] [WORDS]     the words choose what is measured
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
case ${1:-} in -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;; esac
cd "$root"
if [ "${1:-}" = --no-build ]; then shift; else swift build "${release_options[@]}" --product awscicd-bench 1>&2; fi
[ -x .build/release/awscicd-bench ] || fail ".build/release/awscicd-bench is missing" "Run this script without --no-build."
exec .build/release/awscicd-bench "$@"
