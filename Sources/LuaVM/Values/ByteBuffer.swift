/// Bytes that grow at their end, written in pieces whose length is known: an array asks for each byte who else holds it.
/// A value, as an array is: copies share their bytes until one of them is written to.
// Unchecked: only who holds the block alone writes to it.
@usableFromInline struct ByteBuffer: @unchecked Sendable {
    @usableFromInline struct Header {
        @usableFromInline var count: Int
        @usableFromInline let capacity: Int
        @usableFromInline init(count: Int, capacity: Int) {
            self.count = count
            self.capacity = capacity
        }
    }
    @usableFromInline typealias Block = ManagedBuffer<Header, UInt8>

    /// nil until there is something to write.
    @usableFromInline var block: Block?

    @usableFromInline init() {}

    @inlinable var count: Int { block?.withUnsafeMutablePointerToHeader { $0.pointee.count } ?? 0 }

    /// Room for so many bytes, when it is known beforehand.
    @inlinable mutating func reserve(_ capacity: Int) { if capacity > count { grow(capacity - count) } }

    /// Calls `write` with the place behind the last byte, of which it fills `size` bytes.
    @inlinable @inline(__always)
    mutating func append(_ size: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
        if !isKnownUniquelyReferenced(&block) || !hasRoom(size) { grow(size) }
        block.unsafelyUnwrapped.withUnsafeMutablePointers { header, bytes in
            write(UnsafeMutableRawPointer(bytes + header.pointee.count))
            header.pointee.count += size
        }
    }

    @inlinable mutating func append(_ byte: UInt8) {
        append(1) { $0.storeBytes(of: byte, as: UInt8.self) }
    }

    /// Writes over what is there.
    @inlinable mutating func patch(_ offset: Int, _ value: some BitwiseCopyable) {
        if !isKnownUniquelyReferenced(&block) { grow(0) }
        block.unsafelyUnwrapped.withUnsafeMutablePointers { header, bytes in
            precondition(offset >= 0 && offset + MemoryLayout.size(ofValue: value) <= header.pointee.count)
            UnsafeMutableRawPointer(bytes + offset).storeBytes(of: value, as: type(of: value))
        }
    }

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        guard let block else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return try block.withUnsafeMutablePointers { header, bytes in
            try body(UnsafeRawBufferPointer(start: bytes, count: header.pointee.count))
        }
    }

    @inlinable @inline(__always)
    func hasRoom(_ size: Int) -> Bool {
        block.unsafelyUnwrapped.withUnsafeMutablePointerToHeader { $0.pointee.capacity - $0.pointee.count >= size }
    }

    /// A block of its own with room for `size` bytes more.
    @usableFromInline @inline(never)
    mutating func grow(_ size: Int) {
        let count = count
        let capacity = max(count + size, 2 * count, 240)
        let larger = Block.create(minimumCapacity: capacity) { _ in Header(count: count, capacity: capacity) }
        if let block {
            larger.withUnsafeMutablePointerToElements { new in
                block.withUnsafeMutablePointerToElements { old in new.update(from: old, count: count) }
            }
        }
        block = larger
    }
}
