#!/bin/bash
# Builds the example host, runs it, and compares what it prints. Also checks that embedding needs neither the local cloud
# nor swift-nio, and that the page on embedding shows what is built here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
scratch=$(cd ../.. && pwd)/.build/embedding

page=../../Sources/AWSCICD/AWSCICD.docc/Embedding.md
blocks=$(sed -n '/^```swift$/,/^```$/p' "$page" | sed '/^```/d; /^import AWSCICD$/d; /^$/d; s|"../awscicd"|"../.."|')
diff <(echo "$blocks") <(
    sed -n '/dependencies: \[\.package/,/swiftLanguageModes/s/^    //p' Package.swift
    sed -n '/The page begins here/,/The page ends here/p' Sources/DeployBot/Overview.swift | sed '/The page/d; s/^        //'
) || {
    echo "the examples of $page are not those of Package.swift and Overview.swift" >&2
    exit 1
}

swift build --scratch-path "$scratch" </dev/null
products=$(swift build --scratch-path "$scratch" --show-bin-path)
[ -e "$products/Modules/AWSCICD.swiftmodule" ] || { echo "modules are not where this looks for them" >&2; exit 1; }
for module in LocalCloud NIOCore NIOPosix Yams; do
    if [ -e "$products/Modules/$module.swiftmodule" ]; then
        echo "embedding builds $module, which a host does not need" >&2
        exit 1
    fi
done
if grep -n unsafeFlags Package.swift ../../Package.swift; then
    echo "a package with unsafe flags cannot be a dependency" >&2
    exit 1
fi
"$products/DeployBot" >"$scratch/output.txt" </dev/null
diff expected.txt "$scratch/output.txt"
echo "the example host printed what it should"
