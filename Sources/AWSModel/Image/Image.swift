import CZlib

/// A model image in memory: the one in the binary, a file's, or one compiled at run time.
///
/// Every read is checked against the bounds: a broken image yields zeros and empty strings, never a crash.
/// ``verify()`` finds out beforehand; an image that comes from a file is verified before it is used.
final class Image: Sendable {
    private nonisolated(unsafe) let base: UnsafeRawPointer
    let count: Int
    /// Whether the memory is this object's to free.
    private let isOwned: Bool

    let stringCount: Int
    private let stringOffsets: Int
    private let stringBytes: Int
    let serviceCount: Int
    private let services: Int
    let ruleSetCount: Int
    private let ruleSets: Int
    let partitions: Int

    /// Memory that outlives the process's use of it, such as the image in the binary.
    convenience init(unowned memory: UnsafeRawBufferPointer) throws(ModelFailure) {
        guard let base = memory.baseAddress else { throw ModelFailure("the model image is empty") }
        try self.init(base: base, count: memory.count, isOwned: false)
    }

    /// A copy of the bytes.
    convenience init(copying bytes: [UInt8]) throws(ModelFailure) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
        bytes.withUnsafeBytes {
            memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
        }
        do {
            try self.init(base: UnsafeRawPointer(memory), count: bytes.count, isOwned: true)
        } catch {
            memory.deallocate()
            throw error
        }
    }

    private init(base: UnsafeRawPointer, count: Int, isOwned: Bool) throws(ModelFailure) {
        let header = UnsafeRawBufferPointer(start: base, count: count)
        func field(_ at: Int) -> Int {
            Int(UInt32(littleEndian: header.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
        }
        guard count >= ImageFormat.headerSize else {
            throw ModelFailure("not a model image: \(count) bytes are less than a header")
        }
        guard field(ImageFormat.Field.magic) == Int(ImageFormat.magic) else {
            throw ModelFailure("not a model image: it does not begin with \"AWSM\"")
        }
        guard field(ImageFormat.Field.version) == Int(ImageFormat.version) else {
            throw ModelFailure(
                "the model image has format \(field(ImageFormat.Field.version)), this program reads format "
                    + "\(ImageFormat.version); compile the image again with awscicd-model")
        }
        guard field(ImageFormat.Field.length) == count else {
            throw ModelFailure("the model image is cut off: \(count) of \(field(ImageFormat.Field.length)) bytes")
        }
        stringCount = field(ImageFormat.Field.stringCount)
        stringOffsets = field(ImageFormat.Field.stringOffsets)
        stringBytes = field(ImageFormat.Field.stringBytes)
        serviceCount = field(ImageFormat.Field.serviceCount)
        services = field(ImageFormat.Field.services)
        ruleSetCount = field(ImageFormat.Field.ruleSetCount)
        ruleSets = field(ImageFormat.Field.ruleSets)
        partitions = field(ImageFormat.Field.partitions)
        guard stringOffsets + 4 * (stringCount + 1) <= count, stringBytes <= count,
            services + ImageFormat.serviceEntrySize * serviceCount <= count, ruleSets + 4 * ruleSetCount <= count,
            partitions <= count
        else { throw ModelFailure("the model image is broken: a table lies outside the file") }
        self.base = base
        self.count = count
        self.isOwned = isOwned
    }

    deinit {
        if isOwned { base.deallocate() }
    }

    /// The release of the published models that the image was compiled from.
    var release: String { string(Int(u32(ImageFormat.Field.release))) }

    // MARK: Reading

    func u32(_ at: Int) -> UInt32 {
        guard at >= 0, at + 4 <= count else { return 0 }
        return UInt32(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }

    /// The bytes of a string, which live as long as the image.
    func utf8(_ id: Int) -> UnsafeRawBufferPointer {
        guard id > 0, id < stringCount else { return UnsafeRawBufferPointer(start: base, count: 0) }
        let start = stringBytes + Int(u32(stringOffsets + 4 * id))
        let end = stringBytes + Int(u32(stringOffsets + 4 * id + 4))
        guard start <= end, end <= count else { return UnsafeRawBufferPointer(start: base, count: 0) }
        return UnsafeRawBufferPointer(start: base + start, count: end - start)
    }

    func string(_ id: Int) -> String { String(decoding: utf8(id), as: UTF8.self) }

    /// The string, or nil for number 0.
    func optionalString(_ id: Int) -> String? { id == 0 ? nil : string(id) }

    func cursor(at offset: Int) -> ImageCursor {
        ImageCursor(image: self, at: max(0, min(offset, count)), base: base, end: count)
    }

    // MARK: Directory

    struct ServiceEntry {
        let name: Int
        let offset: Int
        let length: Int
    }

    func serviceEntry(_ index: Int) -> ServiceEntry {
        let at = services + ImageFormat.serviceEntrySize * index
        return ServiceEntry(name: Int(u32(at)), offset: Int(u32(at + 4)), length: Int(u32(at + 8)))
    }

    /// The place of a service among those sorted by name.
    func serviceIndex(_ name: String) -> Int? {
        find(name, count: serviceCount) { serviceEntry($0).name }
    }

    func ruleSet(_ index: Int) -> Int? {
        guard index >= 0, index < ruleSetCount else { return nil }
        return Int(u32(ruleSets + 4 * index))
    }

    /// Binary search among entries that are sorted by the bytes of the string that `nameOf` gives the number of.
    func find(_ name: String, count: Int, nameOf: (Int) -> Int) -> Int? {
        var name = name
        return name.withUTF8 { wanted in
            let wanted = UnsafeRawBufferPointer(wanted)
            var low = 0
            var high = count
            while low < high {
                let middle = (low + high) / 2
                let order = compareBytes(utf8(nameOf(middle)), wanted)
                if order == 0 { return middle }
                if order < 0 { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    /// The checksum of everything after the header, computed.
    var bodyChecksum: UInt32 {
        Self.checksum(
            UnsafeRawBufferPointer(start: base + ImageFormat.headerSize, count: count - ImageFormat.headerSize))
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}

/// Less than, equal to or greater than zero, as memcmp, a prefix before what it begins.
func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    var at = 0
    let common = min(left.count, right.count)
    while at < common {
        let difference = Int(left[at]) - Int(right[at])
        if difference != 0 { return difference }
        at += 1
    }
    return left.count - right.count
}
