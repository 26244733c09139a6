/// Streams of events in responses: each message is an event, the first answer of an RPC protocol, or an error.
enum EventStreams {
    /// The events of a complete body, each a structure with the event's name as its one member.
    static func readAll(_ bytes: [UInt8], _ stream: Shape, _ wireProtocol: WireProtocol) throws -> [AWSValue] {
        try EventStreamParser.messages(bytes).compactMap { message in
            message.string(":event-type") == "initial-response" ? nil : try event(message, stream, wireProtocol)
        }
    }

    /// The RPC protocols send the members that are not events in a first message of their own.
    static func readRPC(
        _ bytes: [UInt8], _ shape: Shape, _ events: Member, _ wireProtocol: WireProtocol
    ) throws -> AWSValue {
        let messages = try EventStreamParser.messages(bytes)
        var output = AWSMap()
        if let first = messages.first, first.string(":event-type") == "initial-response" {
            output = try BodyFormat(wireProtocol).read(first.payload, shape).map ?? [:]
        }
        output[events.name] = .list(try readAll(bytes, events.shape, wireProtocol))
        return .map(output)
    }

    /// Nil for an event that the model does not know.
    ///
    /// - Throws: ``WireError`` for a message that is an error or an exception.
    static func event(_ message: EventStreamMessage, _ stream: Shape, _ wireProtocol: WireProtocol) throws -> AWSValue?
    {
        let format = BodyFormat(wireProtocol)
        switch message.string(":message-type") {
        case "exception":
            let type = message.string(":exception-type") ?? ""
            var error = WireError(code: type, message: "", status: 400)
            if let shape = stream.member(type)?.shape {
                error.code = shape.errorCode ?? type
                error.fields = (try? format.read(message.payload, shape))?.map ?? [:]
                error.isSenderFault = shape.isSenderFault
                error.message = (error.fields["message"] ?? error.fields["Message"])?.string ?? ""
            }
            throw error
        case "error":
            throw WireError(
                code: message.string(":error-code") ?? "EventStreamError",
                message: message.string(":error-message") ?? "",
                status: 400)
        default:
            guard let type = message.string(":event-type"), let shape = stream.member(type)?.shape else { return nil }
            return .map([type: .map(try members(message, shape, format))])
        }
    }

    private static func members(_ message: EventStreamMessage, _ shape: Shape, _ format: BodyFormat) throws -> AWSMap {
        var members = AWSMap()
        for member in shape.members where member.eventHeader {
            if let header = message[member.wireName] { members[member.name] = header.value }
        }
        guard let payload = shape.members.first(where: \.eventPayload) else {
            if shape.members.allSatisfy(\.eventHeader) { return members }
            for (name, value) in try format.read(message.payload, shape).map ?? [:] { members[name] = value }
            return members
        }
        switch payload.shape.kind {
        case .blob: members[payload.name] = .blob(message.payload)
        case .string, .character: members[payload.name] = .string(String(decoding: message.payload, as: UTF8.self))
        default: members[payload.name] = try format.read(message.payload, payload.shape)
        }
        return members
    }

    // MARK: Writing (a server)

    static func write(
        _ events: [AWSValue], _ stream: Shape, _ wireProtocol: WireProtocol
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for event in events {
            guard case .map(let map) = event, let (name, value) = map.first(where: { _ in true }), map.count == 1,
                let shape = stream.member(name)?.shape
            else {
                throw EncodingFailure(stream.name, "an event must be a structure with one member of \(stream.name)")
            }
            bytes += try message(name, value, shape, wireProtocol).encoded()
        }
        return bytes
    }

    static func initialResponse(_ payload: [UInt8], _ wireProtocol: WireProtocol) throws -> [UInt8] {
        try EventStreamMessage(
            headers: [
                (":message-type", .string("event")), (":event-type", .string("initial-response")),
                (":content-type", .string(BodyFormat(wireProtocol).contentType)),
            ], payload: payload
        ).encoded()
    }

    private static func message(
        _ name: String, _ value: AWSValue, _ shape: Shape, _ wireProtocol: WireProtocol
    ) throws -> EventStreamMessage {
        let format = BodyFormat(wireProtocol)
        let kind = shape.isException ? "exception" : "event"
        var message = EventStreamMessage(
            headers: [(":message-type", .string(kind)), (":\(kind)-type", .string(name))], payload: [])
        let map = Scalars.map(value) ?? [:]
        var rest = AWSMap()
        for (memberName, item) in map {
            guard let member = shape.member(memberName) else { throw ValuePath().unknown(memberName, shape) }
            if member.eventHeader {
                message.headers.append((member.wireName, try header(item, member)))
            } else if member.eventPayload {
                switch member.shape.kind {
                case .blob:
                    message.headers.append((":content-type", .string("application/octet-stream")))
                    message.payload = try Scalars.blob(item) ?? []
                case .string, .character:
                    message.headers.append((":content-type", .string("text/plain")))
                    message.payload = Array((Scalars.string(item) ?? "").utf8)
                default:
                    message.headers.append((":content-type", .string(format.contentType)))
                    message.payload = try format.write(item, member.shape)
                }
            } else {
                rest[memberName] = item
            }
        }
        if !shape.members.contains(where: \.eventPayload), !shape.members.allSatisfy(\.eventHeader) {
            message.headers.append((":content-type", .string(format.contentType)))
            message.payload = try format.write(.map(rest), shape)
        }
        return message
    }

    private static func header(_ value: AWSValue, _ member: Member) throws -> EventStreamMessage.Header {
        let shape = member.shape
        switch shape.kind {
        case .boolean: if let value = Scalars.bool(value) { return .bool(value) }
        case .byte: if let value = Scalars.integer(value) { return .byte(Int8(truncatingIfNeeded: value)) }
        case .short: if let value = Scalars.integer(value) { return .short(Int16(truncatingIfNeeded: value)) }
        case .integer: if let value = Scalars.integer(value) { return .integer(Int32(truncatingIfNeeded: value)) }
        case .long: if let value = Scalars.integer(value) { return .long(value) }
        case .timestamp: if let value = Scalars.timestamp(value) { return .timestamp(Int64((value * 1000).rounded())) }
        case .blob: if let value = try Scalars.blob(value) { return .bytes(value) }
        default: if let value = Scalars.string(value) { return .string(value) }
        }
        throw ValuePath().mismatch(value, shape)
    }
}

/// Turns a response's bytes into events as they come: for streams that do not end by themselves.
public struct EventStreamDecoder: Sendable {
    /// The output's member that carries the events.
    public let memberName: String
    private let stream: Shape
    private let wireProtocol: WireProtocol
    private var parser = EventStreamParser()

    /// Nil when the operation answers with no stream of events.
    public init?(operation: Operation, service: ServiceModel, protocol wireProtocol: WireProtocol? = nil) {
        guard let member = RESTBody.events(operation.output) else { return nil }
        memberName = member.name
        stream = member.shape
        self.wireProtocol = wireProtocol ?? service.wireProtocol
    }

    public mutating func append(_ bytes: some Sequence<UInt8>) { parser.append(bytes) }

    /// The next event, `{Name = {…}}`; nil when more bytes are needed.
    ///
    /// - Throws: ``WireError`` when the service reports an error in the stream, ``DecodingFailure`` for broken
    /// messages.
    public mutating func next() throws -> AWSValue? {
        while let message = try parser.next() {
            if message.string(":event-type") == "initial-response" { continue }
            if let event = try EventStreams.event(message, stream, wireProtocol) { return event }
        }
        return nil
    }

    /// False when the stream ended inside a message.
    public var isAtBoundary: Bool { parser.isAtBoundary }
}
