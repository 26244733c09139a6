#!/bin/bash
# Measures in a release build: what a call between Lua and Swift costs, against bare C functions.
#
#   scripts/bench.sh [--no-build]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ "${1:-}" = --no-build ] || swift build -c release --product awscicd-bench
exec .build/release/awscicd-bench
