import AWSModel

/// Where the parameters of endpoint rules come from: what the operation fixes, its input, the client's settings.
enum EndpointParameters {
    static let noRegion =
        "no region: give one, set AWS_REGION, or put region = … into the profile (`aws configure` does)"

    /// The values of AWS's built-in parameters.
    static func builtIns(service: ServiceModel, settings: Settings) -> AWSMap {
        var values: AWSMap = [
            // With an endpoint of one's own the rules refuse the variants: neither is dropped in silence.
            "AWS::UseFIPS": .bool(settings.usesFIPS),
            "AWS::UseDualStack": .bool(settings.usesDualStack),
            "AWS::STS::UseGlobalEndpoint": .bool(settings.stsUsesGlobalEndpoint),
            "AWS::S3::UseGlobalEndpoint": .bool(settings.s3.usesGlobalEndpoint && settings.region == "us-east-1"),
            "AWS::S3::Accelerate": .bool(settings.s3.usesAcceleration),
            "AWS::S3::UseArnRegion": .bool(settings.s3.usesARNRegion),
            "AWS::S3Control::UseArnRegion": .bool(settings.s3.usesARNRegion),
            "AWS::S3::DisableMultiRegionAccessPoints": .bool(settings.s3.disablesMultiRegionAccessPoints),
            "AWS::S3::DisableS3ExpressSessionAuth": .bool(settings.s3.disablesExpressSessions),
            "AWS::Auth::AccountIdEndpointMode": .string(settings.accountIDEndpointMode),
        ]
        if let region = settings.region { values["AWS::Region"] = .string(region) }
        if let endpoint = settings.endpoint { values["SDK::Endpoint"] = .string(endpoint) }
        return values
    }

    /// What the operation says of a parameter: a fixed value, a member of the input, or a path into it.
    static func fromOperation(_ name: String, operation: Operation, input: AWSMap) throws -> AWSValue? {
        if let fixed = operation.staticContextParams[name] { return fixed }
        if let members = operation.input?.members {
            for member in members where member.contextParam == name { return input[member.name] }
        }
        if let path = operation.operationContextParams.first(where: { $0.name == name })?.path {
            let found = try JMESPath(compiling: path).search(.map(input))
            return found == .null ? nil : found
        }
        return nil
    }

    static func dependsOnInput(_ operation: Operation) -> Bool {
        !operation.operationContextParams.isEmpty
            || operation.input?.members.contains { $0.contextParam != nil || $0.name == "Bucket" } ?? false
    }

    /// Whether a bucket goes into the path. Endpoints of one's own get it there unless told otherwise, as they rarely
    /// have a host name for each bucket; so do buckets whose names are no host names, by the rules themselves. What is
    /// asked for but cannot be (path style with an ARN, or with acceleration) the rules refuse.
    static func pathStyle(settings: Settings, bucket: String?) -> AWSValue {
        switch settings.s3.addressingStyle {
        case .path: return .bool(true)
        case .virtual: return .bool(false)
        case .auto:
            return .bool(
                settings.endpoint != nil && bucket?.hasPrefix("arn:") != true && !settings.s3.usesAcceleration
                    && settings.endpoint?.contains("s3-accelerate") != true)
        }
    }
}

/// A rule set's answer in the parts that requests are put together from. A class, as each request is handed it.
final class Endpoint: Sendable {
    let scheme: String
    /// Host and port.
    let authority: String
    /// Without a slash at its end.
    let path: String
    let headers: [(name: String, value: String)]
    let authSchemes: [ResolvedEndpoint.AuthScheme]
    /// "S3Express" among S3's endpoints.
    let backend: String?
    /// Whether the host is this machine.
    let isLoopback: Bool

    convenience init(_ resolved: ResolvedEndpoint) throws(SettingsFailure) {
        try self.init(
            url: resolved.url,
            headers: resolved.headers.flatMap { header in header.values.map { (header.name, $0) } },
            authSchemes: resolved.authSchemes, backend: resolved.properties["backend"]?.string)
    }

    init(
        url: String, headers: [(name: String, value: String)] = [], authSchemes: [ResolvedEndpoint.AuthScheme] = [],
        backend: String? = nil
    ) throws(SettingsFailure) {
        guard let separator = url.firstRange(of: "://") else { throw SettingsFailure("not an endpoint: \(url)") }
        scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...].prefix { $0 != "?" && $0 != "#" }
        authority = String(rest.prefix { $0 != "/" })
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path = path.dropLast() }
        self.path = String(path)
        self.headers = headers
        self.authSchemes = authSchemes
        self.backend = backend
        isLoopback = HostName(authority: authority[...]).isLoopback
    }

    /// The same at another place.
    func replacing(url: String) throws(SettingsFailure) -> Endpoint {
        try Endpoint(url: url, headers: headers, authSchemes: authSchemes, backend: backend)
    }

    var isSecure: Bool { scheme == "https" }
}
