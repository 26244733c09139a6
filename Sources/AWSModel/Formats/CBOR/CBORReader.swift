/// A cursor over CBOR (RFC 8949) as rpc-v2-cbor uses it: definite and indefinite items, tag 1 for timestamps, half,
/// single and double floats. Lengths are checked against the bytes that are there before anything is allocated.
struct CBORReader {
    static let depthLimit = 512

    enum Head {
        case unsigned(UInt64)
        case negative(UInt64)  // -1 - value
        case bytes(Int?)  // nil: indefinite
        case text(Int?)
        case array(Int?)
        case map(Int?)
        case tag(UInt64)
        case bool(Bool)
        case null
        case double(Double)
        case end  // the break code of an indefinite item
    }

    let bytes: UnsafeBufferPointer<UInt8>
    var at = 0
    var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    func failure(_ message: String) -> DecodingFailure { DecodingFailure("CBOR", message, offset: at) }

    mutating func enter() throws(DecodingFailure) {
        depth += 1
        guard depth <= Self.depthLimit else { throw failure("nested more than \(Self.depthLimit) levels") }
    }

    mutating func leave() { depth -= 1 }

    mutating func head() throws(DecodingFailure) -> Head {
        guard at < bytes.count else { throw failure("the data ends where a value should be") }
        let initial = bytes[at]
        at += 1
        let info = initial & 0x1F
        switch initial >> 5 {
        case 0: return .unsigned(try argument(info))
        case 1: return .negative(try argument(info))
        case 2: return .bytes(try length(info, elementSize: 1))
        case 3: return .text(try length(info, elementSize: 1))
        case 4: return .array(try length(info, elementSize: 1))
        case 5: return .map(try length(info, elementSize: 2))
        case 6: return .tag(try argument(info))
        default: return try simple(info)
        }
    }

    private mutating func argument(_ info: UInt8) throws(DecodingFailure) -> UInt64 {
        switch info {
        case 0..<24: return UInt64(info)
        case 24: return try big(1)
        case 25: return try big(2)
        case 26: return try big(4)
        case 27: return try big(8)
        default: throw failure("a length of an unknown kind (\(info))")
        }
    }

    private mutating func big(_ count: Int) throws(DecodingFailure) -> UInt64 {
        guard at + count <= bytes.count else { throw failure("the data ends inside a number") }
        var value: UInt64 = 0
        for index in at..<at + count { value = value << 8 | UInt64(bytes[index]) }
        at += count
        return value
    }

    private mutating func length(_ info: UInt8, elementSize: Int) throws(DecodingFailure) -> Int? {
        if info == 31 { return nil }
        let value = try argument(info)
        guard value <= UInt64((bytes.count - at) / elementSize) else {
            throw failure("a length of \(value) where \(bytes.count - at) bytes are left")
        }
        return Int(value)
    }

    private mutating func simple(_ info: UInt8) throws(DecodingFailure) -> Head {
        switch info {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22, 23: return .null
        case 25: return .double(Self.half(UInt16(truncatingIfNeeded: try big(2))))
        case 26: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try big(4)))))
        case 27: return .double(Double(bitPattern: try big(8)))
        case 31: return .end
        default: throw failure("an unknown simple value (\(info))")
        }
    }

    /// IEEE 754 binary16, which Swift does not have on every platform.
    static func half(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 0x1F)
        let mantissa = Double(bits & 0x3FF)
        let magnitude: Double
        switch exponent {
        case 0: magnitude = mantissa * 0x1p-24
        case 31: magnitude = mantissa == 0 ? .infinity : .nan
        default: magnitude = (1 + mantissa / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }

    /// The bytes of a byte or text string whose head has been read; indefinite ones are joined.
    mutating func payload(_ length: Int?, isText: Bool) throws(DecodingFailure) -> [UInt8] {
        if let length {
            defer { at += length }
            return Array(bytes[at..<at + length])
        }
        var joined: [UInt8] = []
        while true {
            switch (try head(), isText) {
            case (.end, _): return joined
            case (.bytes(let length?), false), (.text(let length?), true):
                joined.append(contentsOf: bytes[at..<at + length])
                at += length
            default: throw failure("a chunk of another type inside a string")
            }
        }
    }

    mutating func text(_ length: Int?) throws(DecodingFailure) -> String {
        try withText(length) { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a text whose head has been read, checked.
    mutating func withText<Result>(
        _ length: Int?, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) throws(DecodingFailure) -> Result {
        let start = at
        if let length {
            let text = UnsafeBufferPointer(rebasing: bytes[at..<at + length])
            at += length
            if UTF8Validation.isValid(text) { return body(text) }
        } else {
            let joined = try payload(nil, isText: true)
            let result = joined.withUnsafeBufferPointer { UTF8Validation.isValid($0) ? body($0) : nil }
            if let result { return result }
        }
        throw DecodingFailure("CBOR", "a text that is not UTF-8", offset: start)
    }

    /// Consumes the break code when that comes next.
    mutating func takeEnd() throws(DecodingFailure) -> Bool {
        guard at < bytes.count else { throw failure("the data ends inside an indefinite item") }
        guard bytes[at] == 0xFF else { return false }
        at += 1
        return true
    }

    /// One value of any kind, as it stands: tag 1 is a timestamp, integers past 64 signed bits become doubles.
    mutating func value() throws(DecodingFailure) -> AWSValue {
        try value(try head())
    }

    mutating func value(_ head: Head) throws(DecodingFailure) -> AWSValue {
        switch head {
        case .unsigned(let value): return value <= UInt64(Int64.max) ? .integer(Int64(value)) : .double(Double(value))
        case .negative(let value):
            return value <= UInt64(Int64.max) ? .integer(-1 - Int64(value)) : .double(-1 - Double(value))
        case .bytes(let length): return .blob(try payload(length, isText: false))
        case .text(let length): return .string(try text(length))
        case .bool(let value): return .bool(value)
        case .null: return .null
        case .double(let value): return .double(value)
        case .tag(let tag):
            try enter()
            let value = try value()
            leave()
            if tag == 1, let seconds = value.double { return .timestamp(seconds) }
            throw failure("tag \(tag), which the protocol does not use here")
        case .array(let length):
            var elements: [AWSValue] = []
            try forEachElement(length) { (reader) throws(DecodingFailure) in elements.append(try reader.value()) }
            return .list(elements)
        case .map(let length):
            var map = AWSMap()
            try forEachElement(length) { (reader) throws(DecodingFailure) in
                guard case .text(let length) = try reader.head() else { throw reader.failure("a key that is not text") }
                let key = try reader.text(length)
                map[key] = try reader.value()
            }
            return .map(map)
        case .end: throw failure("a break outside an indefinite item")
        }
    }

    /// Runs `body` once an element (or pair) of an array or map whose head has been read.
    mutating func forEachElement(
        _ length: Int?, _ body: (inout CBORReader) throws(DecodingFailure) -> Void
    ) throws(DecodingFailure) {
        try enter()
        if let length {
            for _ in 0..<length { try body(&self) }
        } else {
            while !(try takeEnd()) { try body(&self) }
        }
        leave()
    }

    mutating func expectEnd() throws(DecodingFailure) {
        guard at == bytes.count else { throw failure("\(bytes.count - at) bytes after the value") }
    }
}
