extension JSONReader {
    /// Reads JSON of any kind, without a model.
    mutating func value<Sink: ValueSink & ~Copyable>(into sink: inout Sink) throws(DecodingFailure) {
        switch peek() {
        case UInt8(ascii: "\""): try string(into: &sink)
        case UInt8(ascii: "{"):
            let mark = sink.beginMap()
            try enter(UInt8(ascii: "{"))
            var count = 0
            var isFirst = true
            while try next(isFirst: &isFirst, close: UInt8(ascii: "}")) {
                try give(try key(), into: &sink)
                try value(into: &sink)
                count += 1
            }
            sink.endMap(mark, count: count)
        case UInt8(ascii: "["):
            let mark = sink.beginList()
            try enter(UInt8(ascii: "["))
            var count = 0
            var isFirst = true
            while try next(isFirst: &isFirst, close: UInt8(ascii: "]")) {
                try value(into: &sink)
                count += 1
            }
            sink.endList(mark, count: count)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): sink.bool(try boolean())
        case UInt8(ascii: "n"):
            try literal("null")
            sink.null()
        default:
            switch try number() {
            case .integer(let value): sink.integer(value)
            case .double(let value): sink.double(value)
            }
        }
    }

    /// The string that starts here.
    @inline(__always)
    mutating func string<Sink: ValueSink & ~Copyable>(into sink: inout Sink) throws(DecodingFailure) {
        let span = try span()
        if span.hasEscapes {
            let text = try utf8(unescaping: span)
            text.withUnsafeBufferPointer { sink.string($0) }
        } else {
            sink.string(try utf8(span))
        }
    }

    /// A map's key that has been read.
    @inline(__always)
    func give<Sink: ValueSink & ~Copyable>(_ key: Span, into sink: inout Sink) throws(DecodingFailure) {
        if key.hasEscapes {
            let text = try utf8(unescaping: key)
            text.withUnsafeBufferPointer { sink.key($0) }
        } else {
            sink.key(try utf8(key))
        }
    }
}
