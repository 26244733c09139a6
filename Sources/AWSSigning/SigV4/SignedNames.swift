/// The names of the headers that a signature covers, in lower case and in its order.
///
/// They lie one after the other in one allocation, as bytes: a string for each would cost more than all the hashing.
struct SignedNames {
    private struct Name {
        var start, end: Int
        /// In the request's headers.
        var position: Int
    }

    /// Hop-by-hop headers and those that a proxy may change are not signed, nor those that only count attempts.
    private static let unsigned: [[UInt8]] = [
        "amz-sdk-invocation-id", "amz-sdk-request", "authorization", "connection", "expect", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "te",
        "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ].map { Array($0.utf8) }
    /// A bit for each of their lengths: most names have another one.
    private static let unsignedLengths = unsigned.reduce(UInt64(0)) { $0 | 1 << UInt64($1.count) }

    private static func isUnsigned(_ name: ArraySlice<UInt8>) -> Bool {
        // A shift by more than 63 gives 0.
        guard unsignedLengths >> UInt64(name.count) & 1 == 1 else { return false }
        return unsigned.contains { $0.count == name.count && name.elementsEqual($0) }
    }

    private var text: [UInt8] = []
    private var names: [Name] = []

    /// - Parameter only: the names to include, in lower case; nil for all that are signed by rule.
    init(_ headers: [(name: String, value: String)], only: Set<String>?) {
        text.reserveCapacity(headers.reduce(0) { $0 + $1.name.utf8.count })
        names.reserveCapacity(headers.count)
        for position in headers.indices {
            let start = text.count
            text.append(contentsOf: headers[position].name.utf8)
            text.withUnsafeMutableBufferPointer { text in
                for at in start..<text.count where (0x41...0x5a).contains(text[at]) { text[at] |= 0x20 }
            }
            let isSigned =
                if let only {
                    only.contains(String(decoding: text[start...], as: UTF8.self))
                } else {
                    !Self.isUnsigned(text[start...])
                }
            if isSigned {
                insert(Name(start: start, end: text.count, position: position))
            } else {
                text.removeSubrange(start...)
            }
        }
    }

    var count: Int { names.count }

    func isSame(_ left: Int, _ right: Int) -> Bool { order(names[left], names[right]) == 0 }

    /// Calls `body` with a name and the place of its header in the request.
    func with(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        let name = names[index]
        text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[name.start..<name.end]), name.position) }
    }

    /// In its place among the sorted; repeated headers keep the order in which they are sent. There are about ten.
    private mutating func insert(_ name: Name) {
        var at = names.count
        while at > 0, order(name, names[at - 1]) < 0 { at -= 1 }
        names.insert(name, at: at)
    }

    /// Less than 0, 0 or more as `left` comes before `right`, is the same, or comes after it.
    private func order(_ left: Name, _ right: Name) -> Int {
        text.withUnsafeBufferPointer { text in
            let lengths = (left.end - left.start, right.end - right.start)
            for offset in 0..<min(lengths.0, lengths.1) {
                let difference = Int(text[left.start + offset]) - Int(text[right.start + offset])
                if difference != 0 { return difference }
            }
            return lengths.0 - lengths.1
        }
    }
}
