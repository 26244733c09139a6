/// The text whose hash is signed: method, path, query, headers and the body's hash in one agreed form.
struct CanonicalRequest {
    private(set) var bytes: [UInt8] = []
    private(set) var signedHeaders: [UInt8] = []

    /// Hop-by-hop headers and those that a proxy may change are not signed.
    private static let unsignedHeaders: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
        "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
    ]

    /// - Parameters:
    ///   - only: the names to include, in lower case: what a signature that is to be verified lists. nil for all that
    ///     are signed by rule.
    init(_ request: SigningRequest, payloadLine: String, doubleEncodesPath: Bool, only: Set<String>? = nil) {
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: request.method.utf8)
        bytes.append(0x0a)
        appendPath(request.path, doubleEncoded: doubleEncodesPath)
        bytes.append(0x0a)
        appendQuery(request.query)
        bytes.append(0x0a)
        appendHeaders(request.headers, only: only)
        bytes.append(0x0a)
        bytes.append(contentsOf: signedHeaders)
        bytes.append(0x0a)
        bytes.append(contentsOf: payloadLine.utf8)
    }

    /// Most services sign the path normalized and encoded a second time; S3 signs it as its keys are: encoded once.
    private mutating func appendPath(_ path: String, doubleEncoded: Bool) {
        guard doubleEncoded else {
            if path.isEmpty { bytes.append(UInt8(ascii: "/")) }
            // Segment by segment, so that an encoded slash of a key stays one.
            for (position, segment) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: "/")) }
                PercentEncoding.appendCanonical(segment, plusIsSpace: false, to: &bytes)
            }
            return
        }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        for segment in segments {
            bytes.append(UInt8(ascii: "/"))
            PercentEncoding.append(segment.utf8, keepingSlash: false, to: &bytes)
        }
        if segments.isEmpty || path.utf8.last == UInt8(ascii: "/") { bytes.append(UInt8(ascii: "/")) }
    }

    private mutating func appendQuery(_ query: [(name: String, value: String?)]) {
        if query.isEmpty { return }
        var pairs = query.map { pair in
            var name: [UInt8] = []
            var value: [UInt8] = []
            PercentEncoding.appendCanonical(pair.name, plusIsSpace: true, to: &name)
            PercentEncoding.appendCanonical(pair.value ?? "", plusIsSpace: true, to: &value)
            return (name: name, value: value)
        }
        pairs.sort { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        for (position, pair) in pairs.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: "&")) }
            bytes.append(contentsOf: pair.name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(contentsOf: pair.value)
        }
    }

    private mutating func appendHeaders(_ headers: [(name: String, value: String)], only: Set<String>?) {
        var lines: [(name: String, position: Int)] = []
        lines.reserveCapacity(headers.count)
        for (position, header) in headers.enumerated() {
            let name = header.name.lowercased()
            if only?.contains(name) ?? !Self.unsignedHeaders.contains(name) { lines.append((name, position)) }
        }
        // Repeated headers keep the order in which they are sent.
        lines.sort { $0.name == $1.name ? $0.position < $1.position : $0.name < $1.name }
        for (index, line) in lines.enumerated() {
            if index > 0, lines[index - 1].name == line.name {
                bytes[bytes.count - 1] = UInt8(ascii: ",")
            } else {
                if !signedHeaders.isEmpty { signedHeaders.append(UInt8(ascii: ";")) }
                signedHeaders.append(contentsOf: line.name.utf8)
                bytes.append(contentsOf: line.name.utf8)
                bytes.append(UInt8(ascii: ":"))
            }
            appendTrimmed(headers[line.position].value)
            bytes.append(0x0a)
        }
    }

    /// White space at the ends goes, runs of it within become one space.
    private mutating func appendTrimmed(_ value: String) {
        var pendingSpace = false
        var started = false
        for byte in value.utf8 {
            if byte == 0x20 || (0x09...0x0d).contains(byte) {
                pendingSpace = started
                continue
            }
            if pendingSpace { bytes.append(0x20) }
            pendingSpace = false
            started = true
            bytes.append(byte)
        }
    }
}
