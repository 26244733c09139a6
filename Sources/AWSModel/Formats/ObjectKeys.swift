/// The keys of maps that are being read. Keys that come back are not allocated again, maps with the same keys share them.
struct ObjectKeys: ~Copyable {
    // Not private: Swift 6.3 cannot compile a private type that a struct without copies holds in another one.
    struct Key {
        let text: String
        let hash: Int
    }

    struct KnownList {
        let keys: KeyList
        let hash: Int
        let hasRepeats: Bool
    }

    private static let keySlots = 256
    private static let listSlots = 64
    private var open = DecodingStack<Key>()
    // Made with the first map: most answers have none.
    private var keys: [Key?] = []
    private var lists: [KnownList?] = []

    /// The next key of the map that was opened last. `utf8` is valid.
    mutating func push(_ utf8: UnsafeBufferPointer<UInt8>) {
        let hash = NameHash.hash(utf8.baseAddress, utf8.count)
        // Strings of up to 15 bytes need no allocation in the first place.
        guard utf8.count > 15 else {
            return open.push(Key(text: String(decoding: utf8, as: UTF8.self), hash: hash))
        }
        if keys.isEmpty { keys = Array(repeating: nil, count: Self.keySlots) }
        let slot = hash & (Self.keySlots - 1)
        if let known = keys[slot], known.hash == hash, Self.isEqual(known.text, utf8) { return open.push(known) }
        let key = Key(text: String(decoding: utf8, as: UTF8.self), hash: hash)
        keys[slot] = key
        open.push(key)
    }

    /// The last `count` keys, which leave; and whether one of them comes twice.
    mutating func take(_ count: Int) -> (list: KeyList, hasRepeats: Bool) {
        if count == 0 { return (.empty, false) }
        let base = open.count - count
        defer { open.drop(to: base) }
        if lists.isEmpty { lists = Array(repeating: nil, count: Self.listSlots) }
        let known = open.withElements(from: base) { keys in
            // One bit a key: as long as no two share a bit, no two keys can be equal and no look-up is needed.
            var seen: UInt64 = 0
            var isSure = true
            var mixed = 0
            for key in keys {
                let bit: UInt64 = 1 << UInt64(key.hash & 63)
                isSure = isSure && seen & bit == 0
                seen |= bit
                mixed = mixed &* 31 &+ key.hash
            }
            let slot = (mixed ^ mixed >> 12) & (Self.listSlots - 1)
            if let known = lists[slot], known.hash == mixed, Self.isEqual(known.keys.strings, keys) { return known }
            let list = KeyList(keys.map(\.text))
            let made = KnownList(keys: list, hash: mixed, hasRepeats: !isSure && list.hasRepeats)
            lists[slot] = made
            return made
        }
        return (known.keys, known.hasRepeats)
    }

    private static func isEqual(_ strings: [String], _ keys: UnsafeBufferPointer<Key>) -> Bool {
        guard strings.count == keys.count else { return false }
        for place in keys.indices where strings[place] != keys[place].text { return false }
        return true
    }

    private static func isEqual(_ string: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        string.utf8.count == bytes.count
            && (string.utf8.withContiguousStorageIfAvailable { $0.elementsEqual(bytes) }
                ?? string.utf8.elementsEqual(bytes))
    }
}
