/// A path as the system sees it: bytes, of whatever encoding, without a zero byte.
struct FSPath: Sendable, Hashable, CustomStringConvertible {
    let bytes: [UInt8]

    /// Fails for an empty path and for one with a zero byte, which the system would cut short.
    init(_ bytes: some Sequence<UInt8>) throws(FileError) {
        let bytes = Array(bytes)
        guard !bytes.isEmpty else { throw FileError("use", path: "", reason: "the path is empty", code: "EINVAL") }
        guard !bytes.contains(0) else {
            throw FileError(
                "use", path: String(decoding: bytes, as: UTF8.self), reason: "the path holds a zero byte",
                code: "EINVAL")
        }
        self.bytes = bytes
    }

    init(_ text: String) throws(FileError) { try self.init(text.utf8) }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    var description: String { String(decoding: bytes, as: UTF8.self) }
    var isAbsolute: Bool { bytes[0] == UInt8(ascii: "/") }

    func withCString<Result, Failure: Error>(
        _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
        return try terminated.withUnsafeBufferPointer { buffer throws(Failure) in
            // Never nil: the array holds at least the terminator.
            try body(buffer.baseAddress.unsafelyUnwrapped)
        }
    }

    /// This path with `name` below it; `name` alone when it is absolute.
    func appending(_ name: FSPath) -> FSPath {
        if name.isAbsolute { return name }
        return FSPath(checked: bytes.last == UInt8(ascii: "/") ? bytes + name.bytes : bytes + [0x2F] + name.bytes)
    }

    /// This path with `suffix` at its end: not a component, only bytes.
    func adding(_ suffix: String) -> FSPath { FSPath(checked: bytes + Array(suffix.utf8)) }

    /// The last component: "c" of "/a/b/c" and of "/a/b/c/", "/" of "/".
    var name: FSPath {
        let trimmed = bytes.trimmingTrailingSlashes
        guard trimmed != [0x2F] else { return FSPath(checked: [0x2F]) }
        let start = trimmed.lastIndex(of: 0x2F).map { $0 + 1 } ?? 0
        return FSPath(checked: Array(trimmed[start...]))
    }

    /// All but the last component: "/a/b" of "/a/b/c", "." of "c", "/" of "/a".
    var parent: FSPath {
        let trimmed = bytes.trimmingTrailingSlashes
        guard let slash = trimmed.lastIndex(of: 0x2F) else { return FSPath(checked: [0x2E]) }
        let head = Array(trimmed[..<slash]).trimmingTrailingSlashes
        return FSPath(checked: head.isEmpty ? [0x2F] : head)
    }

    /// The last component's extension with its dot, "" when there is none; a leading dot does not begin one.
    var fileExtension: String {
        let name = name.bytes
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, name[..<dot].contains(where: { $0 != 0x2E })
        else { return "" }
        return String(decoding: name[dot...], as: UTF8.self)
    }

    /// Without "." and double slashes, and with ".." resolved by the text alone (symbolic links are not followed).
    var normalized: FSPath {
        var parts: [ArraySlice<UInt8>] = []
        for part in bytes.split(separator: 0x2F) where part != [0x2E] {
            if part == [0x2E, 0x2E] {
                if let last = parts.last, last != [0x2E, 0x2E] {
                    parts.removeLast()
                    continue
                }
                if isAbsolute { continue }
            }
            parts.append(part)
        }
        let joined = Array(parts.joined(separator: [0x2F]))
        if isAbsolute { return FSPath(checked: [0x2F] + joined) }
        return FSPath(checked: joined.isEmpty ? [0x2E] : joined)
    }
}

extension [UInt8] {
    fileprivate var trimmingTrailingSlashes: [UInt8] {
        var end = endIndex
        while end > 1, self[end - 1] == 0x2F { end -= 1 }
        return Array(self[..<end])
    }
}
