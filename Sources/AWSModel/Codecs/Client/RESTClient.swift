/// Requests and responses of rest-json and rest-xml, seen from the client.
enum RESTClient {
    static func encode(_ input: AWSMap, _ operation: Operation, _ wireProtocol: WireProtocol) throws -> WireRequest {
        let template = URITemplate(operation.requestURI)
        var request = WireRequest(method: operation.httpMethod, path: "", query: template.query)
        guard let shape = operation.input else {
            request.path = try URITemplate.render(operation.requestURI) {
                throw EncodingFailure($0, "is not in the model")
            }
            return request
        }
        try bind(input, shape, operation, &request)
        try setBody(input, shape, operation, wireProtocol, &request)
        return request
    }

    private static func bind(
        _ input: AWSMap, _ shape: Shape, _ operation: Operation, _ request: inout WireRequest
    ) throws {
        var mapPairs: [(name: String, value: String?)] = []
        for (name, value) in input where !value.isNull {
            guard let member = shape.member(name) else { throw ValuePath().unknown(name, shape) }
            switch member.location {
            case .querystring:
                let pairs = try HTTPBindings.queryPairs(value, member)
                if member.shape.kind == .map { mapPairs += pairs } else { request.query += pairs }
            case .header:
                if let text = try HTTPBindings.headerText(value, member) {
                    request.headers.append((member.wireName, text))
                }
            case .headers: request.headers += try HTTPBindings.prefixedHeaders(value, member)
            case .uri, .statusCode, nil: break
            }
        }
        // Members with a name of their own win over a map's entry of that name.
        let named = Set(request.query.map(\.name))
        request.query += mapPairs.filter { !named.contains($0.name) }

        request.path = try URITemplate.render(operation.requestURI) { label in
            let member = shape.members.first { $0.location == .uri && $0.wireName == label }
            guard let member else { throw EncodingFailure(label, "is not in the model") }
            guard let value = input[member.name], !value.isNull else {
                throw EncodingFailure(member.name, "is required: it is part of the request's path")
            }
            let text = try HTTPBindings.urlText(value, member)
            guard !text.isEmpty else {
                throw EncodingFailure(member.name, "must not be empty: it is part of the request's path")
            }
            return text
        }
        if request.path.isEmpty { request.path = "/" }
    }

    private static func setBody(
        _ input: AWSMap, _ shape: Shape, _ operation: Operation, _ wireProtocol: WireProtocol,
        _ request: inout WireRequest
    ) throws {
        let format = BodyFormat(wireProtocol)
        var contentType: String?
        if let payload = RESTBody.payload(shape) {
            let value = input[payload.name].flatMap { $0.isNull ? nil : $0 }
            if RESTBody.isRaw(payload) {
                guard let value else { return }
                request.body = try rawBody(value, payload)
                contentType = payload.shape.kind == .blob ? "application/octet-stream" : "text/plain"
                // S3 and its kind keep an absent type apart from this one.
                if format == .xml { contentType = nil }
            } else if let value {
                request.body = .bytes(
                    try format.write(
                        value, payload.shape, name: RESTBody.elementName(payload),
                        namespace: payload.xmlNamespace))
                contentType = format.contentType
            } else if format == .json, payload.shape.kind == .structure, !payload.shape.isUnion {
                request.body = .bytes(Array("{}".utf8))
                contentType = format.contentType
            }
        } else {
            let members = AWSMap(input.filter { shape.member($0.key)?.location == nil }.map { ($0.key, $0.value) })
            let hasBodyMembers = shape.members.contains { $0.location == nil }
            guard format == .json ? hasBodyMembers : members.contains(where: { !$0.value.isNull }) else { return }
            request.body = .bytes(
                try format.write(
                    .map(members), shape, name: shape.locationName ?? operation.inputLocationName,
                    namespace: operation.inputXMLNamespace))
            contentType = format.contentType
        }
        if let contentType, request.header("Content-Type") == nil {
            request.headers.append(("Content-Type", contentType))
        }
    }

    private static func rawBody(_ value: AWSValue, _ member: Member) throws -> AWSBody {
        switch value {
        case .body(let body): return body
        case .blob(let bytes): return .bytes(bytes)
        case .string(let text): return .bytes(Array(text.utf8))
        default:
            throw EncodingFailure(
                member.name, "must be \(member.shape.kind.readableName), not \(Scalars.kindName(value))")
        }
    }

    static func decode<Sink: ValueSink & ~Copyable>(
        _ response: WireResponse, _ operation: Operation, _ wireProtocol: WireProtocol, into sink: inout Sink
    ) throws {
        guard let shape = operation.output else { return sink.value(.map([:])) }
        if isBodyAlone(shape, operation) {
            let bytes = try response.body.bytes()
            let format = BodyFormat(wireProtocol)
            if !format.mayBeNull(bytes) { return try format.read(bytes, shape, into: &sink) }
        }
        sink.value(try decode(response, shape, operation, wireProtocol))
    }

    /// Whether an answer's members are all in its body, as most have it.
    private static func isBodyAlone(_ shape: Shape, _ operation: Operation) -> Bool {
        guard RESTBody.payload(shape) == nil, !S3Details.isRootText(operation) else { return false }
        return !shape.members.isEmpty
            && shape.members.allSatisfy {
                $0.location == nil || $0.location == .uri || $0.location == .querystring
            }
    }

    private static func decode(
        _ response: WireResponse, _ shape: Shape, _ operation: Operation, _ wireProtocol: WireProtocol
    ) throws -> AWSValue {
        var output = AWSMap()
        try HTTPBindings.readHeaders(response.headers, shape, into: &output)
        for member in shape.members where member.location == .statusCode {
            output[member.name] = .integer(Int64(response.status))
        }
        let format = BodyFormat(wireProtocol)
        if let payload = RESTBody.payload(shape) {
            if let value = try readPayload(response.body, payload, format, wireProtocol) {
                output[payload.name] = value
            }
        } else if RESTBody.hasBodyMembers(shape) {
            let bytes = try response.body.bytes()
            if let rootText = try S3Details.rootText(bytes, operation) {
                if !rootText.value.isNull { output[rootText.name] = rootText.value }
            } else if case .map(let members) = try format.read(bytes, shape) {
                for (name, value) in members where output[name] == nil { output[name] = value }
            }
        }
        return .map(output)
    }

    private static func readPayload(
        _ body: AWSBody, _ payload: Member, _ format: BodyFormat, _ wireProtocol: WireProtocol
    ) throws -> AWSValue? {
        if payload.shape.isEventStream {
            return .list(try EventStreams.readAll(try body.bytes(), payload.shape, wireProtocol))
        }
        if RESTBody.isStreaming(payload) { return .body(body) }
        let bytes = try body.bytes()
        if payload.shape.kind == .blob { return .blob(bytes) }
        if RESTBody.isRaw(payload) {
            guard let text = bytes.utf8String else { throw DecodingFailure("response", "\(payload.name) is not UTF-8") }
            return .string(text)
        }
        if bytes.isEmpty { return nil }
        let value = try format.read(bytes, payload.shape)
        return value.isNull ? nil : value
    }
}
