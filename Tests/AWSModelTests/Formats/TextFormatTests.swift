import Testing

@testable import AWSModel

@Suite struct TextFormatTests {
    @Test(arguments: [
        ("2015-01-25T08:00:00Z", 1422172800.0), ("2015-01-25T08:00:00.123Z", 1422172800.123),
        ("2015-01-25", 1422144000),
        ("2019-12-16T22:48:18-01:00", 1576540098), ("2019-12-17T00:48:18+0100", 1576540098), ("1422172800", 1422172800),
        ("1422172800.5", 1422172800.5), ("1.398796238E9", 1398796238), ("Sun, 25 Jan 2015 08:00:00 GMT", 1422172800),
        ("Sun, 25 Jan 2015 08:00:00.250 GMT", 1422172800.25), ("Sunday, 25-Jan-15 08:00:00 GMT", 1422172800),
        ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00Z", -62135596800), ("9999-12-31T23:59:59Z", 253402300799),
        ("2016-02-29T12:00:00Z", 1456747200), ("-5", -5),
    ])
    func readsTimestamps(_ text: String, _ seconds: Double) {
        #expect(Timestamps.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "yesterday", "2015-13-01", "2015-01-25T", "2015-01-25T25:61:00Z", "Sun, 25 Foo 2015 08:00:00 GMT", "12x",
        "nan", "inf",
    ])
    func refusesTimestamps(_ text: String) {
        #expect(Timestamps.parse(text) == nil)
    }

    @Test func writesTimestamps() {
        #expect(Timestamps.format(1422172800, as: .iso8601) == "2015-01-25T08:00:00Z")
        #expect(Timestamps.format(1422172800.123, as: .iso8601) == "2015-01-25T08:00:00.123Z")
        #expect(Timestamps.format(1422172800.000001, as: .iso8601) == "2015-01-25T08:00:00.000001Z")
        #expect(Timestamps.format(-1, as: .iso8601) == "1969-12-31T23:59:59Z")
        #expect(Timestamps.format(1422172800.9, as: .rfc822) == "Sun, 25 Jan 2015 08:00:00 GMT")
        #expect(Timestamps.format(1422172800, as: .epoch) == "1422172800")
        #expect(Timestamps.format(1422172800.5, as: .epoch) == "1422172800.5")
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        for day in stride(from: -146_097, through: 146_097, by: 1) {
            let seconds = Double(day) * 86400 + 3661
            #expect(Timestamps.parse(Timestamps.format(seconds, as: .iso8601)) == seconds)
        }
    }

    @Test func base64() {
        for (plain, encoded) in ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foobar": "Zm9vYmFy"] {
            #expect(Base64.encode(Array(plain.utf8)) == encoded)
            #expect(Base64.decode(encoded) == Array(plain.utf8))
        }
        #expect(Base64.decode("Zm9v\nYmFy") == Array("foobar".utf8))
        #expect(Base64.decode("Zg") == Array("f".utf8))
        for broken in ["Z", "Zg=a", "Zm9v!", "====", "Zg==Zg=="] { #expect(Base64.decode(broken) == nil) }
    }

    @Test func percentEncoding() throws {
        #expect(QueryString.encode("a b/c+é~-._") == "a%20b%2Fc%2B%C3%A9~-._")
        #expect(QueryString.encode("a/b c", keepingSlashes: true) == "a/b%20c")
        #expect(QueryString.decode("a%20b+c%C3%A9%zz%4") == "a b+cé%zz%4")
        #expect(QueryString.decode("a+b", plusIsSpace: true) == "a b")
        #expect(QueryString.decode("%FF") == nil)
        let pairs = try QueryString.parseForm(Array("a=1&b=&c&&d=x%26y&a=2".utf8))
        #expect(pairs.map(\.name) == ["a", "b", "c", "d", "a"])
        #expect(pairs.map(\.value) == ["1", "", "", "x&y", "2"])
    }

    @Test func eventStreamMessages() throws {
        let message = EventStreamMessage(
            headers: [
                (":event-type", .string("E")), ("b", .bool(true)), ("c", .bool(false)), ("y", .byte(-1)),
                ("s", .short(-2)),
                ("i", .integer(-3)), ("l", .long(.min)), ("r", .bytes([1, 2])), ("t", .timestamp(1_422_172_800_123)),
                ("u", .uuid(Array(0..<16))),
            ], payload: Array("{}".utf8))
        let bytes = try message.encoded()
        #expect(try EventStreamParser.messages(bytes + bytes) == [message, message])
        #expect(message["u"]?.value == "00010203-0405-0607-0809-0a0b0c0d0e0f")

        var parser = EventStreamParser()
        var found: [EventStreamMessage] = []
        for byte in bytes + bytes {
            parser.append([byte])
            while let next = try parser.next() { found.append(next) }
        }
        #expect(found == [message, message])
        #expect(parser.isAtBoundary)
        for position in bytes.indices {
            var broken = bytes
            broken[position] ^= 0x10
            #expect(throws: DecodingFailure.self) { try EventStreamParser.messages(broken) }
        }
    }

    // An empty message and one with a header, from the description of the encoding.
    @Test func knownEventStreamBytes() throws {
        let empty: [UInt8] = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xC2, 0x48, 0xEB, 0x7D, 0x98, 0xC8, 0xFF]
        #expect(try EventStreamParser.messages(empty) == [EventStreamMessage(headers: [], payload: [])])
        #expect(try EventStreamMessage(headers: [], payload: []).encoded() == empty)
    }
}
