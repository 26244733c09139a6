#!/bin/bash
# Builds awscicd-run for release as one binary that carries Swift's libraries and the Lua standard library,
# and installs it.
#
#   scripts/install.sh [--prefix DIR] [--no-setup]
#
#   --prefix DIR   install into DIR/bin (default: /usr/local when it can be written to, else ~/.local)
#   --no-setup     install no Debian packages first
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

prefix='' setup=yes
while [ $# -gt 0 ]; do
    case $1 in
        --prefix)
            [ $# -ge 2 ] || { echo "install.sh: --prefix needs a directory" >&2; exit 2; }
            prefix=$2
            shift
            ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --no-setup) setup=no ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) printf 'install.sh: unknown option %s (try --help)\n' "$1" >&2; exit 2 ;;
    esac
    shift
done
if [ -z "$prefix" ]; then
    if [ -w /usr/local/bin ]; then prefix=/usr/local; else prefix=$HOME/.local; fi
fi

[ "$setup" = no ] || bash "$root/scripts/setup.sh" --no-build
mkdir -p "$prefix/bin" || fail "cannot make $prefix/bin" "Choose a folder of your own: scripts/install.sh --prefix ~/.local"
[ -w "$prefix/bin" ] || fail "cannot write to $prefix/bin" "Choose a folder of your own: scripts/install.sh --prefix ~/.local"
prefix=$(cd "$prefix" && pwd)

cd "$root"
say "building for release, with Swift's libraries inside"
build_release

# A binary is replaced by renaming, so that one that is running goes on undisturbed.
temporary=$(mktemp "$prefix/bin/.awscicd-run.XXXXXX")
trap 'rm -f "$temporary"' EXIT
strip -o "$temporary" "$built" 2>/dev/null || cp "$built" "$temporary"
chmod 755 "$temporary"
"$temporary" -e '' </dev/null || fail "the new binary does not run"
mv -f "$temporary" "$prefix/bin/awscicd-run"
say "installed $prefix/bin/awscicd-run ($("$prefix/bin/awscicd-run" --version))"
case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) echo "Add it to your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
echo "Shell completions: awscicd-run --generate-completion-script bash|zsh|fish"
