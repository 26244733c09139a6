/// Takes in a value as it is read, piece by piece, so that whoever wants another form of it needs no ``AWSValue`` in between.
///
/// Readers call the methods in the order of the text: a list is `beginList`, its elements, `endList`; a structure is
/// `beginStructure`, then a `member` before each value, `endStructure`; a map has a `key` before each value. Of equal
/// members or keys the last counts. After an error what was taken in so far means nothing.
///
/// What `begin…` gives is the sink's own affair: it comes back with the `end…`.
public protocol ValueSink: ~Copyable {
    mutating func null()
    mutating func bool(_ value: Bool)
    mutating func integer(_ value: Int64)
    mutating func double(_ value: Double)
    /// Seconds since 1970.
    mutating func timestamp(_ seconds: Double)
    /// Text in UTF-8, checked.
    mutating func string(_ utf8: UnsafeBufferPointer<UInt8>)
    mutating func blob(_ bytes: [UInt8])
    mutating func body(_ body: AWSBody)
    /// A value that is there already; provided.
    mutating func value(_ value: AWSValue)

    mutating func beginList() -> Int
    mutating func endList(_ mark: Int, count: Int)

    mutating func beginMap() -> Int
    mutating func key(_ utf8: UnsafeBufferPointer<UInt8>)
    mutating func endMap(_ mark: Int, count: Int)

    mutating func beginStructure() -> Int
    /// `place` is the member's in the structure's members.
    mutating func member(_ place: Int, of shape: BareShape)
    /// `count` is how many members were announced, which are more than there are where one came twice.
    mutating func endStructure(_ mark: Int, count: Int, of shape: BareShape)
    /// Instead of `endStructure`: a union of a newer service, whose one member the model does not know.
    /// It becomes `{ SDK_UNKNOWN_MEMBER = { name = … } }`, as in boto3.
    mutating func endUnion(_ mark: Int, unknownMember: String)
}

extension ValueSink where Self: ~Copyable {
    public mutating func value(_ value: AWSValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .timestamp(let seconds): timestamp(seconds)
        case .string(var text): text.withUTF8 { string($0) }
        case .blob(let bytes): blob(bytes)
        case .body(let body): self.body(body)
        case .list(let elements):
            let mark = beginList()
            for element in elements { self.value(element) }
            endList(mark, count: elements.count)
        case .map(let map):
            let mark = beginMap()
            map.withEntries { keys, values in
                for place in keys.indices {
                    var key = keys[place]
                    key.withUTF8 { self.key($0) }
                    self.value(values[place])
                }
            }
            endMap(mark, count: map.count)
        }
    }
}
