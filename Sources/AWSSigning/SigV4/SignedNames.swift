/// The names of the headers that a signature covers, in lower case and in its order.
///
/// They lie one after the other in one allocation, as bytes: a string for each would cost more than all the hashing.
struct SignedNames: ~Copyable {
    private struct Name {
        var start, end: Int
        /// In the request's headers.
        var position: Int
    }

    /// Hop-by-hop headers and those that a proxy may change are not signed, nor those that only count attempts.
    /// Known by their length first, which most names do not share with any of them.
    private static func isUnsigned(_ name: UnsafeRawBufferPointer) -> Bool {
        func isSame(_ other: StaticString) -> Bool {
            name.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
        }
        return switch name.count {
        case 2: isSame("te")
        case 6: isSame("expect")
        case 7: isSame("trailer") || isSame("upgrade")
        case 10: isSame("connection") || isSame("keep-alive") || isSame("user-agent")
        case 13: isSame("authorization")
        case 15: isSame("amz-sdk-request") || isSame("x-amzn-trace-id")
        case 17: isSame("transfer-encoding")
        case 18: isSame("proxy-authenticate")
        case 19: isSame("proxy-authorization")
        case 21: isSame("amz-sdk-invocation-id")
        default: false
        }
    }

    private var text: TextBuffer
    private let names: UnsafeMutablePointer<Name>
    private(set) var count = 0

    /// - Parameter only: the names to include, in lower case; nil for all that are signed by rule.
    init(_ headers: [(name: String, value: String)], only: Set<String>?) {
        text = TextBuffer(capacity: 256)
        names = .allocate(capacity: headers.count)
        for position in headers.indices {
            let start = text.count
            text.append(headers[position].name)
            text.lowercase(from: start)
            let isSigned = text.withBytes(start..<text.count) { name in
                if let only { only.contains(String(decoding: name, as: UTF8.self)) } else { !Self.isUnsigned(name) }
            }
            if isSigned {
                insert(Name(start: start, end: text.count, position: position))
            } else {
                text.truncate(to: start)
            }
        }
    }

    deinit { names.deallocate() }

    func isSame(_ left: Int, _ right: Int) -> Bool { order(name(left), name(right)) == 0 }

    /// Calls `body` with a name and the place of its header in the request.
    func with(_ index: Int, _ body: (UnsafeRawBufferPointer, Int) -> Void) {
        let name = name(index)
        text.withBytes(name.start..<name.end) { body($0, name.position) }
    }

    private func name(_ index: Int) -> Name {
        precondition(index >= 0 && index < count)
        return names[index]
    }

    /// In its place among the sorted; repeated headers keep the order in which they are sent. There are about ten.
    private mutating func insert(_ name: Name) {
        var at = count
        while at > 0, order(name, names[at - 1]) < 0 {
            names[at] = names[at - 1]
            at -= 1
        }
        names[at] = name
        count += 1
    }

    /// Less than 0, 0 or more as `left` comes before `right`, is the same, or comes after it.
    private func order(_ left: Name, _ right: Name) -> Int {
        let lengths = (left.end - left.start, right.end - right.start)
        let difference = text.compare(left.start, right.start, count: min(lengths.0, lengths.1))
        return difference == 0 ? lengths.0 - lengths.1 : difference
    }
}
