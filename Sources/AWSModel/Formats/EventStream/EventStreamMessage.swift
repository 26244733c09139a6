/// One message of AWS's event-stream encoding (`application/vnd.amazon.eventstream`): typed headers and a payload.
public struct EventStreamMessage: Sendable, Equatable {
    public enum Header: Sendable, Hashable {
        case bool(Bool)
        case byte(Int8)
        case short(Int16)
        case integer(Int32)
        case long(Int64)
        case bytes([UInt8])
        case string(String)
        /// Milliseconds since 1970.
        case timestamp(Int64)
        case uuid([UInt8])

        var value: AWSValue {
            switch self {
            case .bool(let value): .bool(value)
            case .byte(let value): .integer(Int64(value))
            case .short(let value): .integer(Int64(value))
            case .integer(let value): .integer(Int64(value))
            case .long(let value): .integer(value)
            case .bytes(let value): .blob(value)
            case .string(let value): .string(value)
            case .timestamp(let value): .timestamp(Double(value) / 1000)
            case .uuid(let bytes): .string(Self.format(uuid: bytes))
            }
        }

        private static func format(uuid bytes: [UInt8]) -> String {
            let digits = Array("0123456789abcdef")
            var text = ""
            for (index, byte) in bytes.enumerated() {
                if [4, 6, 8, 10].contains(index) { text.append("-") }
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
            return text
        }
    }

    public var headers: [(name: String, value: Header)]
    public var payload: [UInt8]

    public init(headers: [(name: String, value: Header)], payload: [UInt8]) {
        self.headers = headers
        self.payload = payload
    }

    public subscript(name: String) -> Header? { headers.first { $0.name == name }?.value }

    public func string(_ name: String) -> String? {
        if case .string(let value)? = self[name] { value } else { nil }
    }

    public static func == (left: EventStreamMessage, right: EventStreamMessage) -> Bool {
        left.payload == right.payload
            && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
    }
}
