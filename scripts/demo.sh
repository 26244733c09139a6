#!/bin/bash
# Sets this machine up, builds, and runs the capstone on the local cloud: a pipeline delivers v3 blue/green onto a fleet
# behind a load balancer while the site is asked all the time; then everything is torn down and a last look proves it.
#
#   scripts/demo.sh [arguments of scripts/capstone.lua, for example --fault test]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
esac

"$root/scripts/setup.sh" --tests
built=$SECONDS

say "the capstone on the local cloud"
# The buildspec calls the AWS CLI, pip and pytest, as on CodeBuild's own images.
PATH="$test_venv/bin:$PATH" "$root/.build/debug/awscicd-run" --local "$root/scripts/capstone.lua" "$@" || status=$?
say "set-up and build: $built s; capstone: $((SECONDS - built)) s"
exit "${status:-0}"
