import Testing

@testable import AWSModel

/// `AWSMap`, small and past the number of keys from which on look-ups go by an index.
@Suite struct MapTests {
    private func map(_ count: Int) -> AWSMap {
        AWSMap((0..<count).map { ("key\($0)", .integer(Int64($0))) })
    }

    @Test(arguments: [0, 1, KeyList.indexThreshold, KeyList.indexThreshold + 1, 200])
    func findsAddsAndRemovesAtEverySize(_ count: Int) {
        var map = map(count)
        for at in 0..<count { #expect(map["key\(at)"] == .integer(Int64(at))) }
        #expect(map["other"] == nil)
        map["other"] = "new"
        #expect(map["other"] == "new")
        #expect(map.orderedKeys.last == "other")
        map["other"] = nil
        #expect(map["other"] == nil && map.count == count)
        if count > 1 {
            map["key0"] = nil
            #expect(map["key0"] == nil && map["key\(count - 1)"] == .integer(Int64(count - 1)))
        }
    }

    @Test(arguments: [3, KeyList.indexThreshold + 10])
    func ofEqualKeysTheLastValueCounts(_ count: Int) {
        let entries = (0..<count).map { ("key\($0)", AWSValue.integer(Int64($0))) } + [("key1", .string("again"))]
        let map = AWSMap(entries)
        #expect(map.count == count)
        #expect(map["key1"] == "again")
        #expect(map.orderedKeys[1] == "key1")
    }

    /// To Swift these are two pairs of equal texts. To AWS they are four names.
    @Test(arguments: [0, KeyList.indexThreshold + 1]) func keysAreTheirBytes(_ others: Int) throws {
        let names = ["\u{E9}", "e\u{301}", "\u{212B}", "\u{C5}"]
        #expect(Set(names).count == 2)
        var map = AWSMap(names.enumerated().map { ($1, .integer(Int64($0))) } + map(others).map { ($0.key, $0.value) })
        #expect(map.count == others + 4)
        for (at, name) in names.enumerated() { #expect(map[name] == .integer(Int64(at))) }
        map["e\u{301}"] = nil
        #expect(map["\u{E9}"] == 0 && map["e\u{301}"] == nil && map.count == others + 3)
        map["e\u{301}"] = "again"
        #expect(map["\u{E9}"] == 0 && map["e\u{301}"] == "again" && map.orderedKeys.last?.unicodeScalars.count == 2)
        #expect(AWSValue.string("\u{E9}") != .string("e\u{301}") && AWSValue.string("\u{E9}") == .string("\u{E9}"))
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        #expect(try JSON.parse(Array(text.utf8)).map?.count == 2)
    }

    @Test func aCopyKeepsItsKeys() {
        let first = map(KeyList.indexThreshold + 2)
        #expect(first["key3"] == 3)  // the index is made
        var second = first
        second["added"] = true
        second["key3"] = nil
        #expect(first["added"] == nil && first["key3"] == 3)
        #expect(second["added"] == true && second["key3"] == nil)
    }

    @Test func structuresLeaveOutWhatIsAbsent() {
        let value: AWSValue = .structure(["first": 1, "second": nil, "third": "text"])
        #expect(value.map?.orderedKeys == ["first", "third"])
    }

    @Test(arguments: [
        0, 1, 0.5, 1_422_172_800, 1_422_172_800.000_001, 1_700_000_000.123_456, 1_700_000_000.1, 1_764_000_000.999_999,
        1_764_000_000.999_999_9, 4_294_967_294.25, 4_294_967_296.5, -1, -1.5, 1e14,
    ])
    func epochsAreWrittenAsTheyAreFormatted(_ seconds: Double) {
        var bytes: [UInt8] = []
        Timestamps.append(epoch: seconds, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == Timestamps.format(seconds, as: .epoch))
    }
}
