extension AWSValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: AWSValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, AWSValue)...) { self = .map(AWSMap(elements)) }
}

extension AWSValue {
    /// A member of a structure or an entry of a map; nil when absent or when this is neither. Setting nil removes it.
    public subscript(key: String) -> AWSValue? {
        get {
            guard case .map(let map) = self else { return nil }
            return map[key]
        }
        set {
            guard case .map(var map) = self else { return }
            self = .null  // so that the map is changed in place, not copied
            map[key] = newValue
            self = .map(map)
        }
    }

    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }
    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }
    public var int: Int? { integer.map(Int.init) }
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }
    public var double: Double? {
        switch self {
        case .double(let value), .timestamp(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
    public var list: [AWSValue]? {
        if case .list(let value) = self { value } else { nil }
    }
    public var map: AWSMap? {
        if case .map(let value) = self { value } else { nil }
    }
    /// The strings of a list; nil when this is not a list.
    public var strings: [String]? { list?.compactMap(\.string) }
    public var blob: [UInt8]? {
        switch self {
        case .blob(let value): value
        case .body(.bytes(let value)): value
        default: nil
        }
    }

    /// A structure of the entries that are not nil: how a service builds its answers.
    public static func structure(_ entries: KeyValuePairs<String, AWSValue?>) -> AWSValue {
        var keys: [String] = []
        var values: [AWSValue] = []
        keys.reserveCapacity(entries.count)
        values.reserveCapacity(entries.count)
        for (key, value) in entries {
            guard let value else { continue }
            keys.append(key)
            values.append(value)
        }
        return .map(AWSMap(keys: KeyList(keys), values: values))
    }
}
