/// Writes an error as each protocol does.
struct ErrorWriter {
    let code: String
    let message: String
    let fields: AWSMap
    let status: Int
    let operation: Operation?
    let service: ServiceModel
    let wireProtocol: WireProtocol
    let requestID: String

    private var shape: Shape? { ErrorShapes.find(code, operation, service) }

    private var actualStatus: Int { shape?.errorStatus ?? status }

    private var isSenderFault: Bool { shape?.isSenderFault ?? (actualStatus < 500) }

    var response: WireResponse {
        var response = WireResponse(
            status: actualStatus,
            headers: [(service.isS3 ? "x-amz-request-id" : "x-amzn-RequestId", requestID)])
        switch BodyFormat(wireProtocol) {
        case .json: writeJSON(&response)
        case .cbor: writeCBOR(&response)
        case .xml: writeXML(&response)
        }
        if operation?.httpMethod == "HEAD" { response.body = .bytes([]) }
        return response
    }

    /// The message and the fields by their names on the wire. Members that the model puts in headers go there.
    private func members(_ response: inout WireResponse) -> AWSMap {
        var members = AWSMap()
        let messageName = shape?.members.first { $0.name.lowercased() == "message" }?.wireName ?? "message"
        members[messageName] = .string(message)
        for (name, value) in fields where !value.isNull {
            guard let member = shape?.member(name) else {
                members[name] = value
                continue
            }
            switch member.location {
            case .header:
                if let text = try? HTTPBindings.headerText(value, member) {
                    response.headers.append((member.wireName, text))
                }
            default: members[member.wireName] = value
            }
        }
        return members
    }

    /// The members in their wire forms: through the shape where it knows them.
    private func tree(_ response: inout WireResponse) -> AWSMap {
        let flat = members(&response)
        guard let shape else { return flat }
        var modelled = AWSMap()
        for (name, value) in fields where shape.member(name) != nil { modelled[name] = value }
        guard let bytes = try? JSONShapeWriter.write(.map(modelled), shape),
            case .map(let written)? = try? JSON.parse(bytes)
        else { return flat }
        return AWSMap(flat.map { ($0.key, written[$0.key] ?? $0.value) })
    }

    private func writeJSON(_ response: inout WireResponse) {
        let name = shape?.name ?? code
        var body = AWSMap()
        // rest-json names the error in a header; AWS's services and clients also read it from the body.
        if wireProtocol == .restJSON { response.headers.append(("x-amzn-ErrorType", name)) }
        body["__type"] = .string(name)
        for (key, value) in tree(&response) { body[key] = value }
        queryError(&response)
        response.headers.append(("Content-Type", RPCServer.contentType(wireProtocol)))
        response.body = .bytes(JSON.write(.map(body)))
    }

    private func writeCBOR(_ response: inout WireResponse) {
        var body: AWSMap = ["__type": .string(shape?.name ?? code)]
        for (key, value) in members(&response) { body[key] = value }
        queryError(&response)
        response.headers += [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        var writer = CBORWriter()
        writer.write(.map(body))
        response.body = .bytes(writer.bytes)
    }

    /// Services that spoke query before keep the code of that time in a header.
    private func queryError(_ response: inout WireResponse) {
        guard service.isQueryCompatible else { return }
        let fault = isSenderFault ? "Sender" : "Receiver"
        response.headers.append(("x-amzn-query-error", "\(shape?.errorCode ?? code);\(fault)"))
    }

    private func writeXML(_ response: inout WireResponse) {
        var writer = XMLShapeWriter()
        let code = shape?.errorCode ?? shape?.name ?? code
        writer.xml.declaration()
        switch wireProtocol {
        case .ec2:
            writer.xml.open("Response")
            writer.xml.open("Errors")
            writeElement(code, includingType: false, &writer, &response)
            writer.xml.close("Errors")
            writer.xml.element("RequestID", requestID)
            writer.xml.close("Response")
        case .restXML where service.signingName == "s3" || service.isS3:
            writeElement(code, includingType: false, &writer, &response) { xml in
                xml.element("RequestId", requestID)
                xml.element("HostId", requestID)
            }
        default:
            let namespace = RPCServer.namespace(service, wireProtocol)
            writer.xml.open("ErrorResponse", attributes: namespace.map { [("xmlns", $0)] } ?? [])
            writeElement(code, includingType: true, &writer, &response)
            writer.xml.element("RequestId", requestID)
            writer.xml.close("ErrorResponse")
        }
        response.headers.append(("Content-Type", RPCServer.contentType(wireProtocol)))
        response.body = .bytes(writer.xml.bytes)
    }

    private func writeElement(
        _ code: String, includingType: Bool, _ writer: inout XMLShapeWriter, _ response: inout WireResponse,
        _ extra: (inout XMLWriter) -> Void = { _ in }
    ) {
        writer.xml.open("Error")
        if includingType { writer.xml.element("Type", isSenderFault ? "Sender" : "Receiver") }
        writer.xml.element("Code", code)
        writer.xml.element("Message", message)
        for (name, value) in fields where !value.isNull && name.lowercased() != "message" {
            if let member = shape?.member(name) {
                if member.location == .header {
                    if let text = try? HTTPBindings.headerText(value, member) {
                        response.headers.append((member.wireName, text))
                    }
                } else {
                    // A field that cannot be written must not turn one error into another.
                    try? writer.write(value, member)
                }
            } else if let text = Scalars.string(value) {
                writer.xml.element(name, text)
            }
        }
        extra(&writer.xml)
        writer.xml.close("Error")
    }
}
