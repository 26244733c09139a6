/// The body formats of the protocols that write a structure as a whole: JSON, XML, CBOR.
enum BodyFormat {
    case json, xml, cbor

    init(_ wireProtocol: WireProtocol) {
        switch wireProtocol {
        case .json10, .json11, .restJSON: self = .json
        case .query, .ec2, .restXML: self = .xml
        case .rpcV2CBOR: self = .cbor
        }
    }

    /// Reads a whole body, or an event's payload.
    func read(_ bytes: [UInt8], _ shape: Shape) throws -> AWSValue {
        var tree = TreeSink()
        try read(bytes, shape, into: &tree)
        return tree.take()
    }

    func read<Sink: ValueSink & ~Copyable>(_ bytes: [UInt8], _ shape: Shape, into sink: inout Sink) throws {
        switch self {
        case .json: try JSONShapeReader.read(bytes, shape, into: &sink)
        case .cbor: try CBORShapeReader.read(bytes, shape, into: &sink)
        case .xml:
            if bytes.isEmpty { return sink.value(shape.kind == .structure ? .map([:]) : .null) }
            let tree = try XMLTreeParser.parse(bytes)
            var reader = XMLShapeReader(tree, shape.storage)
            try reader.value(tree.root, shape, into: &sink)
        }
    }

    /// Whether a body begins like a null, which as a whole answer is one without members.
    func mayBeNull(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .json: bytes.first { $0 > 0x20 } == UInt8(ascii: "n")
        case .cbor: bytes.first.map { $0 == 0xF6 || $0 == 0xF7 } ?? false
        case .xml: false
        }
    }

    /// Writes a whole body, or an event's payload. `name` and `namespace` are the outermost element's in XML.
    func write(
        _ value: AWSValue, _ shape: Shape, name: String? = nil, namespace: XMLNamespace? = nil
    ) throws -> [UInt8] {
        switch self {
        case .json: return try JSONShapeWriter.write(value, shape)
        case .cbor: return try CBORShapeWriter.write(value, shape)
        case .xml:
            var writer = XMLShapeWriter()
            try writer.structure(
                value, shape, name: name ?? shape.locationName ?? shape.name,
                attributes: XMLShapeWriter.attributes(namespace ?? shape.xmlNamespace))
            return writer.xml.bytes
        }
    }

    /// The content type of a structured body in the REST protocols and in events.
    var contentType: String {
        switch self {
        case .json: "application/json"
        case .xml: "application/xml"
        case .cbor: "application/cbor"
        }
    }
}

/// The parts of a shape that decide where a REST body goes.
enum RESTBody {
    /// The member that is the whole body.
    static func payload(_ shape: Shape) -> Member? { shape.payload.flatMap { shape.member($0) } }

    /// Whether a response's body carries a structure's members; a location that only requests have means nothing there.
    static func hasBodyMembers(_ shape: Shape) -> Bool {
        shape.members.contains { $0.location == nil || $0.location == .uri || $0.location == .querystring }
    }

    /// The element of a payload in XML: the member's own name for it, else the shape's, else the member's.
    static func elementName(_ payload: Member) -> String? {
        if let name = payload.locationName, name != payload.name { return name }
        return payload.shape.locationName ?? payload.locationName
    }

    static func isRaw(_ member: Member) -> Bool {
        switch member.shape.kind {
        case .blob, .string, .character: true
        default: false
        }
    }

    /// Whether an answer's body is the caller's own, such as an object's content: its beginning says nothing of the service.
    static func isFree(_ operation: Operation) -> Bool {
        guard let payload = operation.output.flatMap(payload) else { return false }
        return isRaw(payload) || payload.shape.isEventStream
    }

    static func isStreaming(_ member: Member) -> Bool { member.isStreaming || member.shape.isStreaming }

    /// The member that carries a stream of events.
    static func events(_ shape: Shape?) -> Member? { shape?.eventsMember }
}
