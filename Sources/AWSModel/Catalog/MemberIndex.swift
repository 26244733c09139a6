#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Finds a structure's member by the bytes of a name, without making a `String`.
///
/// Up to `linearLimit` members are compared one by one; more are hashed (FNV-1a, open addressing).
struct MemberIndex: Sendable {
    private static let linearLimit = 6
    private let slots: [UInt16]

    init(_ members: [MemberNode], key: KeyPath<MemberNode, UnsafeRawBufferPointer> & Sendable) {
        guard members.count > Self.linearLimit, members.count < 0x7FFF else {
            slots = []
            return
        }
        var size = 16
        while size < members.count * 2 { size *= 2 }
        var table = [UInt16](repeating: 0, count: size)
        for (index, member) in members.enumerated() {
            var at = Self.hash(member[keyPath: key]) & (size - 1)
            while table[at] != 0 { at = (at + 1) & (size - 1) }
            table[at] = UInt16(index + 1)
        }
        slots = table
    }

    /// The place among the members, or nil. `bytes(member)` is the name that the index was made of.
    @inline(__always)
    func find(
        _ name: UnsafeRawBufferPointer, in members: [MemberNode], bytes: (MemberNode) -> UnsafeRawBufferPointer
    ) -> Int? {
        if slots.isEmpty {
            for index in members.indices where equalBytes(bytes(members[index]), name) { return index }
            return nil
        }
        let mask = slots.count - 1
        var at = Self.hash(name) & mask
        while slots[at] != 0 {
            let index = Int(slots[at]) - 1
            if equalBytes(bytes(members[index]), name) { return index }
            at = (at + 1) & mask
        }
        return nil
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash ^ (hash >> 15))
    }
}

@inline(__always)
func equalBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress else {
        return left.count == right.count
    }
    return memcmp(first, second, left.count) == 0
}
