/// What a server does with a service's model: request to input, output to response.
public enum ServerCodec {
    /// Which operation a request means, and in which of the service's protocols it speaks; nil when none.
    ///
    /// JSON goes by `X-Amz-Target`, CBOR by `/service/…/operation/…`, the query protocols by `Action` in the form (or
    /// in
    /// the URL), REST by method, path, query and the headers that an operation requires.
    public static func route(_ request: WireRequest, service: ServiceModel) -> (Operation, WireProtocol)? {
        let spoken = service.protocols
        if let target = request.header("X-Amz-Target") {
            guard let dot = target.lastIndex(of: "."), service.targetPrefix.map({ target[..<dot] == $0 }) ?? true,
                let operation = service.operation(String(target[target.index(after: dot)...]))
            else { return nil }
            let contentType = request.header("Content-Type") ?? ""
            if contentType.contains("json-1.0") { return (operation, .json10) }
            if contentType.contains("json-1.1") { return (operation, .json11) }
            return (operation, spoken.first { $0 == .json10 || $0 == .json11 } ?? .json11)
        }
        if request.header("smithy-protocol") == "rpc-v2-cbor" || request.path.contains("/operation/"),
            spoken.contains(.rpcV2CBOR), let operation = RPCServer.cborOperation(request.path, service)
        {
            return (operation, .rpcV2CBOR)
        }
        if spoken.contains(.query) || spoken.contains(.ec2), let action = RPCServer.action(of: request),
            let operation = service.operation(action)
        {
            return (operation, spoken.contains(.ec2) ? .ec2 : .query)
        }
        guard let rest = spoken.first(where: { $0 == .restJSON || $0 == .restXML }) else { return nil }
        return RESTRouter.of(service).route(request).map { ($0, rest) }
    }

    /// - Throws: ``DecodingFailure`` for a body that cannot be read: a SerializationException to the client.
    public static func decode(
        _ request: WireRequest, operation: Operation, service: ServiceModel, protocol wireProtocol: WireProtocol
    ) throws -> AWSValue {
        guard let shape = operation.input else { return .map([:]) }
        switch wireProtocol {
        case .json10, .json11, .rpcV2CBOR:
            let value = try BodyFormat(wireProtocol).read(try request.body.bytes(), shape)
            return value.isNull ? .map([:]) : value
        case .query, .ec2:
            return try QueryShapeReader.read(try RPCServer.pairs(of: request), shape, isEC2: wireProtocol == .ec2)
        case .restJSON, .restXML:
            return try RESTServer.decode(request, shape, RESTRouter.of(service).template(of: operation), wireProtocol)
        }
    }

    /// - Parameter output: absent members are left out of the response; a `.list` of events for a member that is a
    /// stream.
    /// - Throws: ``EncodingFailure`` for output that is not of the operation's shape.
    public static func encode(
        _ output: AWSValue, operation: Operation, service: ServiceModel, protocol wireProtocol: WireProtocol,
        requestID: String
    ) throws -> WireResponse {
        guard let map = Scalars.map(output) else { throw EncodingFailure("", "the output must be a structure") }
        switch wireProtocol {
        case .json10, .json11, .rpcV2CBOR:
            return try RPCServer.encode(map, operation, wireProtocol, requestID)
        case .query, .ec2: return try RPCServer.encodeQuery(map, operation, service, wireProtocol, requestID)
        case .restJSON, .restXML: return try RESTServer.encode(map, operation, service, wireProtocol, requestID)
        }
    }

    /// An error as the protocol writes it.
    ///
    /// - Parameters:
    ///   - code: the error shape's name or its code on the wire; the protocol's choice is written.
    ///   - fields: members of the error's shape; others are written too where the protocol allows.
    ///   - status: used when the model names none for this error.
    public static func encodeError(
        code: String, message: String, fields: AWSMap = [:], status: Int = 400, operation: Operation?,
        service: ServiceModel, protocol wireProtocol: WireProtocol, requestID: String
    ) -> WireResponse {
        ErrorWriter(
            code: code, message: message, fields: fields, status: status, operation: operation, service: service,
            wireProtocol: wireProtocol, requestID: requestID
        ).response
    }
}
