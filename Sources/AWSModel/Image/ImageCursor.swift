/// Reads one record of an image from front to back. Past the end it gives zeros and sets ``isBroken``.
struct ImageCursor {
    let image: Image
    private(set) var at: Int
    private let base: UnsafeRawPointer
    private let end: Int
    private(set) var isBroken = false

    init(image: Image, at: Int, base: UnsafeRawPointer, end: Int) {
        self.image = image
        self.at = at
        self.base = base
        self.end = end
    }

    /// What has been read makes no sense.
    mutating func fail() { isBroken = true }

    mutating func byte() -> UInt8 {
        guard at < end else {
            isBroken = true
            return 0
        }
        defer { at += 1 }
        return base.load(fromByteOffset: at, as: UInt8.self)
    }

    private mutating func raw() -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = byte()
            result |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 { return result }
            shift += 7
            if shift > 63 {
                isBroken = true
                return 0
            }
        }
    }

    /// A count, place or number of a string: at most 32 bits.
    mutating func varint() -> Int {
        guard let number = UInt32(exactly: raw()) else {
            isBroken = true
            return 0
        }
        return Int(number)
    }

    /// Any 64-bit integer, small ones of either sign in few bytes.
    mutating func signed() -> Int64 {
        let raw = raw()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    mutating func string() -> String { image.string(varint()) }

    mutating func optionalString() -> String? { image.optionalString(varint()) }

    /// A count of things that each take at least a byte: more than the bytes left means that the record is broken.
    mutating func length() -> Int {
        let count = varint()
        guard count >= 0, count <= end - at else {
            isBroken = true
            return 0
        }
        return count
    }

    mutating func list<Element>(_ element: (inout ImageCursor) -> Element) -> [Element] {
        let count = length()
        var result: [Element] = []
        result.reserveCapacity(count)
        for _ in 0..<count where !isBroken { result.append(element(&self)) }
        return result
    }

    mutating func strings() -> [String] { list { $0.string() } }

    /// A value as `ImageWriter.value` wrote it; nested at most as deep as published models go.
    mutating func value(depth: Int = 0) -> AWSValue {
        guard depth < 32 else {
            isBroken = true
            return .null
        }
        switch byte() {
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3: return .integer(signed())
        case 4: return .string(string())
        case 5: return .double(Double(string()) ?? 0)
        case 6: return .list(list { $0.value(depth: depth + 1) })
        case 7:
            var map = AWSMap()
            for (key, value) in list({ ($0.string(), $0.value(depth: depth + 1)) }) { map[key] = value }
            return .map(map)
        default: return .null
        }
    }
}
