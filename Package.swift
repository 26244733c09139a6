// swift-tools-version: 6.2
import PackageDescription

// Asynchronous functions that belong to no actor run where their caller does: a call of an operation passes some twenty of
// them, and each would else look for an executor when it begins and when it returns.
let staysWithCaller: [SwiftSetting] = [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

// The layers, lowest first: a target imports only targets above it in this file.
// LocalCloud imports AWSModel and AWSSigning alone, so a host that embeds AWSCICD builds neither it nor swift-nio.
let package = Package(
    name: "awscicd",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "AWSCICD", targets: ["AWSCICD"]),
        .library(name: "LocalCloud", targets: ["LocalCloud"]),
        .executable(name: "awscicd-run", targets: ["awscicd-run"]),
        .executable(name: "awscicd-local", targets: ["awscicd-local"]),
        .executable(name: "awscicd-model", targets: ["awscicd-model"]),
    ],
    dependencies: [
        // The commands' arguments, help and shell completions.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Running programs (git, build commands, `process.run`) with back-pressure and time-outs; without its Foundation trait.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        // Subprocess's types for paths and descriptors.
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        // The local cloud's HTTP server and load balancer.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // buildspec.yml and appspec.yml in the local cloud.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // System libraries.
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"]), .brew(["lua@5.4"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        // XML as a stream of events; DOM-free and safe against entity expansion.
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]),
        // gzip for compressed models and request compression.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        // The local cloud's durable state.
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        // Zip and tar bundles, read with protection against path traversal.
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),

        // C that Swift must not be: longjmp stays below this line, and curl's variadic setters.
        .target(name: "CLuaShim", dependencies: ["CLua"]),
        // Loads libraries when they are used first.
        .target(name: "CLate"),
        .target(name: "CCurlShim", dependencies: ["CCurl", "CLate"]),
        .target(name: "CLocalCloudLate", dependencies: ["CArchive", "CSQLite", "CLate"]),
        // Line editing at the prompt, where the machine has libedit.
        .target(name: "CLineEditor", dependencies: ["CLate"]),
        // What Swift does not see of files, or would take many calls for.
        .target(name: "CFileShim"),
        // Keeps a program's descriptors off the standard streams' places.
        .target(name: "CStandardStreams"),
        // Data carried in the binary: the API model's image and the Lua standard library.
        // The image is #embed-ed by the C file.
        .target(name: "CModelImage", exclude: ["models.image"]),
        .target(name: "CStdlib"),

        .target(name: "LuaVM", dependencies: ["CLuaShim"]),
        .target(name: "AWSModel", dependencies: ["CModelImage", "CExpat", "CZlib"]),
        .target(name: "AWSSigning", dependencies: ["CCrypto"]),
        .target(
            name: "AWSClient", dependencies: ["AWSModel", "AWSSigning", "CCurlShim", "CZlib"],
            swiftSettings: staysWithCaller),
        .target(
            name: "AWSCICD",
            dependencies: [
                "LuaVM", "AWSModel", "AWSSigning", "AWSClient", "CStdlib", "CFileShim",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .target(
            name: "LocalCloud",
            dependencies: [
                "AWSModel", "AWSSigning", "CSQLite", "CArchive", "CCrypto", "CFileShim", "CExpat", "CLocalCloudLate",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["README.md"],
            plugins: ["CarryInstanceInit"]),
        // Compiles Sources/CInstanceInit, the first process of a sandbox, and carries it in the library.
        .plugin(name: "CarryInstanceInit", capability: .buildTool()),
        .executableTarget(
            name: "awscicd-run",
            dependencies: [
                "AWSCICD", "LocalCloud", "CLineEditor", "CStandardStreams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "awscicd-local",
            dependencies: [
                "LocalCloud", "CStandardStreams", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Compiles the published API models into Sources/CModelImage; for maintainers.
        .executableTarget(
            name: "awscicd-model",
            dependencies: ["AWSModel", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        // What calls between Lua and Swift cost; for scripts/bench-host.sh.
        .target(name: "CLuaBench", dependencies: ["CLua"]),
        .executableTarget(name: "awscicd-bench", dependencies: ["AWSCICD", "CLuaBench"]),

        .testTarget(name: "LuaVMTests", dependencies: ["LuaVM"]),
        // The embedding API: tasks, limits, profiles.
        .testTarget(name: "RuntimeTests", dependencies: ["AWSCICD", "ServerSupport"]),
        // An HTTP server for the tests of clients.
        .target(name: "ServerSupport", path: "Tests/ServerSupport"),
        // Mutated inputs for the tests of parsers.
        .target(name: "FuzzSupport", path: "Tests/FuzzSupport"),
        .testTarget(name: "AWSModelTests", dependencies: ["AWSModel", "FuzzSupport"]),
        .testTarget(name: "AWSSigningTests", dependencies: ["AWSSigning"]),
        .testTarget(name: "AWSClientTests", dependencies: ["AWSClient", "FuzzSupport", "ServerSupport"]),
        .testTarget(name: "AWSCICDTests", dependencies: ["AWSCICD"]),
        .testTarget(name: "LocalCloudTests", dependencies: ["LocalCloud", "ServerSupport"], exclude: ["Scripts"]),
        // The built commands, run as a user runs them.
        .testTarget(name: "CommandTests", dependencies: ["awscicd-run", "awscicd-local", "ServerSupport"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)
