#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A quick hash of a short name from its length and its first and last eight bytes; not for hostile keys in bulk.
enum NameHash {
    @inline(__always)
    static func hash(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int {
        guard let start, count > 0 else { return 0 }
        var first: UInt64 = 0
        var last: UInt64 = 0
        if count >= 8 {
            first = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
            last = UnsafeRawPointer(start + count - 8).loadUnaligned(as: UInt64.self)
        } else {
            for index in 0..<count { first = first << 8 | UInt64(start[index]) }
        }
        var mixed = (first ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 29
        mixed = (mixed ^ last) &* 0xBF58_476D_1CE4_E5B9
        mixed ^= mixed >> 32
        return Int(truncatingIfNeeded: mixed & 0x7FFF_FFFF)
    }
}

/// Finds the position of a name in a fixed list by its bytes, without making a String of it.
struct NameIndex: Sendable {
    private var slots: [Int32]
    private var bytes: [UInt8] = []
    private var ends: [Int32] = []
    private let mask: Int

    /// Of equal names the first is found.
    init(_ names: [String]) {
        var size = 4
        while size < names.count * 2 { size *= 2 }
        mask = size - 1
        slots = Array(repeating: -1, count: size)
        for (index, name) in names.enumerated() {
            let utf8 = Array(name.utf8)
            if utf8.withUnsafeBufferPointer({ find($0) }) < 0 {
                var slot = utf8.withUnsafeBufferPointer { NameHash.hash($0.baseAddress, $0.count) } & mask
                while slots[slot] >= 0 { slot = (slot + 1) & mask }
                slots[slot] = Int32(index)
            }
            bytes.append(contentsOf: utf8)
            ends.append(Int32(bytes.count))
        }
    }

    /// The name's position, -1 when there is none such.
    func find(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var slot = NameHash.hash(name.baseAddress, name.count) & mask
        while true {
            let index = Int(slots[slot])
            if index < 0 || matches(index, name) { return index }
            slot = (slot + 1) & mask
        }
    }

    @inline(__always)
    func matches(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        guard Int(ends[index]) - start == name.count else { return false }
        guard name.count > 0, let base = name.baseAddress else { return true }
        return bytes.withUnsafeBufferPointer { memcmp($0.baseAddress.unsafelyUnwrapped + start, base, name.count) == 0 }
    }
}
