#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Text that is put together from many small pieces, as what a signature is made of: an array asks for each of them who else
/// holds it, and a signature is made for each request.
struct TextBuffer: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// For as long as nothing is appended.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A part of it, likewise.
    func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return body(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
    }

    var array: [UInt8] { withBytes { Array($0) } }
    var string: String { withBytes { String(decoding: $0, as: UTF8.self) } }

    subscript(index: Int) -> UInt8 {
        get {
            precondition(index >= 0 && index < count)
            return start[index]
        }
        set {
            precondition(index >= 0 && index < count)
            start[index] = newValue
        }
    }

    mutating func append(_ byte: UInt8) {
        if count == capacity { grow(1) }
        start[count] = byte
        count += 1
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        if capacity - count < bytes.count { grow(bytes.count) }
        UnsafeMutableRawPointer(start + count).copyMemory(from: base, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func append(_ text: String) {
        text.withBytes { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    /// In lower-case hexadecimal.
    mutating func append(hex bytes: UnsafeRawBufferPointer) {
        if capacity - count < bytes.count * 2 { grow(bytes.count * 2) }
        Hex.write(bytes, to: start + count)
        count += bytes.count * 2
    }

    /// Makes the ASCII letters lower case that come after the first `start` bytes.
    mutating func lowercase(from start: Int) {
        precondition(start >= 0 && start <= count)
        // Without a branch, so that it is done for many of them at once.
        for at in start..<count { self.start[at] |= self.start[at] &- 0x41 < 26 ? 0x20 : 0 }
    }

    /// Less than 0, 0 or more as the `count` bytes from `left` on come before those from `right` on, are the same, or come
    /// after them.
    func compare(_ left: Int, _ right: Int, count: Int) -> Int {
        precondition(left >= 0 && right >= 0 && count >= 0 && max(left, right) + count <= self.count)
        return Int(memcmp(start + left, start + right, count))
    }

    /// Takes away what comes after the first `count` bytes.
    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    @inline(never)
    private mutating func grow(_ needed: Int) {
        capacity = max(capacity * 2, count + needed)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }
}
