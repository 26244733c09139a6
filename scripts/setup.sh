#!/bin/bash
# Installs what is missing on this machine (Debian packages, with sudo when not root) and builds the package.
#
#   scripts/setup.sh [--tests] [--no-build] [--release]
#
#   --tests      also what the tests need: luacheck, and a Python environment with boto3, the AWS CLI and moto
#   --no-build   only install
#   --release    build with optimisation
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tests=no build=yes configuration=debug options=(-c debug)
for argument in "$@"; do
    case $argument in
        --tests) tests=yes ;;
        --no-build) build=no ;;
        --release) configuration=release options=("${release_options[@]}") ;;
        -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) printf 'setup.sh: unknown option %s (try --help)\n' "$argument" >&2; exit 2 ;;
    esac
done

# The names, of those given, that dpkg does not report as installed.
missing_packages() {
    local name
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done
}

install_packages() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        if command -v pkg-config >/dev/null && pkg-config --exists lua5.4 libcurl libcrypto sqlite3 expat zlib libarchive; then
            say "no apt-get here, but pkg-config finds every library"
            return
        fi
        fail "this machine has no apt-get, and pkg-config does not find every library" \
            "Install Lua 5.4, curl, OpenSSL, SQLite, expat, zlib, libarchive, pkg-config and git by hand." \
            "With Homebrew: brew install lua@5.4 curl openssl@3 sqlite expat zlib libarchive pkg-config git"
    fi
    local wanted=("${debian_packages[@]}") missing
    [ "$tests" = no ] || wanted+=("${debian_test_packages[@]}")
    # A compiler or git from elsewhere than Debian is as good.
    mapfile -t missing < <(
        for name in $(missing_packages "${wanted[@]}"); do
            case $name in
                git | curl | python3 | pkg-config) command -v "$name" >/dev/null || echo "$name" ;;
                python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null || echo "$name" ;;
                *) echo "$name" ;;
            esac
        done
    )
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "these packages are missing, and there is no sudo to install them with" \
            "As root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
        say "apt-get update failed; trying with the lists that are there"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null ||
        fail "apt-get could not install ${missing[*]}" "Its message is above; install them by hand and run this again."
}

# The tests' clients and server, at the versions whose models this package carries.
install_python() {
    local stamp="$test_venv/.requirements" requirements="$root/scripts/test-requirements.txt"
    if [ -x "$test_venv/bin/python" ] && [ -d "$test_venv/botocore-source" ] && cmp -s "$stamp" "$requirements"; then return 0; fi
    say "making the tests' Python environment in ${test_venv#"$root"/}"
    python3 -m venv --clear "$test_venv" || fail "python3 -m venv failed" "On Debian: apt-get install python3-venv"
    "$test_venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" ||
        fail "pip could not install the tests' clients (see above)" \
            "They are listed in scripts/test-requirements.txt and come over the network; run this again when it is there."
    install_cases
    cp "$requirements" "$stamp"
}

# The cases of botocore's own tests: protocols, answers, signatures, endpoints. Only its source distribution has them.
install_cases() {
    local requirement download
    requirement=$(grep '^botocore==' "$root/scripts/test-requirements.txt")
    download=$(mktemp -d)
    "$test_venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary botocore \
        -d "$download" "$requirement" || fail "pip could not fetch the source of $requirement (see above)"
    mkdir "$test_venv/botocore-source"
    tar -xzf "$download"/botocore-*.tar.gz -C "$test_venv/botocore-source" --strip-components 1 \
        "botocore-${requirement#*==}/tests"
    rm -r "$download"
}

cd "$root"
need_swift
install_packages
[ "$tests" = no ] || install_python
if [ "$build" = yes ]; then
    say "building ($configuration)"
    swift build "${options[@]}" </dev/null ||
        fail "swift build failed (see above)" \
            "The first build fetches the packages of Package.swift over the network; run again, it goes on where it was."
    say "built: $(swift build "${options[@]}" --show-bin-path)/awscicd-run"
fi
