import AWSModel
import AWSSigning

/// Which service a request is for, and for which region: from its signature, else from what it looks like.
struct ServiceFinder: Sendable {
    /// What a signature's scope claims, before it is verified.
    struct Scope: Equatable {
        var accessKeyID: String
        var region: String
        var service: String
    }

    /// Models by the name in a signature's scope; those that are built here first.
    private let bySigningName: [String: [ServiceModel]]
    private let byTargetPrefix: [String: ServiceModel]
    /// Query APIs name their version in every request.
    private let byVersion: [String: [ServiceModel]]

    init(built: [String]) {
        let catalog = Catalog.builtIn
        let others = catalog.serviceNames.filter { !built.contains($0) }
        var bySigningName: [String: [ServiceModel]] = [:]
        var byTargetPrefix: [String: ServiceModel] = [:]
        var byVersion: [String: [ServiceModel]] = [:]
        for model in (built.sorted() + others).compactMap({ catalog.service($0) }) {
            bySigningName[model.signingName, default: []].append(model)
            if let prefix = model.targetPrefix, byTargetPrefix[prefix] == nil { byTargetPrefix[prefix] = model }
            if model.protocols.contains(.query) || model.protocols.contains(.ec2) {
                byVersion[model.apiVersion, default: []].append(model)
            }
        }
        self.bySigningName = bySigningName
        self.byTargetPrefix = byTargetPrefix
        self.byVersion = byVersion
    }

    /// - Parameter request: path and query as received.
    func find(_ request: WireRequest, _ scope: Scope?) -> ServiceModel? {
        if let target = request.header("x-amz-target"), let dot = target.lastIndex(of: "."),
            let model = byTargetPrefix[String(target[..<dot])]
        {
            return model
        }
        if let scope {
            let candidates = bySigningName[scope.service] ?? []
            if candidates.count < 2 { return candidates.first }
            if let version = Self.version(request),
                let model = candidates.first(where: { $0.apiVersion == version })
            {
                return model
            }
            return candidates.first { ServerCodec.route(request, service: $0) != nil } ?? candidates.first
        }
        if let version = Self.version(request), let candidates = byVersion[version] {
            return candidates.first { ServerCodec.route(request, service: $0) != nil }
        }
        // Only S3 is called without a signature: public objects.
        if request.method == "POST", request.path == "/" { return nil }
        return Catalog.builtIn.service("s3")
    }

    private static func version(_ request: WireRequest) -> String? {
        if let value = request.query.first(where: { $0.name == "Version" })?.value { return value }
        guard case .bytes(let bytes) = request.body, bytes.count < 1 << 20,
            request.header("content-type")?.hasPrefix("application/x-www-form-urlencoded") ?? false,
            let pairs = try? QueryString.parseForm(bytes)
        else { return nil }
        return pairs.first { $0.name == "Version" }?.value
    }

    static func scope(_ request: WireRequest) -> Scope? {
        var credential: Substring?
        if let header = request.header("authorization") {
            if let start = header.firstRange(of: "Credential=")?.upperBound {
                credential = header[start...].prefix { $0 != "," && $0 != " " }
            }
        } else if let value = request.query.first(where: { $0.name == "X-Amz-Credential" })?.value {
            credential = QueryString.decode(value).map { $0[...] }
        }
        guard let parts = credential?.split(separator: "/", omittingEmptySubsequences: false), parts.count >= 5 else {
            return nil
        }
        let end = parts.count
        return Scope(
            accessKeyID: parts[..<(end - 4)].joined(separator: "/"), region: String(parts[end - 3]),
            service: String(parts[end - 2]))
    }
}
