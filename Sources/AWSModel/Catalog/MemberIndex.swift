#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Finds a structure's member by the bytes of a name: what decoders do for every member of every answer.
///
/// It neither makes a `String` nor counts a reference; the memory is its own, the names' bytes are the image's. Up to
/// `linearLimit` members are compared one by one, more are hashed (open addressing).
struct MemberIndex: ~Copyable, @unchecked Sendable {
    private static let linearLimit = 6
    private let names: UnsafeMutablePointer<UnsafeRawBufferPointer>
    private let count: Int
    /// A member's place and one, 0 for free; nil when there are few members.
    private let slots: UnsafeMutablePointer<UInt16>?
    private let mask: Int

    /// `names` must outlive the index. Of equal names the first is found.
    init(_ names: [UnsafeRawBufferPointer]) {
        count = names.count
        self.names = .allocate(capacity: max(names.count, 1))
        for (place, name) in names.enumerated() { (self.names + place).initialize(to: name) }
        guard names.count > Self.linearLimit, names.count < 0x7FFF else {
            slots = nil
            mask = 0
            return
        }
        var size = 16
        while size < names.count * 2 { size *= 2 }
        let slots = UnsafeMutablePointer<UInt16>.allocate(capacity: size)
        slots.initialize(repeating: 0, count: size)
        for (place, name) in names.enumerated() {
            var at = Self.hash(name) & (size - 1)
            while slots[at] != 0 { at = (at + 1) & (size - 1) }
            slots[at] = UInt16(place + 1)
        }
        self.slots = slots
        mask = size - 1
    }

    deinit {
        names.deallocate()
        slots?.deallocate()
    }

    /// The place of the member with this name; `expected` is tried first.
    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer, expected: Int = 0) -> Int? {
        if expected >= 0, expected < count, Self.isEqual(names[expected], name) { return expected }
        guard let slots else {
            for place in 0..<count where Self.isEqual(names[place], name) { return place }
            return nil
        }
        var at = Self.hash(name) & mask
        while slots[at] != 0 {
            let place = Int(slots[at]) - 1
            if Self.isEqual(names[place], name) { return place }
            at = (at + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        NameHash.hash(name.bindMemory(to: UInt8.self).baseAddress, name.count)
    }

    @inline(__always)
    static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
    }
}
