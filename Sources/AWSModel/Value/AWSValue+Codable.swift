/// Values in stores and journals: exact, whatever coder is used. A string, a bool and null stand for themselves; everything
/// else is an array whose first element says what it is. Maps keep their order.
extension AWSValue: Codable {
    private enum Tag: String, Codable {
        case integer = "i", double = "d", blob = "b", timestamp = "t", list = "l", map = "m", file = "f"
    }

    public func encode(to encoder: any Encoder) throws {
        func tagged(_ tag: Tag, _ fill: (inout any UnkeyedEncodingContainer) throws -> Void) throws {
            var container: any UnkeyedEncodingContainer = encoder.unkeyedContainer()
            try container.encode(tag)
            try fill(&container)
        }
        switch self {
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .integer(let value): try tagged(.integer) { try $0.encode(value) }
        case .double(let value): try tagged(.double) { try $0.encode(value.bitPattern) }
        case .timestamp(let value): try tagged(.timestamp) { try $0.encode(value.bitPattern) }
        case .blob(let bytes), .body(.bytes(let bytes)): try tagged(.blob) { try $0.encode(bytes) }
        case .list(let elements): try tagged(.list) { for element in elements { try $0.encode(element) } }
        case .map(let map):
            try tagged(.map) {
                for (key, value) in map {
                    try $0.encode(key)
                    try $0.encode(value)
                }
            }
        case .body(.file(let path, let offset, let length)):
            try tagged(.file) {
                try $0.encode(path)
                try $0.encode(offset)
                try $0.encode(length)
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        if var container = try? decoder.unkeyedContainer() {
            switch try container.decode(Tag.self) {
            case .integer: self = .integer(try container.decode(Int64.self))
            case .double: self = .double(Double(bitPattern: try container.decode(UInt64.self)))
            case .timestamp: self = .timestamp(Double(bitPattern: try container.decode(UInt64.self)))
            case .blob: self = .blob(try container.decode([UInt8].self))
            case .list:
                var elements: [AWSValue] = []
                while !container.isAtEnd { elements.append(try container.decode(AWSValue.self)) }
                self = .list(elements)
            case .map:
                var map = AWSMap()
                while !container.isAtEnd {
                    map.append(try container.decode(String.self), try container.decode(AWSValue.self))
                }
                self = .map(map)
            case .file:
                self = .body(
                    .file(
                        path: try container.decode(String.self), offset: try container.decode(Int64.self),
                        length: try container.decode(Int64.self)))
            }
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }
}
