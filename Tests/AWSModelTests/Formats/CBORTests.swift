import Testing

@testable import AWSModel

@Suite struct CBORTests {
    private func read(_ bytes: [UInt8]) throws -> AWSValue {
        try bytes.withUnsafeBufferPointer { buffer in
            var reader = CBORReader(buffer)
            let value = try reader.value()
            try reader.expectEnd()
            return value
        }
    }

    // The examples of RFC 8949, appendix A.
    @Test(
        arguments: [
            ([0x00], .integer(0)), ([0x17], .integer(23)), ([0x18, 0x18], .integer(24)),
            ([0x19, 0x03, 0xE8], .integer(1000)),
            ([0x1A, 0x00, 0x0F, 0x42, 0x40], .integer(1_000_000)), ([0x20], .integer(-1)),
            ([0x38, 0x63], .integer(-100)),
            ([0x1B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .integer(.max)),
            ([0x3B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .integer(.min)),
            ([0xF9, 0x3C, 0x00], .double(1)), ([0xF9, 0x7B, 0xFF], .double(65504)),
            ([0xF9, 0x00, 0x01], .double(5.960464477539063e-8)),
            ([0xF9, 0xC4, 0x00], .double(-4)), ([0xF9, 0x7C, 0x00], .double(.infinity)),
            ([0xFA, 0x47, 0xC3, 0x50, 0x00], .double(100000)),
            ([0xFB, 0x3F, 0xF1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9A], .double(1.1)),
            ([0xF4], .bool(false)), ([0xF5], .bool(true)), ([0xF6], .null), ([0xF7], .null),
            ([0xC1, 0x1A, 0x51, 0x4B, 0x67, 0xB0], .timestamp(1363896240)),
            ([0xC1, 0xFB, 0x41, 0xD4, 0x52, 0xD9, 0xEC, 0x20, 0x00, 0x00], .timestamp(1363896240.5)),
            ([0x44, 1, 2, 3, 4], .blob([1, 2, 3, 4])), ([0x62, 0xC3, 0xBC], .string("ü")), ([0x80], .list([])),
            ([0x83, 1, 2, 3], [1, 2, 3]), ([0xA0], .map([:])), ([0xA1, 0x61, 0x61, 0x01], ["a": 1]),
            ([0x5F, 0x42, 1, 2, 0x43, 3, 4, 5, 0xFF], .blob([1, 2, 3, 4, 5])),
            ([0x7F, 0x65, 0x73, 0x74, 0x72, 0x65, 0x61, 0x64, 0x6D, 0x69, 0x6E, 0x67, 0xFF], .string("streaming")),
            ([0x9F, 0x01, 0x82, 2, 3, 0xFF], [1, [2, 3]]),
            ([0xBF, 0x61, 0x61, 0x01, 0x61, 0x62, 0x9F, 2, 3, 0xFF, 0xFF], ["a": 1, "b": [2, 3]]),
        ] as [([UInt8], AWSValue)])
    func reads(_ bytes: [UInt8], _ value: AWSValue) throws {
        #expect(try read(bytes) == value)
    }

    @Test(
        arguments: [
            [], [0x18], [0x62, 0x61], [0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9F, 0x01], [0xFF],
            [0xA1, 0x01, 0x01],
            [0x61, 0xFF], [0x5F, 0x61, 0x61, 0xFF], [0x1C], [0xF8, 0x20], [0xC2, 0x41, 0x01], [0x00, 0x00],
        ] as [[UInt8]])
    func refuses(_ bytes: [UInt8]) {
        #expect(throws: DecodingFailure.self) { try read(bytes) }
    }

    @Test func limitsDepth() {
        #expect(throws: DecodingFailure.self) { try read(Array(repeating: 0x81, count: 100_000)) }
        #expect(throws: DecodingFailure.self) { try read(Array(repeating: 0xC1, count: 100_000)) }
    }

    @Test func writesWhatItReads() throws {
        let value: AWSValue = [
            "i": [0, 23, 24, 255, 256, 65535, 65536, 4_294_967_296, -1, -24, -25, -1000],
            "t": .timestamp(1363896240.5), "w": .timestamp(1363896240), "d": 1.25, "s": "ü", "b": .blob([0, 255]),
            "n": .null, "f": false,
        ]
        var writer = CBORWriter()
        writer.write(value)
        #expect(try read(writer.bytes) == value)
    }
}
