/// The cyclic redundancy checks of AWS's flexible checksums, computed eight bytes at a time ("slicing by eight").
///
/// Each is used like a ``Digest``: fed piece by piece, read as ``value`` or as the big-endian bytes that S3 exchanges.
public struct CRC32: Sendable {
    /// The polynomial of zlib, gzip and `x-amz-checksum-crc32`.
    public static let iso = CRC32(table: isoTable)
    /// Castagnoli's polynomial: `x-amz-checksum-crc32c` and event streams' cousins.
    public static let castagnoli = CRC32(table: castagnoliTable)

    private static let isoTable = SliceTable<UInt32>(polynomial: 0xEDB8_8320)
    private static let castagnoliTable = SliceTable<UInt32>(polynomial: 0x82F6_3B78)

    private let table: SliceTable<UInt32>
    private var state: UInt32 = ~0

    private init(table: SliceTable<UInt32>) { self.table = table }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) { state = table.update(state, bytes) }
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }
    public var value: UInt32 { ~state }
    public var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

/// CRC-64/NVME: `x-amz-checksum-crc64nvme`.
public struct CRC64NVME: Sendable {
    private static let table = SliceTable<UInt64>(polynomial: 0x9A6C_9329_AC4B_C9B5)
    private var state: UInt64 = ~0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) { state = Self.table.update(state, bytes) }
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }
    public var value: UInt64 { ~state }
    public var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}

/// Eight tables of a reflected polynomial: table k gives a byte's contribution when k more bytes follow it.
private struct SliceTable<Word: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private let entries: [Word]

    init(polynomial: Word) {
        var entries = [Word](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var word = Word(byte)
            for _ in 0..<8 { word = (word & 1) == 1 ? (word >> 1) ^ polynomial : word >> 1 }
            entries[byte] = word
        }
        for slice in 1..<8 {
            for byte in 0..<256 {
                let previous = entries[(slice - 1) * 256 + byte]
                entries[slice * 256 + byte] = (previous >> 8) ^ entries[Int(truncatingIfNeeded: previous & 0xff)]
            }
        }
        self.entries = entries
    }

    func update(_ initial: Word, _ bytes: UnsafeRawBufferPointer) -> Word {
        entries.withUnsafeBufferPointer { table in
            var state = initial
            var at = 0
            while at + 8 <= bytes.count {
                var chunk = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                chunk ^= UInt64(truncatingIfNeeded: state)
                var next: Word = 0
                for slice in 0..<8 {
                    next ^= table[(7 - slice) * 256 + Int(truncatingIfNeeded: (chunk >> UInt64(8 * slice)) & 0xff)]
                }
                state = next
                at += 8
            }
            while at < bytes.count {
                state = (state >> 8) ^ table[Int(truncatingIfNeeded: (state ^ Word(bytes[at])) & 0xff)]
                at += 1
            }
            return state
        }
    }
}
