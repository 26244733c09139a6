# Shared by the scripts of this folder: where the package is, how messages look, which packages are needed.
# Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What the package needs from Debian, one per line with its reason.
debian_packages=(
    liblua5.4-dev         # the language
    libcurl4-openssl-dev  # HTTP and TLS
    libssl-dev            # signatures and digests
    libsqlite3-dev        # the local cloud's durable state
    libexpat1-dev         # XML
    zlib1g-dev            # gzip
    libarchive-dev        # zip and tar bundles
    libedit2              # arrow keys and a history at the prompt
    pkg-config            # finds the libraries above
    git                   # CodeCommit repositories
    curl                  # the demo application's hooks and builds call it, as on AWS's images
    bubblewrap            # isolates the local cloud's instances and builds
    tzdata                # time zones by name
    python3               # builds and instances of the local cloud run it; the tests' clients
)
# Further ones for the tests alone.
debian_test_packages=(
    lua-check     # luacheck: lint for stdlib and scripts
    lua5.4        # the reference interpreter, to compare with
    python3-venv  # boto3, the AWS CLI and moto as clients and server of the tests
    hey           # load on the load balancer while targets switch
    wrk           # load on the local cloud's API, for scripts/bench.sh
)

# Where the tests' Python environment is; tests read it from AWSCICD_TEST_VENV.
test_venv=${AWSCICD_TEST_VENV:-$root/.build/python}
# Where the cases of botocore's own tests are (tests/ of its source distribution); tests read it from AWSCICD_BOTOCORE_SOURCE.
botocore_source=${AWSCICD_BOTOCORE_SOURCE:-$test_venv/botocore-source}

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' red='' green='' plain=''
fi

# say TEXT: a heading on standard output.
say() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }

# fail TEXT…: one line each on standard error, then exit 1.
fail() {
    printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# seconds_since START: whole seconds since a value of $SECONDS.
seconds_since() { echo $((SECONDS - $1)); }

# need_swift: a Swift compiler that understands this package.
need_swift() {
    command -v swift >/dev/null || fail "swift is not on the PATH" "Install Swift 6.2 or later: https://www.swift.org/install"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
    [ -n "$version" ] || fail "swift --version gives no version" "Is the toolchain installed completely?"
    local major=${version%%.*} minor=${version#*.}
    if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
        fail "Swift $version is too old: this package needs 6.2 or later" "https://www.swift.org/install"
    fi
}

# start_bench_server FOLDER: builds and starts the server that calls are measured against, and sets `server` to its process,
# `port` and `url`. It ends when descriptor 3 of the script closes.
start_bench_server() {
    cc -O2 -D_GNU_SOURCE -o "$1/server" "$root/Benchmarks/c/server.c"
    mkfifo "$1/input"
    "$1/server" <"$1/input" >"$1/port" &
    server=$!
    exec 3>"$1/input"
    while [ ! -s "$1/port" ]; do
        kill -0 "$server" 2>/dev/null || fail "the benchmarks' server did not start"
        sleep 0.05
    done
    port=$(cat "$1/port")
    url=http://127.0.0.1:$port
}

# How release builds are compiled and linked: all alike, so that one does not make the next one compile everything anew.
release_options=(-c release)
if [ "$(uname)" = Linux ]; then
    # What a call of an AWS operation runs lies side by side, and what a start runs (see scripts/order-functions.sh): about a tenth
    # of a call's time.
    function_order=$root/scripts/hot-functions.txt
    release_options+=(-Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -ffunction-sections -Xswiftc -use-ld=lld)
    release_options+=(-Xlinker "--symbol-ordering-file=$function_order" -Xlinker --no-warn-symbol-ordering)
fi

# Builds awscicd-run as it is installed, and sets `built` to its path.
build_release() {
    # Libraries are looked for where the system has them, not beside the program.
    # Its functions are its own: each symbol of the libraries that it loads would be looked for among them first.
    local options=(
        "${release_options[@]}" --static-swift-stdlib --product awscicd-run --disable-local-rpath
        -Xlinker --no-export-dynamic
    )
    built=$(swift build "${options[@]}" --show-bin-path)/awscicd-run
    # swift build does not know that the order is part of the program.
    [ ! "${function_order:-}" -nt "$built" ] || rm -f "$built"
    # What is only called late (see Sources/CLate) is not loaded at the start. The linker has to be told before it is told of
    # the libraries, and all that swift build passes on comes behind them; clang's own driver puts this in front.
    CCC_OVERRIDE_OPTIONS='# ^-Wl,--as-needed' swift build "${options[@]}" </dev/null
}
