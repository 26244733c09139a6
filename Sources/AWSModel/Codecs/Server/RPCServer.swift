/// The protocols with one path for every operation, seen from the server.
enum RPCServer {
    static func cborOperation(_ path: String, _ service: ServiceModel) -> Operation? {
        let parts = path.split(separator: "/")
        guard parts.count >= 4, parts[parts.count - 4] == "service", parts[parts.count - 2] == "operation" else {
            return nil
        }
        return service.operation(String(parts[parts.count - 1]))
    }

    /// The form of a query request: the body of a POST, else the URL's query.
    static func pairs(of request: WireRequest) throws -> [(name: String, value: String)] {
        let body = request.body.count <= Int64(16 << 20) ? try request.body.bytes() : []
        var pairs = try QueryString.parseForm(body)
        for (name, value) in request.query {
            pairs.append(
                (
                    QueryString.decode(name, plusIsSpace: true) ?? name,
                    value.map { QueryString.decode($0, plusIsSpace: true) ?? $0 } ?? ""
                ))
        }
        return pairs
    }

    static func action(of request: WireRequest) -> String? {
        if let inURL = request.query.first(where: { $0.name == "Action" })?.value { return inURL }
        guard request.method == "POST", request.header("Content-Type")?.contains("x-www-form-urlencoded") ?? true else {
            return nil
        }
        return (try? pairs(of: request))?.first { $0.name == "Action" }?.value
    }

    static func encode(
        _ output: AWSMap, _ operation: Operation, _ wireProtocol: WireProtocol, _ requestID: String
    ) throws -> WireResponse {
        let format = BodyFormat(wireProtocol)
        var response = WireResponse(status: 200)
        if let shape = operation.output, let events = RESTBody.events(shape) {
            var head = output
            head[events.name] = nil
            var bytes = try EventStreams.initialResponse(
                try format.write(.map(head), shape), wireProtocol)
            bytes += try EventStreams.write(output[events.name]?.list ?? [], events.shape, wireProtocol)
            response.body = .bytes(bytes)
            response.headers = [("Content-Type", "application/vnd.amazon.eventstream")]
        } else {
            let empty: [UInt8] = format == .json ? Array("{}".utf8) : []
            response.body = .bytes(
                try operation.output.map { try format.write(.map(output), $0) } ?? empty)
            response.headers = [("Content-Type", contentType(wireProtocol))]
        }
        if wireProtocol == .rpcV2CBOR { response.headers.append(("smithy-protocol", "rpc-v2-cbor")) }
        response.headers.append(("x-amzn-RequestId", requestID))
        return response
    }

    static func contentType(_ wireProtocol: WireProtocol) -> String {
        switch wireProtocol {
        case .json10: "application/x-amz-json-1.0"
        case .json11: "application/x-amz-json-1.1"
        case .rpcV2CBOR: "application/cbor"
        case .query, .ec2: "text/xml"
        case .restJSON: "application/json"
        case .restXML: "application/xml"
        }
    }

    static func encodeQuery(
        _ output: AWSMap, _ operation: Operation, _ service: ServiceModel, _ wireProtocol: WireProtocol,
        _ requestID: String
    ) throws -> WireResponse {
        var writer = XMLShapeWriter(namesListsByElement: true)
        let root = "\(operation.name)Response"
        writer.xml.declaration()
        writer.xml.open(root, attributes: namespace(service, wireProtocol).map { [("xmlns", $0)] } ?? [])
        if wireProtocol == .ec2 {
            writer.xml.element("requestId", requestID)
            if let shape = operation.output { try writer.members(output, shape) }
        } else {
            if let shape = operation.output {
                let wrapper = operation.resultWrapper ?? "\(operation.name)Result"
                writer.xml.open(wrapper)
                try writer.members(output, shape)
                writer.xml.close(wrapper)
            }
            writer.xml.open("ResponseMetadata")
            writer.xml.element("RequestId", requestID)
            writer.xml.close("ResponseMetadata")
        }
        writer.xml.close(root)
        return WireResponse(
            status: 200, headers: [("Content-Type", contentType(wireProtocol)), ("x-amzn-RequestId", requestID)],
            body: .bytes(writer.xml.bytes))
    }

    static func namespace(_ service: ServiceModel, _ wireProtocol: WireProtocol) -> String? {
        service.xmlNamespace
            ?? (wireProtocol == .ec2 ? "http://ec2.amazonaws.com/doc/\(service.apiVersion)/" : nil)
    }
}
