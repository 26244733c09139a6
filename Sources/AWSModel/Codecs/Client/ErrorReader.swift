/// Reads a service's error from its response. An answer that cannot be read (a proxy's page, a cut-off body) still
/// gives an error: the status and what is known for sure.
enum ErrorReader {
    static func read(
        _ response: WireResponse, _ operation: Operation?, _ service: ServiceModel, _ wireProtocol: WireProtocol
    ) -> WireError {
        let bytes = (try? response.body.bytes()) ?? []
        var error: WireError?
        if !isGeneric(bytes) {
            switch wireProtocol {
            case .json10, .json11, .restJSON: error = readJSON(response, bytes, operation, service, wireProtocol)
            case .rpcV2CBOR: error = readCBOR(response, bytes, operation, service)
            case .query, .ec2, .restXML: error = readXML(response, bytes, operation, service, wireProtocol)
            }
        }
        var result =
            error
            ?? WireError(
                code: headerCode(response, wireProtocol) ?? String(response.status),
                message: HTTPStatus.reason(response.status), status: response.status)
        result.requestID = requestID(response.headers) ?? result.requestID
        if result.code.isEmpty { result.code = String(response.status) }
        return result
    }

    static func requestID(_ headers: [(name: String, value: String)]) -> String? {
        for name in requestIDHeaders {
            if let value = headers.first(where: { HTTPText.sameName($0.name, name) })?.value { return value }
        }
        return nil
    }

    private static let requestIDHeaders = ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"]

    /// An empty body, or a page that some proxy or balancer made.
    private static func isGeneric(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(256).drop { $0 <= 0x20 }
        let lower = start.prefix(15).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        return start.isEmpty || lower.starts(with: "<html".utf8) || lower.starts(with: "<!doctype html".utf8)
    }

    private static func headerCode(_ response: WireResponse, _ wireProtocol: WireProtocol) -> String? {
        guard BodyFormat(wireProtocol) == .json else { return nil }
        return response.header("x-amzn-errortype").map(plainCode)
    }

    /// "com.amazonaws.dynamodb#ThrottlingException:http://…" → "ThrottlingException".
    static func plainCode(_ code: String) -> String {
        let beforeColon = code.prefix { $0 != ":" }
        return beforeColon.lastIndex(of: "#").map { String(beforeColon[beforeColon.index(after: $0)...]) }
            ?? String(beforeColon)
    }

    // MARK: JSON and CBOR

    private static func readJSON(
        _ response: WireResponse, _ bytes: [UInt8], _ operation: Operation?, _ service: ServiceModel,
        _ wireProtocol: WireProtocol
    ) -> WireError? {
        guard let body = try? JSON.parse(bytes), case .map(let map) = body else {
            // Not JSON: the text itself is the best message there is.
            let text = String(decoding: bytes.prefix(2000), as: UTF8.self)
            return WireError(
                code: headerCode(response, wireProtocol) ?? String(response.status), message: text,
                status: response.status)
        }
        var code = map["__type"]?.string.map(plainCode)
        if wireProtocol == .restJSON {
            let named = response.header("x-amzn-errortype") ?? (map["code"] ?? map["Code"]).flatMap(Scalars.string)
            code = named.map(plainCode) ?? code
        } else if code == nil {
            code =
                (map["code"] ?? map["Code"]).flatMap(Scalars.string).map(plainCode)
                ?? headerCode(response, wireProtocol)
        }
        return modelled(code, map, response, operation, service) { shape in
            var members = (try? BodyFormat.json.read(bytes, shape))?.map ?? [:]
            if wireProtocol == .restJSON { try? HTTPBindings.readHeaders(response.headers, shape, into: &members) }
            return .map(members)
        }
    }

    private static func readCBOR(
        _ response: WireResponse, _ bytes: [UInt8], _ operation: Operation?, _ service: ServiceModel
    ) -> WireError? {
        let body = try? bytes.withUnsafeBufferPointer { buffer in
            var reader = CBORReader(buffer)
            return try reader.value()
        }
        guard case .map(let map)? = body else { return nil }
        return modelled(map["__type"]?.string.map(plainCode), map, response, operation, service) { shape in
            (try? BodyFormat.cbor.read(bytes, shape)) ?? .map([:])
        }
    }

    /// The error from a body's map: the message, the members that the model names, and a former query service's code.
    private static func modelled(
        _ code: String?, _ map: AWSMap, _ response: WireResponse, _ operation: Operation?, _ service: ServiceModel,
        _ members: (Shape) -> AWSValue
    ) -> WireError {
        let message = ["message", "Message", "errorMessage"].lazy.compactMap { map[$0]?.string }.first ?? ""
        var error = WireError(code: code ?? String(response.status), message: message, status: response.status)
        if let shape = ErrorShapes.find(error.code, operation, service) {
            error.fields = members(shape).map ?? [:]
            error.isSenderFault = shape.isSenderFault
        }
        // "AWS.SimpleQueueService.NonExistentQueue;Sender": the code of the time when the service spoke query.
        if let header = response.header("x-amzn-query-error") {
            let parts = header.split(separator: ";", omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].isEmpty {
                if let code, code != parts[0] { error.modelledCode = code }
                error.code = String(parts[0])
                error.isSenderFault = parts[1] == "Sender"
            }
        }
        return error
    }

    // MARK: XML

    private static func readXML(
        _ response: WireResponse, _ bytes: [UInt8], _ operation: Operation?, _ service: ServiceModel,
        _ wireProtocol: WireProtocol
    ) -> WireError? {
        guard let tree = try? XMLTreeParser.parse(bytes) else { return nil }
        let root = tree.root
        // <Error>, <ErrorResponse><Error>, or EC2's <Response><Errors><Error>.
        var element = root
        if !tree.hasName(root, "Error") {
            element =
                tree.child(root, "Error") ?? tree.child(root, "Errors").flatMap { tree.child($0, "Error") } ?? root
        }
        let code = tree.child(element, "Code").map { tree.string($0).trimmed } ?? ""
        let message = (tree.child(element, "Message") ?? tree.child(element, "message")).map(tree.string) ?? ""
        var error = WireError(code: code, message: message, status: response.status)
        error.requestID = ["RequestId", "RequestID", "requestId"].lazy
            .compactMap { tree.child(element, $0) ?? tree.child(root, $0) }.first.map(tree.string)
        if let type = tree.child(element, "Type").map(tree.string) {
            error.isSenderFault = type == "Sender" ? true : type == "Receiver" ? false : nil
        }
        if let shape = ErrorShapes.find(code, operation, service) {
            var members = TreeSink()
            var reader = XMLShapeReader(tree, shape.storage)
            if (try? reader.structure(element, shape, into: &members)) != nil {
                error.fields = members.take().map ?? [:]
            }
            if wireProtocol == .restXML { try? HTTPBindings.readHeaders(response.headers, shape, into: &error.fields) }
            error.isSenderFault = error.isSenderFault ?? shape.isSenderFault
        }
        // What else S3 says: the bucket, the region to go to, the string that should have been signed.
        let known: Set = ["Code", "Message", "message", "Type", "RequestId", "RequestID", "HostId"]
        for child in tree.children(element) where tree.firstChild(child) < 0 {
            let name = tree.name(child)
            if !known.contains(name), error.fields[name] == nil { error.fields[name] = .string(tree.string(child)) }
        }
        return error
    }
}
