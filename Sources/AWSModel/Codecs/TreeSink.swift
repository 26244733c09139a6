/// Makes an ``AWSValue`` of what a reader finds. Structures with the same members and maps with the same keys share them.
struct TreeSink: ValueSink, ~Copyable {
    private var values = DecodingStack<AWSValue>()
    private var members = DecodingStack<UInt16>()
    private var keys = ObjectKeys()

    /// The value that has been read.
    mutating func take() -> AWSValue { values.popLast() ?? .null }

    mutating func null() { values.push(.null) }
    mutating func bool(_ value: Bool) { values.push(.bool(value)) }
    mutating func integer(_ value: Int64) { values.push(.integer(value)) }
    mutating func double(_ value: Double) { values.push(.double(value)) }
    mutating func timestamp(_ seconds: Double) { values.push(.timestamp(seconds)) }
    mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) {
        values.push(.string(String(decoding: utf8, as: UTF8.self)))
    }
    mutating func blob(_ bytes: [UInt8]) { values.push(.blob(bytes)) }
    mutating func body(_ body: AWSBody) { values.push(.body(body)) }
    mutating func value(_ value: AWSValue) { values.push(value) }

    mutating func beginList() -> Int { values.count }
    mutating func endList(_ mark: Int, count: Int) { values.push(.list(values.take(from: mark))) }

    mutating func beginMap() -> Int { values.count }
    mutating func key(_ utf8: UnsafeBufferPointer<UInt8>) { keys.push(utf8) }
    mutating func endMap(_ mark: Int, count: Int) {
        let (list, hasRepeats) = keys.take(count)
        let entries = values.take(from: mark)
        values.push(.map(hasRepeats ? AWSMap(zip(list.strings, entries)) : AWSMap(keys: list, values: entries)))
    }

    mutating func beginStructure() -> Int { values.count }
    mutating func member(_ place: Int, of shape: BareShape) { members.push(UInt16(truncatingIfNeeded: place)) }
    mutating func endStructure(_ mark: Int, count: Int, of shape: BareShape) {
        if count == 0 { return values.push(.map(AWSMap())) }
        let base = members.count - count
        let list = members.withElements(from: base) { shape.keys(of: $0) }
        let entries = values.take(from: mark)
        if let list {
            values.push(.map(AWSMap(keys: list, values: entries)))
        } else {
            let names = members.withElements(from: base) { $0.map { shape.name(of: $0) } }
            values.push(.map(AWSMap(zip(names, entries))))
        }
        members.drop(to: base)
    }
    mutating func endUnion(_ mark: Int, unknownMember: String) {
        values.push(.map(["SDK_UNKNOWN_MEMBER": .map(["name": .string(unknownMember)])]))
    }
}
