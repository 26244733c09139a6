import AWSModel

/// A tag of a resource.
public struct Tag: Codable, Sendable, Hashable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

extension [Tag] {
    /// From a list of `{Key, Value}`; other spellings of the members can be named.
    public init(_ value: AWSValue?, key: String = "Key", value valueMember: String = "Value") {
        self = (value?.list ?? []).compactMap { tag in
            tag[key]?.string.map { Tag(key: $0, value: tag[valueMember]?.string ?? "") }
        }
    }

    /// As a list of `{Key, Value}`.
    public func awsValue(key: String = "Key", value: String = "Value") -> AWSValue {
        .list(map { .map([key: .string($0.key), value: .string($0.value)]) })
    }

    /// Adds or replaces tags by their keys.
    public mutating func set(_ tags: [Tag]) {
        for tag in tags {
            if let at = firstIndex(where: { $0.key == tag.key }) { self[at] = tag } else { append(tag) }
        }
    }

    public mutating func unset(_ keys: [String]) { removeAll { keys.contains($0.key) } }
}
