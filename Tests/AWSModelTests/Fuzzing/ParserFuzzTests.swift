import FuzzSupport
import Testing

@testable import AWSModel

/// Mutated inputs against every parser of bytes that come from outside.
@Suite struct ParserFuzzTests {
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

    /// Mutated headers and events under checksums that are right: what lies behind the checksums is reached.
    @Test func eventStreamContents() throws {
        let operation = try #require(try Catalog.builtIn.open("logs").operation("StartLiveTail"))
        let service = try Catalog.builtIn.open("logs")
        let update = EventStreamMessage(
            headers: [
                (":message-type", .string("event")), (":event-type", .string("sessionUpdate")), ("b", .bool(true)),
                ("u", .uuid([UInt8](repeating: 7, count: 16))), ("t", .timestamp(1)), ("x", .bytes([1, 2])),
            ], payload: Array(#"{"sessionResults":[{"message":"m","timestamp":1}]}"#.utf8))
        let failure = EventStreamMessage(
            headers: [
                (":message-type", .string("exception")), (":exception-type", .string("SessionTimeoutException")),
                (":content-type", .string("application/json")),
            ], payload: Array(#"{"message":"too long"}"#.utf8))
        // Headers' length, headers, payload: what a checksum is then put around.
        let seeds = try [update, failure].map { message in
            let bytes = try message.encoded()
            return Array(bytes[4..<8] + bytes[12..<bytes.count - 4])
        }
        try fuzz(seeds) { bytes in
            guard bytes.count >= 4 else { return }
            var message = bigEndian(UInt32(bytes.count + 12)) + bytes[..<4]
            message += bigEndian(EventStreamParser.crc(message, 0..<8)) + bytes[4...]
            message += bigEndian(EventStreamParser.crc(message, 0..<message.count))
            guard var decoder = EventStreamDecoder(operation: operation, service: service) else { return }
            decoder.append(message)
            while let event = try? decoder.next() { _ = JSON.write(event) }
        }
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
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

    private func fuzz(_ seeds: [String], _ body: ([UInt8]) throws -> Void) throws {
        var fuzzer = Fuzzer(seeds)
        try fuzzer.run(body)
    }

    private func fuzz(_ seeds: [[UInt8]], _ body: ([UInt8]) throws -> Void) throws {
        var fuzzer = Fuzzer(seeds)
        try fuzzer.run(body)
    }
}
