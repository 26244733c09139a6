/// Builds the maps of JSON objects without a model. Keys that come back are not allocated again, objects with the same
/// keys share them.
struct JSONObjectBuilder: ~Copyable {
    struct Key {
        let text: String
        let hash: Int
    }

    /// An object that is being read.
    struct Open {
        fileprivate let base: Int
        /// One bit a key: as long as no two share a bit, no two keys can be equal and no look-up is needed.
        fileprivate var seen: UInt64 = 0
        fileprivate var mixed = 0
    }

    private var keys = KeyCache()
    private var lists = KeyListCache()
    private var names = DecodingStack<String>()
    private var values = DecodingStack<AWSValue>()

    mutating func open() -> Open { Open(base: names.count) }

    mutating func key(_ span: JSONReader.Span, in reader: borrowing JSONReader) throws(DecodingFailure) -> Key {
        let (text, hash) = try keys.string(span, in: copy reader)
        return Key(text: text, hash: hash)
    }

    /// Of equal keys the last counts. Objects that were opened later must be closed.
    mutating func set(_ open: inout Open, _ key: Key, _ value: consuming AWSValue) {
        let bit: UInt64 = 1 << UInt64(key.hash & 63)
        if open.seen & bit != 0, let earlier = names.withElements(from: open.base, { $0.firstIndex(of: key.text) }) {
            values[open.base + earlier] = value
            return
        }
        open.seen |= bit
        open.mixed = open.mixed &* 31 &+ key.hash
        names.push(key.text)
        values.push(value)
    }

    mutating func close(_ open: Open) -> AWSMap {
        let list = names.withElements(from: open.base) { lists.list($0, hash: open.mixed) }
        names.drop(to: open.base)
        return AWSMap(keys: list, values: values.take(from: open.base))
    }
}

/// The keys met so far, so that a key that comes back (as most do) is not allocated again.
private struct KeyCache {
    private static let slots = 256
    private var cached: [(string: String, hash: Int)?] = Array(repeating: nil, count: slots)

    mutating func string(_ span: JSONReader.Span, in reader: JSONReader) throws(DecodingFailure) -> (String, Int) {
        guard !span.hasEscapes else {
            let text = try reader.text(span)
            var copy = text
            return (text, copy.withUTF8 { NameHash.hash($0.baseAddress, $0.count) })
        }
        let slice = UnsafeBufferPointer(rebasing: reader.bytes[span.start..<span.end])
        let hash = NameHash.hash(slice.baseAddress, slice.count)
        // Strings of up to 15 bytes need no allocation in the first place.
        guard slice.count > 15, span.isASCII else { return (try reader.text(span), hash) }
        let slot = hash & (Self.slots - 1)
        if let entry = cached[slot], entry.hash == hash, Self.equal(entry.string, slice) { return (entry.string, hash) }
        let text = try reader.text(span)
        cached[slot] = (text, hash)
        return (text, hash)
    }

    private static func equal(_ string: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        string.utf8.count == bytes.count
            && (string.utf8.withContiguousStorageIfAvailable { $0.elementsEqual(bytes) }
                ?? string.utf8.elementsEqual(bytes))
    }
}

/// The objects' keys met so far.
private struct KeyListCache {
    private static let slots = 64
    private var cached: [(list: KeyList, hash: Int)?] = Array(repeating: nil, count: slots)

    mutating func list(_ keys: UnsafeBufferPointer<String>, hash: Int) -> KeyList {
        if keys.isEmpty { return .empty }
        let slot = (hash ^ hash >> 12) & (Self.slots - 1)
        if let entry = cached[slot], entry.hash == hash, entry.list.strings.elementsEqual(keys) { return entry.list }
        let list = KeyList(Array(keys))
        cached[slot] = (list, hash)
        return list
    }
}
