/// Status and headers as they come in, line by line.
struct ResponseHead {
    /// Of all headers together; AWS's answers have a few hundred bytes.
    static let limit = 256 << 10

    private(set) var status = 0
    private(set) var headers: [(name: String, value: String)] = []
    /// The blank line was there; what follows later are trailers.
    private(set) var isComplete = false
    /// libcurl goes on to another URL instead of giving us this answer.
    private(set) var isFollowed = false
    private(set) var redirects = 0
    private let maximumRedirects: Int
    private var size = 0

    init(maximumRedirects: Int) { self.maximumRedirects = maximumRedirects }

    /// Takes one line with its line break; false when there are too many.
    mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
        var end = line.count
        while end > 0, line[end - 1] == 0x0a || line[end - 1] == 0x0d { end -= 1 }
        let text = UnsafeRawBufferPointer(rebasing: line[..<end])
        if Self.isStatusLine(text) {
            startAnew(text)
            return true
        }
        size += line.count
        if size > Self.limit { return false }
        if text.isEmpty {
            isComplete = status >= 200
            isFollowed =
                (300..<400).contains(status) && redirects < maximumRedirects && headers.first(named: "location") != nil
            if isFollowed { redirects += 1 }
        } else if !isComplete {
            appendHeader(text)
        }
        return true
    }

    private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
        let start: StaticString = "HTTP/"
        let count = start.utf8CodeUnitCount
        guard line.count >= count else { return false }
        return (0..<count).allSatisfy { line[$0] == start.utf8Start[$0] }
    }

    /// A status line: of the answer, of an interim answer (100) or of the one before a redirect.
    private mutating func startAnew(_ line: UnsafeRawBufferPointer) {
        status = 0
        for byte in line.drop(while: { $0 != 0x20 }).dropFirst().prefix(while: { $0 != 0x20 }) {
            guard (0x30...0x39).contains(byte), status < 1000 else {
                status = 0
                break
            }
            status = status * 10 + Int(byte - 0x30)
        }
        headers.removeAll(keepingCapacity: true)
        headers.reserveCapacity(8)
        isComplete = false
        isFollowed = false
        size = 0
    }

    private mutating func appendHeader(_ line: UnsafeRawBufferPointer) {
        if line[0] == 0x20 || line[0] == 0x09, !headers.isEmpty {  // folded, as old servers do
            headers[headers.count - 1].value += " " + Self.trimmed(line[...])
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        headers.append((String(decoding: line[..<colon], as: UTF8.self), Self.trimmed(line[(colon + 1)...])))
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        var slice = bytes
        while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }

    var contentLength: Int64? { headers.first(named: "content-length").flatMap(Int64.init) }
}
