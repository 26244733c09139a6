extension String {
    /// Swift's texts are equal when they mean the same characters: "é", and "e" with an accent. To AWS and on the wire they are
    /// not.
    package func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isSame: Bool?? = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                MemberIndex.isEqual(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
            }
        }
        if case let isSame?? = isSame { return isSame }
        // One of them is a text that Foundation holds, on macOS.
        return utf8.elementsEqual(other.utf8)
    }
}

/// A text as a key that only the same bytes are equal to.
struct ByteKey: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ByteKey, right: ByteKey) -> Bool { left.text.hasSameBytes(as: right.text) }
    /// Texts of the same bytes have the same hash.
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
