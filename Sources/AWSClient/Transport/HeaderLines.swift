import AWSModel
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

    /// libcurl asks for the server's consent before it sends a file, or a megabyte from memory; of less it need not be told.
    private static let smallBody = 64 << 10

    /// - Parameter body: nil for a request without a body, not even an empty one.
    init(_ headers: [(name: String, value: String)], body: AWSBody?) throws(TransportError) {
        // What libcurl would add by itself: it must not, since it is not signed.
        var addsAccept = true
        var addsExpect =
            switch body {
            case nil: false
            case .bytes(let bytes): bytes.count >= Self.smallBody
            case .file: true
            }
        // It would give a body a content type.
        var addsType = body != nil
        // Name, ": ", value and the zero at the end; the three lines above.
        var text = 32
        // Headers are looked at in their place, here and below: their strings are counted references, and this is done for
        // every request.
        for at in headers.indices { text += headers[at].name.utf8.count + headers[at].value.utf8.count + 3 }
        let capacity = headers.count + 3
        let nodes = capacity * MemoryLayout<curl_slist>.stride
        memory = .allocate(byteCount: nodes + text, alignment: MemoryLayout<curl_slist>.alignment)
        var writer = Writer(
            nodes: memory.bindMemory(to: curl_slist.self, capacity: capacity),
            place: (memory + nodes).bindMemory(to: UInt8.self, capacity: text))
        // Headers are checked where they were written.
        for at in headers.indices {
            switch headers[at].name.utf8.count {
            case 6 where headers[at].name.isSameHeader(as: "Accept"): addsAccept = false
            case 6 where headers[at].name.isSameHeader(as: "Expect"): addsExpect = false
            case 12 where headers[at].name.isSameHeader(as: "Content-Type"): addsType = false
            // It follows from the body.
            case 14 where headers[at].name.isSameHeader(as: "Content-Length"): continue
            default: break
            }
            guard writer.line(headers[at].name, headers[at].value) else {
                memory.deallocate()
                throw TransportError(
                    .invalidRequest,
                    "the header \"\(headers[at].name)\" has a line break or a character that headers cannot hold")
            }
        }
        if addsAccept { writer.line("Accept:") }
        if addsExpect { writer.line("Expect:") }
        if addsType { writer.line("Content-Type:") }
        list = writer.count > 0 ? writer.nodes : nil
    }

    deinit { memory.deallocate() }

    /// RFC 9110's `token`: letters, digits and the signs ``!#$%&'*+-.^_`|~``.
    static func isToken(_ text: String) -> Bool {
        text.withBytes(isToken)
    }

    private static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    private static func canBeSent(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        // Nearly all values have no control characters at all, which is found out without a branch for each byte.
        if bytes.reduce(0xff, min) >= 0x20 { return true }
        return bytes.allSatisfy { $0 != 0x0a && $0 != 0x0d && $0 != 0 }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x5e...0x7a, 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x7c, 0x7e: true
        default: false
        }
    }

    private struct Writer {
        let nodes: UnsafeMutablePointer<curl_slist>
        var place: UnsafeMutablePointer<UInt8>
        var count = 0

        /// False for a header that cannot be sent.
        mutating func line(_ name: String, _ value: String) -> Bool {
            begin()
            guard HeaderLines.isToken(append(name)) else { return false }
            // libcurl's form of a header with an empty value; a colon would take the header away.
            if value.isEmpty {
                end(with: ";")
                return true
            }
            append(UInt8(ascii: ":"))
            append(UInt8(ascii: " "))
            let isGood = HeaderLines.canBeSent(append(value))
            append(0)
            return isGood
        }

        /// A line that holds ASCII text alone.
        mutating func line(_ text: StaticString) {
            begin()
            end(with: text)
        }

        private mutating func begin() {
            let node = nodes + count
            node.initialize(
                to: curl_slist(data: UnsafeMutableRawPointer(place).assumingMemoryBound(to: CChar.self), next: nil))
            if count > 0 { nodes[count - 1].next = node }
            count += 1
        }

        private mutating func end(with text: StaticString) {
            place.initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
            place += text.utf8CodeUnitCount
            append(0)
        }

        private mutating func append(_ byte: UInt8) {
            place.initialize(to: byte)
            place += 1
        }

        private mutating func append(_ text: String) -> UnsafeBufferPointer<UInt8> {
            let start = place
            text.withBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                start.initialize(from: base, count: bytes.count)
                place += bytes.count
            }
            return UnsafeBufferPointer(start: start, count: place - start)
        }
    }
}
