/// Members of a structure, or entries of a map, in the order in which they were written.
///
/// Structures are small, so a look-up is a scan over the keys; a map past `indexThreshold` entries keeps an index.
public struct AWSMap: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence {
    public typealias Element = (key: String, value: AWSValue)

    private static let indexThreshold = 24
    private var keys: [String] = []
    private var values: [AWSValue] = []
    private var index: [String: Int]?

    public init() {}

    public init(dictionaryLiteral elements: (String, AWSValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    public init(_ elements: some Sequence<(String, AWSValue)>) {
        for (key, value) in elements { self[key] = value }
    }

    /// Entries whose keys are known to differ: a decoder shares one array of keys among structures of equal members.
    init(uniqueKeys keys: [String], values: [AWSValue]) {
        precondition(keys.count == values.count)
        self.keys = keys
        self.values = values
        if keys.count > Self.indexThreshold { reindex() }
    }

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }
    public var orderedKeys: [String] { keys }

    /// The value of a key; setting nil removes it.
    public subscript(key: String) -> AWSValue? {
        get { position(of: key).map { values[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let at?, let value?): values[at] = value
            case (let at?, nil):
                keys.remove(at: at)
                values.remove(at: at)
                if index != nil { reindex() }
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Adds an entry that is known not to exist yet: what a decoder does, without the look-up.
    public mutating func append(_ key: String, _ value: AWSValue) {
        keys.append(key)
        values.append(value)
        if index != nil {
            index?[key] = keys.count - 1
        } else if keys.count > Self.indexThreshold {
            reindex()
        }
    }

    public func makeIterator() -> AnyIterator<Element> {
        var at = 0
        return AnyIterator {
            guard at < keys.count else { return nil }
            defer { at += 1 }
            return (keys[at], values[at])
        }
    }

    /// Maps are equal when they hold the same entries, in whatever order.
    public static func == (left: AWSMap, right: AWSMap) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(Set(keys))
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        return keys.firstIndex(of: key)
    }

    private mutating func reindex() {
        index = Dictionary(keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { _, last in last })
    }
}
