/// The protocols that send every operation to one path: JSON, CBOR and the query protocols, seen from the client.
enum RPCClient {
    static func encodeJSON(
        _ input: AWSMap, _ operation: Operation, _ service: ServiceModel, _ wireProtocol: WireProtocol
    ) throws -> WireRequest {
        let target = service.targetPrefix.map { String(joining: $0, ".", operation.name) } ?? operation.name
        var headers: [(name: String, value: String)] = [
            ("X-Amz-Target", target),
            ("Content-Type", wireProtocol == .json10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1"),
        ]
        if service.isQueryCompatible { headers.append(("x-amzn-query-mode", "true")) }
        let body = try operation.input.map { try JSONShapeWriter.write(.map(input), $0) } ?? Array("{}".utf8)
        return WireRequest(method: operation.httpMethod, path: "/", headers: headers, body: .bytes(body))
    }

    static func encodeCBOR(_ input: AWSMap, _ operation: Operation, _ service: ServiceModel) throws -> WireRequest {
        let prefix = service.targetPrefix ?? service.serviceID
        var request = WireRequest(
            method: "POST", path: "/service/\(QueryString.encode(prefix))/operation/\(operation.name)",
            headers: [
                ("smithy-protocol", "rpc-v2-cbor"),
                (
                    "Accept",
                    RESTBody.events(operation.output) == nil ? "application/cbor" : "application/vnd.amazon.eventstream"
                ),
            ])
        if service.isQueryCompatible { request.headers.append(("x-amzn-query-mode", "true")) }
        if let shape = operation.input {
            request.body = .bytes(try CBORShapeWriter.write(.map(input), shape))
            request.headers.append(("Content-Type", "application/cbor"))
        }
        return request
    }

    static func encodeQuery(
        _ input: AWSMap, _ operation: Operation, _ service: ServiceModel, _ wireProtocol: WireProtocol
    ) throws -> WireRequest {
        let body = try QueryShapeWriter.write(
            input, operation.input, action: operation.name, version: service.apiVersion, isEC2: wireProtocol == .ec2)
        return WireRequest(
            method: operation.httpMethod, path: "/",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], body: .bytes(body))
    }

    /// JSON and CBOR.
    static func decode<Sink: ValueSink & ~Copyable>(
        _ response: WireResponse, _ operation: Operation, _ wireProtocol: WireProtocol, into sink: inout Sink
    ) throws {
        guard let shape = operation.output else { return sink.value(.map([:])) }
        let bytes = try response.body.bytes()
        if let events = RESTBody.events(shape) {
            return sink.value(try EventStreams.readRPC(bytes, shape, events, wireProtocol))
        }
        let format = BodyFormat(wireProtocol)
        guard format.mayBeNull(bytes) else { return try format.read(bytes, shape, into: &sink) }
        let value = try format.read(bytes, shape)
        sink.value(value.isNull ? .map([:]) : value)
    }

    static func decodeQuery<Sink: ValueSink & ~Copyable>(
        _ response: WireResponse, _ operation: Operation, _ wireProtocol: WireProtocol, into sink: inout Sink
    ) throws {
        guard let shape = operation.output else { return sink.value(.map([:])) }
        let tree = try XMLTreeParser.parse(try response.body.bytes())
        var start = tree.root
        if wireProtocol == .query {
            let wrapper = operation.resultWrapper ?? "\(operation.name)Result"
            if let result = tree.child(tree.root, wrapper) {
                start = result
            } else if operation.resultWrapper != nil, !shape.members.isEmpty {
                throw DecodingFailure("response", "\(tree.name(tree.root)) has no \(wrapper)")
            }
        }
        var reader = XMLShapeReader(tree, shape.storage)
        try reader.structure(start, shape, into: &sink)
    }
}
