extension JSONReader {
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    /// A number by RFC 8259's grammar. Whole numbers that fit in 64 bits stay exact; all else is the nearest double.
    package mutating func number() throws(DecodingFailure) -> Number {
        skipWhitespace()
        let start = at
        var negative = false
        if at < bytes.count, bytes[at] == UInt8(ascii: "-") {
            negative = true
            at += 1
        }
        var mantissa: UInt64 = 0
        var isExact = true  // whether every digit is in `mantissa`
        var exponent = 0

        let firstDigit = at
        digits(into: &mantissa, isExact: &isExact)
        guard at > firstDigit else { throw unexpected("a value") }
        guard bytes[firstDigit] != UInt8(ascii: "0") || at == firstDigit + 1 else {
            at = firstDigit
            throw failure("a number with a leading zero")
        }
        var isInteger = true
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isInteger = false
            at += 1
            let firstFraction = at
            digits(into: &mantissa, isExact: &isExact)
            guard at > firstFraction else { throw unexpected("a digit after the decimal point") }
            exponent = firstFraction - at
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            exponent += try exponentPart()
        }
        if isInteger, isExact {
            if !negative, mantissa <= UInt64(Int64.max) { return .integer(Int64(mantissa)) }
            if negative, mantissa <= UInt64(Int64.max) + 1 { return .integer(Int64(truncatingIfNeeded: 0 &- mantissa)) }
        }
        // Both factors are exact doubles, so that one rounding gives the nearest (Clinger's fast path).
        if isExact, mantissa < 1 << 53, exponent.magnitude <= 22 {
            let power = Self.powersOfTen[Int(exponent.magnitude)]
            let value = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .double(negative ? -value : value)
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw DecodingFailure("JSON", "a number that is too large: \(text.prefix(40))", offset: start)
        }
        return .double(value)
    }

    @inline(__always)
    private mutating func digits(into mantissa: inout UInt64, isExact: inout Bool) {
        while at < bytes.count {
            let digit = bytes[at] &- UInt8(ascii: "0")
            guard digit <= 9 else { return }
            let (product, high) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if high || carry { isExact = false } else if isExact { mantissa = sum }
            at += 1
        }
    }

    private mutating func exponentPart() throws(DecodingFailure) -> Int {
        at += 1
        var negative = false
        if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
            negative = bytes[at] == UInt8(ascii: "-")
            at += 1
        }
        let first = at
        var value = 0
        while at < bytes.count, case let digit = bytes[at] &- UInt8(ascii: "0"), digit <= 9 {
            value = min(value * 10 + Int(digit), 100_000)
            at += 1
        }
        guard at > first else { throw unexpected("a digit of the exponent") }
        return negative ? -value : value
    }

    /// Passes over one value of any kind; it is still checked for being JSON.
    mutating func skipValue() throws(DecodingFailure) {
        switch peek() {
        case UInt8(ascii: "\""): _ = try span()
        case UInt8(ascii: "{"):
            try enter(UInt8(ascii: "{"))
            var isFirst = true
            while try next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
                _ = try key()
                try skipValue()
            }
        case UInt8(ascii: "["):
            try enter(UInt8(ascii: "["))
            var isFirst = true
            while try next(isFirst: &isFirst, close: UInt8(ascii: "]")) { try skipValue() }
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }
}
