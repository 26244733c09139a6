import FuzzSupport
import Testing

@testable import AWSModel

/// What a sink of somebody else's is told, in the plainest form: it must be what the tree says.
struct PlainSink: ValueSink {
    private var stack: [AWSValue] = []
    private var keys: [String] = []

    var value: AWSValue? { stack.count == 1 && keys.isEmpty ? stack[0] : nil }

    /// What a sink is given is UTF-8.
    private static func checked(_ utf8: UnsafeBufferPointer<UInt8>) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { preconditionFailure("not UTF-8") }
        return text
    }

    mutating func null() { stack.append(.null) }
    mutating func bool(_ value: Bool) { stack.append(.bool(value)) }
    mutating func integer(_ value: Int64) { stack.append(.integer(value)) }
    mutating func double(_ value: Double) { stack.append(.double(value)) }
    mutating func timestamp(_ seconds: Double) { stack.append(.timestamp(seconds)) }
    mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) { stack.append(.string(Self.checked(utf8))) }
    mutating func blob(_ bytes: [UInt8]) { stack.append(.blob(bytes)) }
    mutating func body(_ body: AWSBody) { stack.append(.body(body)) }

    mutating func beginList() -> Int { stack.count }
    mutating func endList(_ mark: Int, count: Int) {
        precondition(stack.count == mark + count)
        let elements = Array(stack[mark...])
        stack.removeSubrange(mark...)
        stack.append(.list(elements))
    }

    mutating func beginMap() -> Int { stack.count }
    mutating func key(_ utf8: UnsafeBufferPointer<UInt8>) { keys.append(Self.checked(utf8)) }
    mutating func endMap(_ mark: Int, count: Int) {
        precondition(stack.count == mark + count && keys.count >= count)
        var map = AWSMap()
        for (key, value) in zip(keys.suffix(count), stack[mark...]) { map[key] = value }
        stack.removeSubrange(mark...)
        keys.removeLast(count)
        stack.append(.map(map))
    }

    mutating func beginStructure() -> Int { beginMap() }
    mutating func member(_ place: Int, of shape: BareShape) {
        precondition(place < shape.memberCount)
        key(shape.memberName(place).bindMemory(to: UInt8.self))
    }
    mutating func endStructure(_ mark: Int, count: Int, of shape: BareShape) { endMap(mark, count: count) }
    mutating func endUnion(_ mark: Int, unknownMember: String) {
        precondition(stack.count == mark)
        stack.append(["SDK_UNKNOWN_MEMBER": ["name": .string(unknownMember)]])
    }
}

@Suite struct ValueSinkTests {
    /// Both ways of reading give the same output, or both fail in the same words.
    private func compare(_ response: WireResponse, _ operation: AWSModel.Operation, _ service: ServiceModel) {
        var sink = PlainSink()
        let told = Result { try ClientCodec.decode(response, operation: operation, service: service, into: &sink) }
        let tree = Result { try ClientCodec.decode(response, operation: operation, service: service) }
        switch (told, tree) {
        case (.success, .success(let value)):
            // Not by ==, for which NaN differs from itself.
            #expect(sink.value.map { "\($0)" } == "\(value)", "\(response.body)")
        case (.failure(let first), .failure(let second)): #expect("\(first)" == "\(second)")
        default: Issue.record("one of two readers fails: \(told), \(tree), \(response.body)")
        }
    }

    @Test(arguments: TestModel.protocols) func mutatedAnswers(_ name: String) throws {
        let service = try TestModel.service(name, metadata: ["targetPrefix": "T", "jsonVersion": "1.1"])
        let operation = try #require(service.operation("Do"))
        let answer = try ServerCodec.encode(
            TestModel.input, operation: operation, service: service, protocol: service.wireProtocol, requestID: "id")
        var fuzzer = Fuzzer([try answer.body.bytes()], rounds: 2000)
        fuzzer.run { bytes in
            compare(WireResponse(status: 200, headers: answer.headers, body: .bytes(bytes)), operation, service)
        }
    }

    /// Members, keys and elements that come twice, nulls, other kinds than the model's, names with escapes.
    @Test(arguments: [
        #"{"Name":"a","Count":1,"Name":"b"}"#, #"{"Count":1,"Name":"a","Count":null}"#, #"{"Map":{"k":1,"l":2,"k":3}}"#,
        #"{"Map":{"k":null,"l":2}}"#, #"{"Tags":["a",null,"b"]}"#, #"{"N\u0061me":"\u00e4\n","Map":{"\"q\"":1}}"#,
        "null",
        " null ", "{}", "", "[]", #"{"Name":{"any":["thing",1.5,true]}}"#, #"{"Ratio":"NaN","On":"true","Count":"7"}"#,
    ])
    func repeatedAndMissing(_ body: String) throws {
        let service = try TestModel.service("json", metadata: ["targetPrefix": "T", "jsonVersion": "1.1"])
        compare(
            WireResponse(status: 200, body: .bytes(Array(body.utf8))), try #require(service.operation("Do")), service)
    }

    @Test(arguments: [
        "<r><Name>a</Name><Name>b</Name></r>", "<r><Flat>a</Flat><Name>n</Name><Flat>b</Flat></r>", "<r/>",
        "<r><Map><entry><key>k</key><value>1</value></entry><entry><key>k</key><value>2</value></entry></Map></r>",
        "<r><Map><entry><key>k</key></entry></Map></r>", "<r><Unknown><a/></Unknown><Count>x</Count></r>", "",
    ])
    func repeatedElements(_ body: String) throws {
        let service = try TestModel.service("rest-xml")
        compare(
            WireResponse(status: 200, body: .bytes(Array(body.utf8))), try #require(service.operation("Do")), service)
    }

    /// A union has one member, which may be newer than the model.
    @Test(arguments: [
        #"{"item":{"S":"a"}}"#, #"{"item":{"New":1}}"#, #"{"item":{"New":1,"S":"a"}}"#, #"{"item":{}}"#,
        #"{"item":{"S":"a","N":null}}"#, #"{"item":{"__type":"x","New":[]}}"#,
    ])
    func unions(_ body: String) throws {
        let model: AWSValue = [
            "version": "2.0",
            "metadata": [
                "apiVersion": "1", "endpointPrefix": "t", "serviceId": "T", "protocol": "json", "jsonVersion": "1.0",
                "targetPrefix": "T",
            ],
            "operations": [
                "Get": ["name": "Get", "http": ["method": "POST", "requestUri": "/"], "output": ["shape": "Out"]]
            ],
            "shapes": [
                "Out": ["type": "structure", "members": ["item": ["shape": "Item"]]],
                "Item": ["type": "structure", "union": true, "members": ["S": ["shape": "S"], "N": ["shape": "S"]]],
                "S": ["type": "string"],
            ],
        ]
        let service = try Catalog.compile(name: "unions", json: JSON.write(model))
        compare(
            WireResponse(status: 200, body: .bytes(Array(body.utf8))), try #require(service.operation("Get")), service)
    }
}
