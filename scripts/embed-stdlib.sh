#!/bin/bash
# Writes Sources/CStdlib/CStdlib.c: the list of the Lua files that the binary carries. Run it after adding, renaming
# or removing a file under stdlib/; a change inside a file needs nothing.
#
#   scripts/embed-stdlib.sh [--check]
#
#   --check   only say whether the list is current (exit 1 if it is not)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export LC_ALL=C

# stdlib/teardown/aws.lua is the module awscicd.teardown.aws; stdlib/teardown/init.lua is awscicd.teardown.
# Editors' type files (stdlib/meta/) describe modules and are not part of any.
generate() {
    local files=() names=() file name at
    mapfile -t files < <(cd "$root/stdlib" && find . -name '*.lua' -not -path './meta/*' | sed 's|^\./||' | sort)
    cat <<'HEADER'
// Written by scripts/embed-stdlib.sh; do not edit. The Lua files of stdlib/, as bytes of the binary.
#include "CStdlib.h"

HEADER
    for at in "${!files[@]}"; do
        file=${files[$at]}
        name=${file%.lua}
        name=${name%/init}
        names[at]=awscicd.${name//\//.}
        printf 'static const unsigned char file%d[] = {\n#embed "../../stdlib/%s" suffix(,)\n    0};\n' "$at" "$file"
    done
    printf '\n// In the order of their names, so that a module is found by bisection.\nstatic const awscicd_stdlib_file files[] = {\n'
    for at in "${!files[@]}"; do
        printf '%s\t    {"%s", "stdlib/%s", file%d, sizeof file%d - 1},\n' "${names[$at]}" "${names[$at]}" "${files[$at]}" "$at" "$at"
    done | sort | cut -f 2-
    [ "${#files[@]}" -gt 0 ] || echo '    {0},'
    printf '};\n\n'
    cat <<FOOTER
const awscicd_stdlib_file *awscicd_stdlib_files(void) { return files; }
size_t awscicd_stdlib_count(void) { return ${#files[@]}; }
FOOTER
}

target=$root/Sources/CStdlib/CStdlib.c
case ${1:-} in
    '')
        generate >"$target.new"
        if cmp -s "$target.new" "$target"; then rm "$target.new"; else mv "$target.new" "$target"; fi
        ;;
    --check)
        generate | cmp -s - "$target" || fail "Sources/CStdlib/CStdlib.c does not list what is in stdlib/" "Run scripts/embed-stdlib.sh"
        ;;
    *) printf 'embed-stdlib.sh: unknown option %s\n' "$1" >&2; exit 2 ;;
esac
