/// What a client does with a service's model: input to request, response to output.
public enum ClientCodec {
    /// - Parameter wireProtocol: one of the service's; its first where nil.
    /// - Throws: ``EncodingFailure`` naming the member that cannot be written.
    public static func encode(
        _ input: AWSValue, operation: Operation, service: ServiceModel, protocol wireProtocol: WireProtocol? = nil
    ) throws -> WireRequest {
        guard let map = Scalars.map(input) else { throw EncodingFailure("", "the input must be a structure") }
        if let events = RESTBody.events(operation.input) {
            throw EncodingFailure(
                events.name, "\(service.serviceID) \(operation.name) sends a stream of events, which is not supported")
        }
        let prefix = try HostPrefix.expand(operation, map)
        let wireProtocol = wireProtocol ?? service.wireProtocol
        guard let prefix else { return try encode(map, operation, service, wireProtocol) }
        var request = try encode(map, operation, service, wireProtocol)
        request.hostPrefix = prefix
        return request
    }

    private static func encode(
        _ input: AWSMap, _ operation: Operation, _ service: ServiceModel, _ wireProtocol: WireProtocol
    ) throws -> WireRequest {
        switch wireProtocol {
        case .json10, .json11: try RPCClient.encodeJSON(input, operation, service, wireProtocol)
        case .rpcV2CBOR: try RPCClient.encodeCBOR(input, operation, service)
        case .query, .ec2: try RPCClient.encodeQuery(input, operation, service, wireProtocol)
        case .restJSON, .restXML: try RESTClient.encode(input, operation, wireProtocol)
        }
    }

    /// - Throws: ``WireError`` for an answer that is an error, ``DecodingFailure`` for one that cannot be read.
    public static func decode(
        _ response: WireResponse, operation: Operation, service: ServiceModel,
        protocol wireProtocol: WireProtocol? = nil
    ) throws -> AWSValue {
        var tree = TreeSink()
        try read(response, operation, service, wireProtocol, into: &tree)
        return tree.take()
    }

    /// The same, with the output going into a sink instead of a tree. After an error the sink is worth nothing.
    public static func decode(
        _ response: WireResponse, operation: Operation, service: ServiceModel,
        protocol wireProtocol: WireProtocol? = nil, into sink: inout some ValueSink
    ) throws {
        try read(response, operation, service, wireProtocol, into: &sink)
    }

    private static func read<Sink: ValueSink & ~Copyable>(
        _ response: WireResponse, _ operation: Operation, _ service: ServiceModel, _ wireProtocol: WireProtocol?,
        into sink: inout Sink
    ) throws {
        let wireProtocol = wireProtocol ?? service.wireProtocol
        if response.status >= 300, response.status != 304 || !allowsNotModified(operation) {
            throw ErrorReader.read(response, operation, service, wireProtocol)
        }
        if let problem = pageInstead(of: response, operation, wireProtocol) { throw problem }
        switch wireProtocol {
        case .json10, .json11, .rpcV2CBOR: try RPCClient.decode(response, operation, wireProtocol, into: &sink)
        case .query, .ec2: try RPCClient.decodeQuery(response, operation, wireProtocol, into: &sink)
        case .restJSON: try RESTClient.decode(response, operation, wireProtocol, into: &sink)
        case .restXML:
            if S3Details.hasErrorBody(response, operation) {
                var error = ErrorReader.read(response, operation, service, wireProtocol)
                error.status = 500
                throw error
            }
            try RESTClient.decode(response, operation, wireProtocol, into: &sink)
        }
    }

    /// A proxy's login page, which as XML would be an answer that has nothing in it: "there are no instances".
    private static func pageInstead(
        of response: WireResponse, _ operation: Operation, _ wireProtocol: WireProtocol
    ) -> DecodingFailure? {
        guard wireProtocol == .restXML || wireProtocol == .ec2 || wireProtocol == .query,
            case .bytes(let bytes) = response.body
        else { return nil }
        let start = bytes.prefix(512).drop { $0 <= 0x20 }.prefix(5)
        guard start.elementsEqual("<html".utf8, by: { $0 | 0x20 == $1 }), !RESTBody.isFree(operation) else {
            return nil
        }
        return DecodingFailure("response", "a page in HTML, not an answer of the service; is there a proxy in between?")
    }

    /// The request's id from the headers, or from the body of the XML protocols that have it only there.
    public static func requestID(of response: WireResponse, protocol wireProtocol: WireProtocol) -> String? {
        if let id = ErrorReader.requestID(response.headers) { return id }
        guard wireProtocol == .query || wireProtocol == .ec2, case .bytes(let bytes) = response.body,
            let tree = try? XMLTreeParser.parse(bytes)
        else { return nil }
        if wireProtocol == .ec2 {
            return (tree.child(tree.root, "requestId") ?? tree.child(tree.root, "RequestID")).map(tree.string)
        }
        let metadata = tree.child(tree.root, "ResponseMetadata") ?? tree.root
        return tree.child(metadata, "RequestId").map(tree.string)
    }

    /// No service models 304 as a success.
    private static func allowsNotModified(_ operation: Operation) -> Bool { operation.responseCode == 304 }
}

/// The part of the host that an operation puts before the endpoint's: "{AccountId}." with members filled in.
enum HostPrefix {
    static func expand(_ operation: Operation, _ input: AWSMap) throws -> String? {
        guard let template = operation.hostPrefix else { return nil }
        var output = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            output += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            guard let value = input[name].flatMap(Scalars.string), !value.isEmpty else {
                throw EncodingFailure(name, "is required: it is part of the endpoint's host name")
            }
            guard value.utf8.allSatisfy(isHostCharacter) else {
                throw EncodingFailure(
                    name, "must hold only letters, digits, hyphens and periods, as it becomes part of a host name")
            }
            output += value
            rest = rest[rest.index(after: close)...]
        }
        return output + rest
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
