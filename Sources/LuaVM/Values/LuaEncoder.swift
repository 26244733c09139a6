extension LuaWriter {
    /// Writes an `Encodable` value: structures as tables of their members, arrays as sequences.
    public mutating func encode(_ value: some Encodable) throws {
        let encoder = LuaEncoder(path: [])
        try value.encode(to: encoder)
        encoder.node.write(to: &self)
    }
}

/// What an encoder has been given, until all of it is known: a table's size comes before its entries.
final class LuaNode: LuaWritable {
    enum Content {
        case empty
        case null
        case boolean(Bool)
        case integer(Int64)
        case number(Double)
        case string(String)
        case items([LuaNode])
        case fields([(String, LuaNode)])
    }
    var content = Content.empty

    init(_ content: Content = .empty) { self.content = content }

    func write(to writer: inout LuaWriter) {
        switch content {
        // A structure without members.
        case .empty: writer.table { _ in }
        case .null: writer.nil()
        case .boolean(let value): writer.value(value)
        case .integer(let value): writer.value(value)
        case .number(let value): writer.value(value)
        case .string(let value): writer.value(value)
        case .items(let items):
            writer.sequence(count: items.count) { writer in
                // A nil would end the sequence early: inside one it is JSON's null.
                for item in items { if case .null = item.content { writer.null() } else { item.write(to: &writer) } }
            }
        case .fields(let fields):
            writer.table(entries: fields.count) { writer in
                for (key, value) in fields {
                    if case .null = value.content { continue }
                    writer.value(key)
                    value.write(to: &writer)
                }
            }
        }
    }
}

struct LuaEncoder: Encoder {
    let node = LuaNode()
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(path: [any CodingKey]) { codingPath = path }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .fields = node.content {} else { node.content = .fields([]) }
        return KeyedEncodingContainer(Fields(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .items = node.content {} else { node.content = .items([]) }
        return Items(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let node: LuaNode
        let codingPath: [any CodingKey]

        private func add(_ key: any CodingKey, _ value: LuaNode) {
            guard case .fields(var fields) = node.content else { return }
            node.content = .empty
            fields.append((key.stringValue, value))
            node.content = .fields(fields)
        }

        private func nested(_ key: any CodingKey) -> LuaEncoder {
            let encoder = LuaEncoder(path: codingPath + [key])
            add(key, encoder.node)
            return encoder
        }

        func encodeNil(forKey key: Key) throws {}
        func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try value.encode(to: nested(key)) }
        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> { nested(key).container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested(key).unkeyedContainer() }
        func superEncoder() -> any Encoder { nested(LuaDecoder.Key.superclass) }
        func superEncoder(forKey key: Key) -> any Encoder { nested(key) }
    }

    struct Items: UnkeyedEncodingContainer {
        let node: LuaNode
        let codingPath: [any CodingKey]
        var count: Int { if case .items(let items) = node.content { items.count } else { 0 } }

        private mutating func nested() -> LuaEncoder {
            let encoder = LuaEncoder(path: codingPath + [LuaDecoder.Key(intValue: count)])
            if case .items(var items) = node.content {
                node.content = .empty
                items.append(encoder.node)
                node.content = .items(items)
            }
            return encoder
        }

        mutating func encodeNil() throws { nested().node.content = .null }
        mutating func encode<T: Encodable>(_ value: T) throws { try value.encode(to: nested()) }
        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            nested().container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
        mutating func superEncoder() -> any Encoder { nested() }
    }
}

extension LuaEncoder: SingleValueEncodingContainer {
    func encodeNil() throws { node.content = .null }
    func encode(_ value: Bool) throws { node.content = .boolean(value) }
    func encode(_ value: String) throws { node.content = .string(value) }
    func encode(_ value: Double) throws { node.content = .number(value) }
    func encode(_ value: Float) throws { node.content = .number(Double(value)) }

    private func integer(_ value: some FixedWidthInteger) throws {
        guard let number = Int64(exactly: value) else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "the number does not fit Lua's 64-bit integers"))
        }
        node.content = .integer(number)
    }

    func encode(_ value: Int) throws { try integer(value) }
    func encode(_ value: Int8) throws { try integer(value) }
    func encode(_ value: Int16) throws { try integer(value) }
    func encode(_ value: Int32) throws { try integer(value) }
    func encode(_ value: Int64) throws { try integer(value) }
    func encode(_ value: UInt) throws { try integer(value) }
    func encode(_ value: UInt8) throws { try integer(value) }
    func encode(_ value: UInt16) throws { try integer(value) }
    func encode(_ value: UInt32) throws { try integer(value) }
    func encode(_ value: UInt64) throws { try integer(value) }
    func encode<T: Encodable>(_ value: T) throws { try value.encode(to: self) }
}
