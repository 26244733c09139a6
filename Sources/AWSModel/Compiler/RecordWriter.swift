/// Writes what `ImageCursor` reads.
struct RecordWriter {
    private(set) var bytes: [UInt8] = []
    let pool: StringPool

    init(pool: StringPool) { self.pool = pool }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func varint(_ value: Int) { raw(UInt64(value)) }

    mutating func signed(_ value: Int64) { raw(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func string(_ value: String?) { varint(pool.number(value ?? "")) }

    mutating func strings(_ values: [String]) {
        varint(values.count)
        for value in values { string(value) }
    }

    mutating func append(_ other: RecordWriter) { bytes += other.bytes }

    mutating func value(_ value: AWSValue) {
        switch value {
        case .bool(let value): byte(value ? 2 : 1)
        case .integer(let value):
            byte(3)
            signed(value)
        case .string(let value):
            byte(4)
            string(value)
        case .double(let value):
            byte(5)
            string(String(value))
        case .list(let values):
            byte(6)
            varint(values.count)
            for item in values { self.value(item) }
        case .map(let map):
            byte(7)
            varint(map.count)
            for (key, item) in map {
                string(key)
                self.value(item)
            }
        case .null, .blob, .timestamp, .body: byte(0)
        }
    }
}

/// Traits of one record: their count, then each one's number and value.
struct TraitWriter {
    private var count = 0
    private var writer: RecordWriter

    init(pool: StringPool) { writer = RecordWriter(pool: pool) }

    var isEmpty: Bool { count == 0 }

    mutating func add(_ trait: some RawRepresentable<Int>, _ write: (inout RecordWriter) -> Void) {
        count += 1
        writer.varint(trait.rawValue)
        write(&writer)
    }

    mutating func add(_ trait: some RawRepresentable<Int>, _ string: String?) {
        if let string { add(trait) { $0.string(string) } }
    }

    mutating func add(_ trait: some RawRepresentable<Int>, _ strings: [String]) {
        if !strings.isEmpty { add(trait) { $0.strings(strings) } }
    }

    mutating func add(_ trait: some RawRepresentable<Int>, namespace: AWSValue?) {
        guard let namespace else { return }
        let uri = namespace.string ?? namespace["uri"]?.string ?? ""
        add(trait) {
            $0.string(uri)
            $0.string(namespace["prefix"]?.string)
        }
    }

    func write(to record: inout RecordWriter) {
        guard count > 0 else { return }
        record.varint(count)
        record.append(writer)
    }
}
