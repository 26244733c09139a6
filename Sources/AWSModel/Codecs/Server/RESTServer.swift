/// Requests and responses of rest-json and rest-xml, seen from the server.
enum RESTServer {
    static func decode(
        _ request: WireRequest, _ shape: Shape, _ template: URITemplate, _ wireProtocol: WireProtocol
    ) throws -> AWSValue {
        var input = AWSMap()
        try readLabels(request.path, shape, template, into: &input)
        try HTTPBindings.readQuery(request.query, shape, fixed: template.query.map(\.name), into: &input)
        try HTTPBindings.readHeaders(request.headers, shape, into: &input)
        try readBody(request.body, shape, wireProtocol, into: &input)
        return .map(input)
    }

    private static func readLabels(
        _ path: String, _ shape: Shape, _ template: URITemplate, into input: inout AWSMap
    ) throws {
        // A key may end with a slash ("folder/"), which then belongs to it.
        let exact = Array(path.split(separator: "/", omittingEmptySubsequences: false).dropFirst())
        guard let labels = template.match(exact) ?? template.match(RESTRouter.segments(path)) else { return }
        for member in shape.members where member.location == .uri {
            guard let encoded = labels[member.wireName] else { continue }
            guard let text = QueryString.decode(encoded) else {
                throw DecodingFailure("path", "\(member.name) is not UTF-8")
            }
            input[member.name] = try HTTPBindings.urlValue(text, member)
        }
    }

    private static func readBody(
        _ body: AWSBody, _ shape: Shape, _ wireProtocol: WireProtocol, into input: inout AWSMap
    ) throws {
        let format = BodyFormat(wireProtocol)
        guard let payload = RESTBody.payload(shape) else {
            guard shape.members.contains(where: { $0.location == nil }), body.count > 0,
                case .map(let members) = try format.read(try body.bytes(), shape)
            else { return }
            for (name, value) in members where input[name] == nil { input[name] = value }
            return
        }
        if RESTBody.isStreaming(payload) {
            input[payload.name] = .body(body)
            return
        }
        if body.count == 0 { return }
        let bytes = try body.bytes()
        switch payload.shape.kind {
        case .blob: input[payload.name] = .blob(bytes)
        case .string, .character:
            guard let text = bytes.utf8String else { throw DecodingFailure("body", "\(payload.name) is not UTF-8") }
            input[payload.name] = .string(text)
        default:
            let value = try format.read(bytes, payload.shape)
            if !value.isNull { input[payload.name] = value }
        }
    }

    static func encode(
        _ output: AWSMap, _ operation: Operation, _ service: ServiceModel, _ wireProtocol: WireProtocol,
        _ requestID: String
    ) throws -> WireResponse {
        var response = WireResponse(status: operation.responseCode ?? 200)
        response.headers.append((service.isS3 ? "x-amz-request-id" : "x-amzn-RequestId", requestID))
        guard let shape = operation.output else { return response }
        var inBody = AWSMap()
        for (name, value) in output where !value.isNull {
            guard let member = shape.member(name) else { throw ValuePath().unknown(name, shape) }
            switch member.location {
            case .statusCode: if let status = Scalars.integer(value) { response.status = Int(status) }
            case .header:
                if let text = try HTTPBindings.headerText(value, member) {
                    response.headers.append((member.wireName, text))
                }
            case .headers: response.headers += try HTTPBindings.prefixedHeaders(value, member)
            default: inBody[name] = value
            }
        }
        try setBody(inBody, shape, operation, service, wireProtocol, &response)
        return response
    }

    private static func setBody(
        _ output: AWSMap, _ shape: Shape, _ operation: Operation, _ service: ServiceModel,
        _ wireProtocol: WireProtocol, _ response: inout WireResponse
    ) throws {
        let format = BodyFormat(wireProtocol)
        var contentType: String? = format.contentType
        let namespace = service.xmlNamespace.map { XMLNamespace(uri: $0, prefix: nil) }
        if let payload = RESTBody.payload(shape) {
            let value = output[payload.name]
            if payload.shape.isEventStream {
                response.body = .bytes(try EventStreams.write(value?.list ?? [], payload.shape, wireProtocol))
                contentType = "application/vnd.amazon.eventstream"
            } else if RESTBody.isRaw(payload) {
                response.body = try rawBody(value, payload)
                contentType = payload.shape.kind == .blob ? "application/octet-stream" : "text/plain"
                if value == nil { contentType = nil }
            } else if let value {
                response.body = .bytes(
                    try format.write(
                        value, payload.shape, name: RESTBody.elementName(payload),
                        namespace: payload.xmlNamespace ?? namespace))
            } else {
                contentType = nil
            }
        } else if S3Details.isRootText(operation) {
            var xml = XMLWriter()
            xml.open("LocationConstraint", attributes: namespace.map { [("xmlns", $0.uri)] } ?? [])
            xml.text(output["LocationConstraint"]?.string ?? "")
            xml.close("LocationConstraint")
            response.body = .bytes(xml.bytes)
        } else if RESTBody.hasBodyMembers(shape) {
            response.body = .bytes(
                try format.write(
                    .map(output), shape, name: rootName(shape, operation, service), namespace: namespace))
        } else {
            contentType = nil
        }
        if let contentType, response.header("Content-Type") == nil {
            response.headers.append(("Content-Type", contentType))
        }
    }

    /// S3 calls its answers after the operation, others after the shape.
    private static func rootName(_ shape: Shape, _ operation: Operation, _ service: ServiceModel) -> String {
        if let name = shape.locationName { return name }
        return service.isS3 ? "\(operation.name)Result" : shape.name
    }

    private static func rawBody(_ value: AWSValue?, _ member: Member) throws -> AWSBody {
        switch value {
        case nil: return .bytes([])
        case .body(let body): return body
        case .blob(let bytes): return .bytes(bytes)
        case .string(let text): return .bytes(Array(text.utf8))
        case let value?: throw ValuePath().mismatch(value, member.shape)
        }
    }
}
