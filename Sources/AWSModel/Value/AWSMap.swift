import Synchronization

/// Members of a structure, or entries of a map, in the order in which they were written.
///
/// Keys are equal whose bytes are. Structures are small, so a look-up is a scan over the keys; past
/// ``KeyList/indexThreshold`` entries an index is kept. Maps with the same keys may share them: a list of ten thousand instances
/// holds the names of their members once.
public struct AWSMap: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence {
    public typealias Element = (key: String, value: AWSValue)

    private var keys: KeyList
    private var values: [AWSValue] = []

    public init() { keys = .empty }

    public init(dictionaryLiteral elements: (String, AWSValue)...) { self.init(elements) }

    /// Of entries with equal keys the last one's value is kept, in the first one's place.
    public init(_ elements: some Sequence<(String, AWSValue)>) {
        var strings: [String] = []
        var values: [AWSValue] = []
        strings.reserveCapacity(elements.underestimatedCount)
        values.reserveCapacity(elements.underestimatedCount)
        for (key, value) in elements {
            strings.append(key)
            values.append(value)
        }
        self.init(keys: KeyList(strings), values: values)
        guard keys.hasRepeats else { return }
        self = AWSMap()
        for (key, value) in zip(strings, values) { self[key] = value }
    }

    /// Entries whose keys are known to differ, for decoders and for services' answers.
    init(keys: KeyList, values: [AWSValue]) {
        precondition(keys.strings.count == values.count)
        self.keys = keys
        self.values = values
    }

    public var count: Int { values.count }
    public var isEmpty: Bool { values.isEmpty }
    public var orderedKeys: [String] { keys.strings }

    /// The value of a key; setting nil removes it.
    public subscript(key: String) -> AWSValue? {
        get { keys.position(of: key).map { values[$0] } }
        set {
            switch (keys.position(of: key), newValue) {
            case (let at?, let value?): values[at] = value
            case (let at?, nil):
                ownKeys()
                keys.remove(at: at)
                values.remove(at: at)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Adds an entry that is known not to exist yet: what a decoder does, without the look-up.
    public mutating func append(_ key: String, _ value: AWSValue) {
        ownKeys()
        keys.append(key)
        values.append(value)
    }

    /// Makes the keys this map's alone before they are changed.
    private mutating func ownKeys() {
        if !isKnownUniquelyReferenced(&keys) { keys = KeyList(keys.strings) }
    }

    public struct Iterator: IteratorProtocol {
        fileprivate let keys: [String]
        fileprivate let values: [AWSValue]
        fileprivate var at = 0

        public mutating func next() -> Element? {
            guard at < values.count else { return nil }
            defer { at += 1 }
            return (keys[at], values[at])
        }
    }

    /// Calls `body` with the keys and the values in their order, where copying each, as an iterator does, would cost.
    public func withEntries<Result>(
        _ body: (UnsafeBufferPointer<String>, UnsafeBufferPointer<AWSValue>) throws -> Result
    ) rethrows -> Result {
        try keys.strings.withUnsafeBufferPointer { keys in
            try values.withUnsafeBufferPointer { values in try body(keys, values) }
        }
    }

    public func makeIterator() -> Iterator { Iterator(keys: keys.strings, values: values) }
    public var underestimatedCount: Int { values.count }

    /// Maps are equal when they hold the same entries, in whatever order.
    public static func == (left: AWSMap, right: AWSMap) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(Set(keys.strings))
    }
}

/// The keys of one map, or of many that have the same.
///
/// Unchecked: a list is only changed by a map that alone refers to it, as the standard library's collections do. The index
/// is made at the first look-up, which many may do at once: hence its lock. (Most maps are only read from end to end.)
final class KeyList: @unchecked Sendable {
    static let indexThreshold = 24
    static let empty = KeyList([])

    private(set) var strings: [String]
    private let index = Mutex<[ByteKey: Int]?>(nil)

    init(_ strings: [String]) { self.strings = strings }

    /// Whether a key occurs twice.
    var hasRepeats: Bool {
        if strings.count > Self.indexThreshold { return Set(strings.map { ByteKey($0) }).count < strings.count }
        for at in strings.indices.dropFirst() where strings[..<at].contains(where: { $0.hasSameBytes(as: strings[at]) })
        {
            return true
        }
        return false
    }

    func position(of key: String) -> Int? {
        guard strings.count > Self.indexThreshold else {
            // Nearly all that are not the same are not equal either, which is found out faster.
            return strings.firstIndex { $0 == key && $0.hasSameBytes(as: key) }
        }
        return index.withLock { index in
            if let index { return index[ByteKey(key)] }
            let made = Dictionary(
                strings.enumerated().map { (ByteKey($1), $0) }, uniquingKeysWith: { _, last in last })
            index = made
            return made[ByteKey(key)]
        }
    }

    fileprivate func append(_ key: String) {
        strings.append(key)
        index.withLock { $0?[ByteKey(key)] = strings.count - 1 }
    }

    fileprivate func remove(at position: Int) {
        strings.remove(at: position)
        index.withLock { $0 = nil }
    }
}
