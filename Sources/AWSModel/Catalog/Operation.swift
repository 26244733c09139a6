/// An operation of a service: a handle like ``Shape``.
public struct Operation: Sendable, Hashable {
    let storage: ServiceStorage
    unowned(unsafe) let node: OperationNode

    /// The published name: "ListPipelines".
    public var name: String { node.name }
    /// boto3's name: "list_pipelines".
    public var snakeName: String { node.snakeName }
    public var httpMethod: String { node.httpMethod }
    public var requestURI: String { node.requestURI }
    public var responseCode: Int? { node.responseCode }
    public var service: ServiceModel { ServiceModel(storage: storage) }

    public var input: Shape? { node.input.map(storage.shape(at:)) }
    public var output: Shape? { node.output.map(storage.shape(at:)) }
    /// The errors that the model names for this operation.
    public var errors: [Shape] { node.errors.map(storage.shape(at:)) }
    /// The name of a REST-XML request's outermost element, where the operation names one.
    public var inputLocationName: String? { node.traits.inputLocationName }
    public var inputXMLNamespace: XMLNamespace? { node.traits.inputXMLNamespace }
    /// The element around a query answer's members.
    public var resultWrapper: String? { node.traits.resultWrapper }

    /// "none" for operations that are not signed, "v4-unsigned-body" for those whose body is not.
    public var authType: String? { node.traits.authType }
    /// Ways to sign in the order of preference, such as "aws.auth#sigv4" and "smithy.api#noAuth"; empty where the
    /// service's own hold.
    public var auth: [String] { node.traits.auth }
    public var unsignedPayload: Bool { node.flags.contains(.unsignedPayload) }
    /// What stands before the endpoint's host, with members in braces: "{AccountId}.".
    public var hostPrefix: String? { node.traits.hostPrefix }

    /// How the request is checksummed and the response checked; nil where the model says nothing.
    public var httpChecksum: HTTPChecksum? {
        let isRequired = node.flags.contains(.requestChecksumRequired)
        guard
            isRequired || node.traits.requestAlgorithmMember != nil || !node.traits.responseAlgorithms.isEmpty
                || node.traits.requestValidationModeMember != nil
        else { return nil }
        return HTTPChecksum(
            requestAlgorithmMember: node.traits.requestAlgorithmMember, requestChecksumRequired: isRequired,
            responseAlgorithms: node.traits.responseAlgorithms,
            requestValidationModeMember: node.traits.requestValidationModeMember)
    }
    /// The older trait: a Content-MD5 (or its successor) must be sent.
    public var httpChecksumRequired: Bool { node.flags.contains(.httpChecksumRequired) }
    /// Encodings that a large request may be compressed with: "gzip".
    public var requestCompression: [String] { node.traits.requestCompression }

    /// Endpoint parameters that this operation fixes.
    public var staticContextParams: AWSMap { node.traits.staticContextParams }
    /// Endpoint parameters that are taken from the input by a JMESPath expression.
    public var operationContextParams: [(name: String, path: String)] { node.traits.operationContextParams }

    /// Whether the answer may take long because the service waits for something to happen.
    public var longPoll: Bool { node.flags.contains(.longPoll) }
    public var isReadOnly: Bool { node.flags.contains(.readOnly) }
    public var isIdempotent: Bool { node.flags.contains(.idempotent) }
    public var isDeprecated: Bool { node.flags.contains(.deprecated) }
    public var usesEndpointDiscovery: Bool { node.flags.contains(.endpointDiscovery) }
    public var requiresEndpointDiscovery: Bool { node.flags.contains(.endpointDiscoveryRequired) }
    /// Whether this is the operation that endpoint discovery asks.
    public var isEndpointOperation: Bool { node.flags.contains(.endpointOperation) }

    /// The page of AWS's API reference.
    public var documentationURL: String? {
        storage.metadata.uid.map { "https://docs.aws.amazon.com/goto/WebAPI/\($0)/\(name)" }
    }

    public static func == (left: Operation, right: Operation) -> Bool { left.node === right.node }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }
}

/// The trait `httpChecksum` of an operation.
public struct HTTPChecksum: Sendable, Hashable {
    /// The input member that names the algorithm.
    public var requestAlgorithmMember: String?
    public var requestChecksumRequired = false
    /// The algorithms to check in the response, in no order of preference.
    public var responseAlgorithms: [String] = []
    /// The input member that asks for the response to be checked.
    public var requestValidationModeMember: String?
}
