#!/bin/bash
# The series from its first article to its last, with the AWS CLI, git and curl alone, against the endpoint of
# AWS_ENDPOINT_URL: everything is created, v2 goes live, v3 is pushed, approved and served, and the clean-up first runs
# into each refusal of AWS and then through.
#
# Usage: article.sh FOLDER    an empty folder to work in
set -Eeuo pipefail
trap 'printf "FAILED at %s:%s: %s\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&2' ERR
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${1:?a folder to work in}"
export AWS_PAGER='' AWS_DEFAULT_OUTPUT=json
. "$here/lib.sh"
. "$here/create.sh"
. "$here/deliver.sh"
. "$here/delete.sh"
step "done in $SECONDS s"
