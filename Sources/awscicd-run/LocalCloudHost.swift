import ArgumentParser
import LocalCloud

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where AWS is: the cloud that runs in this process, in place of the real one.
struct LocalOptions: ParsableArguments {
    @Flag(name: .customLong("local"), help: "Run on a local cloud, started in this process, instead of on AWS.")
    var isLocal = false

    @Option(help: ArgumentHelp("Keep the local cloud's state in this folder.", valueName: "dir"))
    var localData: String?

    func validate() throws {
        if localData != nil, !isLocal { throw ValidationError("--local-data belongs to --local") }
    }
}

/// The local cloud of one run.
struct LocalCloudHost {
    private let cloud: Cloud

    /// Starts a cloud and points this process, and what it starts, at it. Credentials of a real account that are in the
    /// environment are put out of reach.
    static func start(_ options: LocalOptions) async throws -> LocalCloudHost {
        let cloud = try await Cloud(CloudConfiguration(port: 0, dataDirectory: options.localData))
        let endpoint = try await cloud.start()
        for (name, value) in [
            ("AWS_ENDPOINT_URL", endpoint), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ] { setenv(name, value, 1) }
        for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] {
            unsetenv(name)
        }
        for name in endpointVariables() { unsetenv(name) }
        if getenv("AWS_REGION") == nil { setenv("AWS_REGION", region(), 1) }
        // The AWS CLI and boto3, which scripts start, read this name alone.
        if getenv("AWS_DEFAULT_REGION") == nil, let region = getenv("AWS_REGION") {
            setenv("AWS_DEFAULT_REGION", region, 1)
        }
        return LocalCloudHost(cloud: cloud)
    }

    func stop() async { await cloud.stop() }

    private static func region() -> String {
        guard let region = getenv("AWS_DEFAULT_REGION"), region.pointee != 0 else { return "us-east-1" }
        return String(cString: region)
    }

    /// `AWS_ENDPOINT_URL_S3` and its kin, which would send one service elsewhere.
    private static func endpointVariables() -> [String] {
        var names: [String] = []
        var at = environ
        while let entry = at.pointee {
            let name = String(String(cString: entry).prefix { $0 != "=" })
            if name.hasPrefix("AWS_ENDPOINT_URL_") { names.append(name) }
            at += 1
        }
        return names
    }
}
