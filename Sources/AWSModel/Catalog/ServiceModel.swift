/// The API of one service, opened: a handle that is cheap to copy.
public struct ServiceModel: Sendable, Hashable {
    let storage: ServiceStorage
    private var metadata: ServiceMetadata { storage.metadata }

    /// botocore's folder name, which is the name in scripts and the AWS CLI: "codepipeline".
    public var name: String { storage.name }
    /// Whether this is Amazon S3, which so many rules except that it is asked several times a call.
    public var isS3: Bool { storage.isS3 }
    /// "CodePipeline", "Elastic Load Balancing v2".
    public var serviceID: String { metadata.serviceID }
    public var fullName: String { metadata.fullName }
    public var abbreviation: String? { metadata.abbreviation }
    public var endpointPrefix: String { metadata.endpointPrefix }
    /// The service's name in a signature's scope.
    public var signingName: String { metadata.signingName }
    public var apiVersion: String { metadata.apiVersion }
    /// What stands before the operation in the header X-Amz-Target of the JSON protocols.
    public var targetPrefix: String? { metadata.targetPrefix }
    /// "v4", "s3v4", "s3", "bearer" or "v2".
    public var signatureVersion: String { metadata.signatureVersion }
    /// The digest that Glacier ("sha256") or importexport ("md5") names for bodies.
    public var checksumFormat: String? { metadata.checksumFormat }
    public var globalEndpoint: String? { metadata.globalEndpoint }
    /// Ways to sign in the order of preference; empty where the model leaves it to ``signatureVersion``.
    public var auth: [String] { metadata.auth }
    /// In the model's order; never empty.
    public var protocols: [WireProtocol] { metadata.protocols }
    /// The protocol that a client speaks: JSON or REST where the model lists one, else CBOR, else query.
    public var wireProtocol: WireProtocol {
        // botocore's order: JSON before CBOR where a service speaks both, as all of AWS's likenesses know JSON.
        let isPreferred: (WireProtocol) -> Bool = { $0 != .rpcV2CBOR && $0 != .query && $0 != .ec2 }
        return protocols.first(where: isPreferred) ?? protocols.first(where: { $0 == .rpcV2CBOR })
            ?? protocols.first ?? .json11
    }
    public var xmlNamespace: String? { metadata.xmlNamespace }
    /// Whether errors carry the codes of an earlier query API in the header x-amzn-query-error.
    public var isQueryCompatible: Bool { metadata.flags.contains(.queryCompatible) }
    public var isDeprecated: Bool { metadata.flags.contains(.deprecated) }
    /// Endpoint parameters that a client's settings may give, with their type: "boolean" or "string".
    public var clientContextParams: [(name: String, type: String)] { metadata.clientContextParams }

    /// Published names, sorted.
    public var operationNames: [String] { (0..<storage.operationCount).map(storage.operationName(at:)) }
    public func operation(_ publishedName: String) -> Operation? { storage.operation(named: publishedName) }
    /// By boto3's name: "list_pipelines".
    public func operation(snakeCase name: String) -> Operation? { storage.operation(snakeCase: name) }

    public func shape(_ name: String) -> Shape? { storage.shape(named: name) }
    /// Sorted.
    public var shapeNames: [String] { (0..<storage.shapeCount).map { storage.shape(at: $0).name } }

    /// The rules that give the service's endpoints; for a model that came without them, those that most services have.
    public var endpointRules: EndpointRules? { storage.endpointRules }

    /// How an operation's answers are paged; nil when the model names no paging for it.
    public func paginator(_ operationName: String) -> Paginator? { storage.paginator(operationName) }

    /// By the published name ("InstanceRunning") or boto3's ("instance_running").
    public func waiter(_ name: String) -> Waiter? {
        storage.waiters.first { $0.name == name || $0.snakeName == name }
    }
    /// boto3's names, sorted.
    public var waiterNames: [String] { storage.waiters.map(\.snakeName).sorted() }

    public static func == (left: ServiceModel, right: ServiceModel) -> Bool { left.storage === right.storage }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(storage)) }
}
