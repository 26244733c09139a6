extension String {
    /// Whether two header names are the same, whatever the case of their ASCII letters: `lowercased()` would allocate and
    /// fold all of Unicode, for each header of each request.
    @inlinable public func isSameHeader(as other: String) -> Bool {
        // Most names differ in their length already.
        utf8.count == other.utf8.count && hasSameLetters(as: other)
    }

    @usableFromInline func hasSameLetters(as other: String) -> Bool {
        var (left, right) = (self, other)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                zip(left, right).allSatisfy { left, right in
                    left == right
                        || left ^ right == 0x20 && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(left | 0x20)
                }
            }
        }
    }
}

extension [(name: String, value: String)] {
    /// The headers, with others in place of those that have their names.
    public func replacing(with added: [(name: String, value: String)]) -> [(name: String, value: String)] {
        filter { header in !added.contains { $0.name.isSameHeader(as: header.name) } } + added
    }
}
