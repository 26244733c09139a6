extension String {
    /// Whether two header names are the same, whatever the case of their ASCII letters: `lowercased()` would allocate and
    /// fold all of Unicode, for each header of each request.
    @inlinable public func isSameHeader(as other: String) -> Bool {
        // Most names differ in their length already.
        utf8.count == other.utf8.count && hasSameLetters(as: other)
    }

    @usableFromInline func hasSameLetters(as other: String) -> Bool {
        withBytes { left in
            other.withBytes { right in
                zip(left, right).allSatisfy { left, right in
                    left == right
                        || left ^ right == 0x20 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(left | 0x20)
                }
            }
        }
    }

    /// Its UTF-8, which `withUTF8` gives of a copy: to make one counts it, for each header of each request.
    @inlinable public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        // A text that Foundation holds, on macOS.
        var copy = self
        return copy.withUTF8(body)
    }
}

extension [(name: String, value: String)] {
    /// The headers, with others in place of those that have their names.
    public func replacing(with added: [(name: String, value: String)]) -> [(name: String, value: String)] {
        filter { header in !added.contains { $0.name.isSameHeader(as: header.name) } } + added
    }
}
