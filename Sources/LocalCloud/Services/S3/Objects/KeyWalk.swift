/// Walks a bucket's keys in order, rolling up those that share a prefix up to the delimiter. Keys, prefix and delimiter are in
/// the form of ``ObjectKey/order(_:)``.
struct KeyWalk {
    enum Item: Equatable {
        case key(String)
        case commonPrefix(String)
    }

    private let keys: [String]
    private let prefix: String
    private let delimiter: String?
    private var at: Int

    /// - Parameters:
    ///   - after: the key or common prefix that was listed last; the walk starts behind it, or behind all keys of the prefix.
    ///   - isIncluded: starts at `after` itself, if it is a key.
    init(_ keys: [String], prefix: String, delimiter: String?, after: String, isIncluded: Bool = false) {
        self.keys = keys
        self.prefix = ObjectKey.order(prefix)
        self.delimiter = delimiter.flatMap { $0.isEmpty ? nil : ObjectKey.order($0) }
        let start = ObjectKey.order(after)
        at = keys.firstPosition(notBefore: max(self.prefix, start))
        if at < keys.count, keys[at] == start, !isIncluded, !start.isEmpty { at += 1 }
        if let delimiter = self.delimiter, start.hasSuffix(delimiter), start.utf8.count > self.prefix.utf8.count {
            while at < keys.count, keys[at].hasPrefix(start) { at += 1 }
        }
    }

    /// The next key, or common prefix of at least one key, for which `isListed` holds.
    mutating func next(where isListed: (String) -> Bool) -> Item? {
        while at < keys.count, keys[at].hasPrefix(prefix) {
            let key = keys[at]
            guard isListed(key) else {
                at += 1
                continue
            }
            guard let delimiter, let found = key.dropFirst(prefix.count).firstRange(of: delimiter) else {
                at += 1
                return .key(key)
            }
            let common = String(key[..<found.upperBound])
            while at < keys.count, keys[at].hasPrefix(common) { at += 1 }
            return .commonPrefix(common)
        }
        return nil
    }
}
