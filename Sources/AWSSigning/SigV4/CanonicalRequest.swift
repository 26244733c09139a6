/// The text whose hash is signed: method, path, query, headers and the body's hash in one agreed form.
struct CanonicalRequest {
    private(set) var bytes: [UInt8] = []
    private(set) var signedHeaders: [UInt8] = []

    /// - Parameters:
    ///   - only: the names to include, in lower case: what a signature that is to be verified lists. nil for all that
    ///     are signed by rule.
    init(_ request: SigningRequest, payloadLine: String, doubleEncodesPath: Bool, only: Set<String>? = nil) {
        // Nearly all fit into this, and glibc keeps blocks of up to 1,032 bytes at hand.
        bytes.reserveCapacity(960)
        signedHeaders.reserveCapacity(128)
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
        if path.isEmpty || path == "/" { return bytes.append(UInt8(ascii: "/")) }  // what most calls have
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
        let names = SignedNames(headers, only: only)
        for index in 0..<names.count {
            let isRepeated = index > 0 && names.isSame(index, index - 1)
            names.with(index) { name, position in
                if isRepeated {
                    bytes[bytes.count - 1] = UInt8(ascii: ",")
                } else {
                    if !signedHeaders.isEmpty { signedHeaders.append(UInt8(ascii: ";")) }
                    signedHeaders.append(contentsOf: name)
                    bytes.append(contentsOf: name)
                    bytes.append(UInt8(ascii: ":"))
                }
                appendTrimmed(headers[position].value)
            }
            bytes.append(0x0a)
        }
    }

    /// White space at the ends goes, runs of it within become one space.
    private mutating func appendTrimmed(_ value: String) {
        var value = value
        value.withUTF8 { text in
            // Few values have any, and those are copied as they are.
            guard text.contains(where: Self.isSpace) else { return bytes.append(contentsOf: text) }
            var pendingSpace = false
            var started = false
            for byte in text {
                if Self.isSpace(byte) {
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

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
