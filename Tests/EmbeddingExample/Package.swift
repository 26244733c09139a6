// swift-tools-version: 6.2
import PackageDescription

// A host of its own that embeds the runtime. Only the product AWSCICD is used, so neither the local cloud nor swift-nio
// is built.
let package = Package(
    name: "EmbeddingExample",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "awscicd", path: "../..")],
    targets: [
        .executableTarget(name: "DeployBot", dependencies: [.product(name: "AWSCICD", package: "awscicd")])
    ],
    swiftLanguageModes: [.v6]
)
