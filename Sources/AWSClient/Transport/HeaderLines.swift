import AWSSigning
import CCurlShim

/// A request's headers in libcurl's form: its list's nodes and their text lie in one allocation, where
/// `curl_slist_append` would make two for each header and walk the list to its end each time.
///
/// libcurl only reads the list; it must stay for as long as the transfer runs.
struct HeaderLines: ~Copyable {
    /// nil for no headers at all.
    let list: UnsafeMutablePointer<curl_slist>?
    private let memory: UnsafeMutableRawPointer

    /// - Parameter hasBody: libcurl would give a body a content type.
    init(_ headers: [(name: String, value: String)], hasBody: Bool) throws(TransportError) {
        for (name, value) in headers where !Self.isToken(name) || !Self.canBeSent(value) {
            throw TransportError(
                .invalidRequest, "the header \"\(name)\" has a line break or a character that headers cannot hold")
        }
        // What libcurl would add by itself: it must not, since it is not signed.
        let unwanted = (hasBody ? ["Accept", "Expect", "Content-Type"] : ["Accept", "Expect"])
            .filter { headers.first(named: $0) == nil }
        let count = headers.count + unwanted.count
        // Name, ": ", value and the zero at the end.
        let text =
            headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
            + unwanted.reduce(0) { $0 + $1.utf8.count + 2 }
        let nodes = count * MemoryLayout<curl_slist>.stride
        memory = .allocate(byteCount: max(1, nodes + text), alignment: MemoryLayout<curl_slist>.alignment)
        var writer = Writer(
            nodes: memory.bindMemory(to: curl_slist.self, capacity: count),
            place: (memory + nodes).bindMemory(to: UInt8.self, capacity: text))
        // The length follows from the body.
        for (name, value) in headers where !name.isSameHeader(as: "Content-Length") {
            // libcurl's form of a header with an empty value; a colon would take the header away.
            writer.line(name, value.isEmpty ? ";" : ": ", value)
        }
        for name in unwanted { writer.line(name, ":", "") }
        list = writer.count > 0 ? writer.nodes : nil
    }

    deinit { memory.deallocate() }

    private static func canBeSent(_ value: String) -> Bool {
        var value = value
        return value.withUTF8 { text in
            // Nearly all values have no control characters at all, which is found out without a branch for each byte.
            if text.reduce(0xff, min) >= 0x20 { return true }
            return text.allSatisfy { $0 != 0x0a && $0 != 0x0d && $0 != 0 }
        }
    }

    /// RFC 9110's `token`: letters, digits and the signs ``!#$%&'*+-.^_`|~``.
    static func isToken(_ text: String) -> Bool {
        var text = text
        return !text.isEmpty
            && text.withUTF8 { bytes in
                tokenBytes.withUnsafeBufferPointer { isAllowed in bytes.allSatisfy { isAllowed[Int($0)] } }
            }
    }

    private static let tokenBytes: [Bool] = (0..<256).map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x5e...0x7a, 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x7c, 0x7e: true
        default: false
        }
    }

    private struct Writer {
        let nodes: UnsafeMutablePointer<curl_slist>
        var place: UnsafeMutablePointer<UInt8>
        var count = 0

        mutating func line(_ name: String, _ separator: String, _ value: String) {
            let node = nodes + count
            node.initialize(
                to: curl_slist(data: UnsafeMutableRawPointer(place).assumingMemoryBound(to: CChar.self), next: nil))
            if count > 0 { nodes[count - 1].next = node }
            count += 1
            append(name)
            append(separator)
            append(value)
            place.initialize(to: 0)
            place += 1
        }

        private mutating func append(_ text: String) {
            var text = text
            text.withUTF8 { bytes in
                guard let base = bytes.baseAddress else { return }
                place.initialize(from: base, count: bytes.count)
                place += bytes.count
            }
        }
    }
}
