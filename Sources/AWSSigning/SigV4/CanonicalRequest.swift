/// The text whose hash is signed: method, path, query, headers and the body's hash in one agreed form.
struct CanonicalRequest: ~Copyable {
    // Nearly all fit into this, and glibc keeps blocks of up to 1,032 bytes at hand.
    private(set) var text = TextBuffer(capacity: 1024)
    /// "host;x-amz-date"
    private(set) var signedHeaders = TextBuffer(capacity: 256)

    var bytes: [UInt8] { text.array }

    /// - Parameters:
    ///   - only: the names to include, in lower case: what a signature that is to be verified lists. nil for all that
    ///     are signed by rule.
    init(_ request: SigningRequest, payloadLine: String, doubleEncodesPath: Bool, only: Set<String>? = nil) {
        text.append(request.method)
        text.append(0x0a)
        appendPath(request.path, doubleEncoded: doubleEncodesPath)
        text.append(0x0a)
        appendQuery(request.query)
        text.append(0x0a)
        appendHeaders(request.headers, only: only)
        text.append(0x0a)
        signedHeaders.withBytes { text.append($0) }
        text.append(0x0a)
        text.append(payloadLine)
    }

    /// Most services sign the path normalized and encoded a second time; S3 signs it as its keys are: encoded once.
    private mutating func appendPath(_ path: String, doubleEncoded: Bool) {
        guard doubleEncoded else {
            if path.isEmpty { text.append(UInt8(ascii: "/")) }
            // Segment by segment, so that an encoded slash of a key stays one.
            for (position, segment) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
                if position > 0 { text.append(UInt8(ascii: "/")) }
                var encoded: [UInt8] = []
                PercentEncoding.appendCanonical(segment, plusIsSpace: false, to: &encoded)
                text.append(encoded)
            }
            return
        }
        if path.isEmpty || path == "/" { return text.append(UInt8(ascii: "/")) }  // what most calls have
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        for segment in segments {
            text.append(UInt8(ascii: "/"))
            text.append(PercentEncoding.encode(segment))
        }
        if segments.isEmpty || path.utf8.last == UInt8(ascii: "/") { text.append(UInt8(ascii: "/")) }
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
            if position > 0 { text.append(UInt8(ascii: "&")) }
            text.append(pair.name)
            text.append(UInt8(ascii: "="))
            text.append(pair.value)
        }
    }

    private mutating func appendHeaders(_ headers: [(name: String, value: String)], only: Set<String>?) {
        let names = SignedNames(headers, only: only)
        for index in 0..<names.count {
            let isRepeated = index > 0 && names.isSame(index, index - 1)
            names.with(index) { name, position in
                if isRepeated {
                    text[text.count - 1] = UInt8(ascii: ",")
                } else {
                    if signedHeaders.count > 0 { signedHeaders.append(UInt8(ascii: ";")) }
                    signedHeaders.append(name)
                    text.append(name)
                    text.append(UInt8(ascii: ":"))
                }
                appendTrimmed(headers[position].value)
            }
            text.append(0x0a)
        }
    }

    /// White space at the ends goes, runs of it within become one space.
    private mutating func appendTrimmed(_ value: String) {
        value.withBytes { value in
            // Few values have any, and those are copied as they are.
            guard value.contains(where: Self.isSpace) else { return text.append(UnsafeRawBufferPointer(value)) }
            var pendingSpace = false
            var started = false
            for byte in value {
                if Self.isSpace(byte) {
                    pendingSpace = started
                    continue
                }
                if pendingSpace { text.append(0x20) }
                pendingSpace = false
                started = true
                text.append(byte)
            }
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
