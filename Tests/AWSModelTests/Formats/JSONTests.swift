import Testing

@testable import AWSModel

@Suite struct JSONTests {
    @Test func keepsListsAndMapsApart() throws {
        #expect(try JSON.parse("[]") == .list([]))
        #expect(try JSON.parse("{}") == .map([:]))
        #expect(JSON.write(["a": [], "b": [:]]) == Array(#"{"a":[],"b":{}}"#.utf8))
    }

    @Test(arguments: [
        ("9223372036854775807", AWSValue.integer(.max)), ("-9223372036854775808", .integer(.min)), ("0", .integer(0)),
        ("9223372036854775808", .double(9223372036854775808)), ("1.0", .double(1)), ("1e2", .double(100)),
        ("0.1", .double(0.1)), ("123456789012345678.9", .double(123456789012345678.9)), ("5e-324", .double(5e-324)),
        ("1.7976931348623157e308", .double(1.7976931348623157e308)), ("-0.5E+1", .double(-5)),
    ])
    func readsNumbersExactly(_ text: String, _ value: AWSValue) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "-", "+1", "1e", "nul", "tru", "\"a", "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"", "[1 2]", "{\"a\" 1}", "1 2", "]", "{\"a\":}", "NaN", "1e999", "\u{FEFF}\u{FEFF}1", "'a'",
    ])
    func refuses(_ text: String) {
        #expect(throws: DecodingFailure.self) { try JSON.parse(text) }
    }

    @Test func readsEscapes() throws {
        #expect(try JSON.parse(#""\"\\\/\b\f\n\r\tAé😀""#) == .string("\"\\/\u{8}\u{c}\n\r\tAé😀"))
        #expect(try JSON.parse(#""\ud83d!""#) == .string("\u{FFFD}!"))
        #expect(try JSON.parse(#""\ude00""#) == .string("\u{FFFD}"))
    }

    /// Strings are read eight bytes at a time: what is special is found at every place in them.
    @Test(arguments: 0..<19)
    func findsWhatEndsPlainText(_ place: Int) throws {
        for (written, read) in [("\\n", "\n"), ("\\\"", "\""), ("é", "é"), ("\u{7f}", "\u{7f}"), ("!", "!")] {
            let (before, after) = (String(repeating: "x", count: place), String(repeating: "#", count: 18 - place))
            #expect(
                try JSON.parse("[\"\(before)\(written)\(after)\",1]") == .list([.string(before + read + after), 1]))
        }
        let plain = [UInt8](repeating: 0x7a, count: 19)
        for byte in [0x00, 0x0a, 0x1f] as [UInt8] {
            var bytes = plain
            bytes[place] = byte
            let failure = #expect(throws: DecodingFailure.self) { try JSON.parse([0x22] + bytes + [0x22]) }
            #expect(failure?.offset == place + 1)
        }
        #expect(throws: DecodingFailure.self) { try JSON.parse([0x22] + plain.prefix(place)) }
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        #expect(throws: DecodingFailure.self) { try JSON.parse([0x22] + bytes + [0x22]) }
    }

    @Test func tellsWhereItFails() throws {
        let failure = #expect(throws: DecodingFailure.self) { try JSON.parse("{\"a\": tru}") }
        #expect(failure?.offset == 6)
    }

    @Test func limitsDepth() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: DecodingFailure.self) { try JSON.parse(deep) }
        let allowed = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        _ = try JSON.parse(allowed)
    }

    @Test func keepsOrderAndTheLastOfEqualKeys() throws {
        let map = try #require(try JSON.parse(#"{"z":1,"a":2,"z":3}"#).map)
        #expect(map.orderedKeys == ["z", "a"])
        #expect(map["z"] == 3)
        let many = "{" + (0..<100).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + ",\"key7\":\"new\"}"
        let parsed = try #require(try JSON.parse(many).map)
        #expect(parsed.count == 100)
        #expect(parsed["key7"] == "new")
        #expect(parsed["key99"] == 99)
    }

    @Test func objectsWithTheSameKeysAreIndependent() throws {
        var list = try #require(try JSON.parse(#"[{"a":1,"b":2},{"a":3,"b":4}]"#).list)
        list[0]["c"] = 5
        list[0]["a"] = nil
        #expect(list[0] == ["b": 2, "c": 5])
        #expect(list[1] == ["a": 3, "b": 4])
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[1,-2,0.5,true,false,null],"b":{"c":"\"\\\n\u0001é😀"},"d":""}"#
        #expect(String(decoding: JSON.write(try JSON.parse(text)), as: UTF8.self) == text)
        #expect(JSON.write(.double(.nan)) == Array("\"NaN\"".utf8))
        #expect(JSON.write(["a": [1]], pretty: true) == Array("{\n  \"a\": [\n    1\n  ]\n}".utf8))
    }
}
