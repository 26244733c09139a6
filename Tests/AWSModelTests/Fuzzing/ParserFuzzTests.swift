import Testing

@testable import AWSModel

/// Mutated inputs against every parser of bytes that come from outside. The generator is fixed, so that a failure comes
/// back; the budget is a number of inputs, not a time.
@Suite struct ParserFuzzTests {
    private static let rounds = 4000

    @Test func json() throws {
        try fuzz([
            #"{"a":[1,-2.5e3,"é😀\n",true,null],"b":{"c":"d"}}"#, "[[[[]]]]", "\"\\ud83d\\ude00\"",
            "12345678901234567890",
        ]) { bytes in
            guard let value = try? JSON.parse(bytes) else { return }
            // What was read can be written, and comes back the same.
            let again = try JSON.parse(JSON.write(value))
            #expect(again == value)
        }
    }

    @Test func xml() throws {
        try fuzz([
            "<?xml version=\"1.0\"?><a xmlns=\"u\"><b c='d'>e &amp; f</b><b/><![CDATA[x]]></a>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        ]) { bytes in
            guard let tree = try? XMLTreeParser.parse(bytes) else { return }
            for node in tree.elements.indices { _ = tree.string(node) }
        }
    }

    @Test func cbor() throws {
        var writer = CBORWriter()
        writer.write(["a": [1, -2, 2.5, true, .null], "b": .blob([1, 2]), "t": .timestamp(1.5)])
        try fuzz([writer.bytes, [0xBF, 0x61, 0x61, 0x9F, 0x01, 0xFF, 0xFF], [0x5F, 0x41, 0x01, 0xFF]]) { bytes in
            bytes.withUnsafeBufferPointer { buffer in
                var reader = CBORReader(buffer)
                _ = try? reader.value()
            }
        }
    }

    @Test func eventStreams() throws {
        let message = EventStreamMessage(
            headers: [(":event-type", .string("E")), ("n", .long(7))], payload: Array("{}".utf8))
        let bytes = try message.encoded()
        try fuzz([bytes, bytes + bytes]) { bytes in
            _ = try? EventStreamParser.messages(bytes)
        }
    }

    @Test func text() throws {
        try fuzz([
            "2015-01-25T08:00:00.123+01:00", "Sun, 25 Jan 2015 08:00:00 GMT", "1422172800.5", "Zm9vYmFy",
            "a=b%20c&d=%FF+", "\"a,b\\\"\", c",
        ]) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = Timestamps.parse(text)
            if let decoded = Base64.decode(text) { #expect(Base64.decode(Base64.encode(decoded)) == decoded) }
            _ = try? QueryString.parseForm(bytes)
            _ = HTTPText.split(text, isHTTPDate: false)
        }
    }

    @Test(arguments: TestModel.protocols) func requestsAndAnswers(_ name: String) throws {
        let service = try TestModel.service(name, metadata: ["targetPrefix": "T", "jsonVersion": "1.1"])
        let operation = try #require(service.operation("Do"))
        let spoken = service.wireProtocol
        let request = try ClientCodec.encode(TestModel.input, operation: operation, service: service)
        let response = try ServerCodec.encode(
            TestModel.input, operation: operation, service: service, protocol: spoken, requestID: "id")
        let error = ServerCodec.encodeError(
            code: "GoneException", message: "m", operation: operation, service: service, protocol: spoken,
            requestID: "id")
        try fuzz([try request.body.bytes()]) { bytes in
            var mutated = request
            mutated.body = .bytes(bytes)
            _ = ServerCodec.route(mutated, service: service)
            _ = try? ServerCodec.decode(mutated, operation: operation, service: service, protocol: spoken)
        }
        try fuzz([try response.body.bytes(), try error.body.bytes()]) { bytes in
            for status in [200, 400] {
                let mutated = WireResponse(status: status, headers: response.headers, body: .bytes(bytes))
                _ = try? ClientCodec.decode(mutated, operation: operation, service: service)
            }
        }
    }

    // MARK: Mutations

    private func fuzz(_ seeds: [String], _ body: ([UInt8]) throws -> Void) throws {
        try fuzz(seeds.map { Array($0.utf8) }, body)
    }

    private func fuzz(_ seeds: [[UInt8]], _ body: ([UInt8]) throws -> Void) throws {
        var random = SplitMix(state: 0x5EED)
        for seed in seeds { try body(seed) }
        for _ in 0..<Self.rounds {
            var bytes = seeds[random.below(seeds.count)]
            for _ in 0...random.below(4) { mutate(&bytes, seeds, &random) }
            try body(bytes)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ seeds: [[UInt8]], _ random: inout SplitMix) {
        let interesting: [UInt8] = [
            0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x3C, 0x26, 0x5B, 0x7B, 0x2C, 0x25, 0x2E, 0x9F, 0xBF, 0x1B, 0x3B,
        ]
        switch random.below(7) {
        case 0 where !bytes.isEmpty: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        case 1 where !bytes.isEmpty: bytes[random.below(bytes.count)] = interesting[random.below(interesting.count)]
        case 2: bytes.insert(interesting[random.below(interesting.count)], at: random.below(bytes.count + 1))
        case 3 where !bytes.isEmpty: bytes.remove(at: random.below(bytes.count))
        case 4 where !bytes.isEmpty: bytes.removeLast(random.below(bytes.count))
        case 5 where !bytes.isEmpty:
            let start = random.below(bytes.count)
            let piece = bytes[start..<min(bytes.count, start + 1 + random.below(16))]
            for _ in 0...random.below(64) { bytes.insert(contentsOf: piece, at: start) }
        default:
            let other = seeds[random.below(seeds.count)]
            let at = random.below(bytes.count + 1)
            bytes.replaceSubrange(at..., with: other[random.below(other.count + 1)...])
        }
        if bytes.count > 1 << 16 { bytes.removeLast(bytes.count - 1 << 16) }
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
