import AWSModel
import LuaVM

/// Writes values of the AWS APIs for scripts: structures, maps and lists are tables (a list stays one when it is empty),
/// timestamps are numbers (whole seconds are whole), blobs and bodies strings, a body in a file is `{ file = path, … }`.
///
/// A call's answer is written by this while it is read, so that nothing stands between its bytes and Lua's.
struct AnswerWriter: ValueSink, Sendable {
    private(set) var writer: LuaWriter
    /// Of the outermost table.
    private let metatable: LuaReference?
    private var isBegun = false
    private var names = MemberNames()

    /// What most answers fit into, in bytes: a block that glibc keeps at hand.
    private static let usualSize = 960

    init(metatable: LuaReference? = nil) {
        self.metatable = metatable
        writer = LuaWriter(capacity: Self.usualSize)
    }

    /// Goes on where `writer` is, which gets it back from ``writer``.
    init(continuing writer: inout LuaWriter) {
        metatable = nil
        self.writer = writer
        writer = LuaWriter()  // a copy of what has been written would be made otherwise
    }

    mutating func null() { writer.null() }
    mutating func bool(_ value: Bool) { writer.value(value) }
    mutating func integer(_ value: Int64) { writer.value(value) }
    mutating func double(_ value: Double) { writer.value(value) }
    mutating func timestamp(_ seconds: Double) {
        if let whole = Int64(exactly: seconds) { writer.value(whole) } else { writer.value(seconds) }
    }
    mutating func string(_ utf8: UnsafeBufferPointer<UInt8>) { writer.string(UnsafeRawBufferPointer(utf8)) }
    mutating func blob(_ bytes: [UInt8]) { writer.string(bytes) }
    mutating func body(_ body: AWSBody) {
        switch body {
        case .bytes(let bytes): writer.string(bytes)
        case .file(let path, let offset, let length):
            writer.table(entries: 3) { table in
                table["file"] = path
                table["offset"] = offset
                table["length"] = length
            }
        }
    }

    mutating func beginList() -> Int {
        isBegun = true
        return writer.beginSequence()
    }
    mutating func endList(_ mark: Int, count: Int) { writer.endSequence(mark, count: count) }

    mutating func beginMap() -> Int { beginStructure() }
    mutating func key(_ utf8: UnsafeBufferPointer<UInt8>) { writer.string(UnsafeRawBufferPointer(utf8)) }
    mutating func endMap(_ mark: Int, count: Int) { writer.endEntries(mark, count: count) }

    mutating func beginStructure() -> Int {
        defer { isBegun = true }
        return writer.beginEntries(metatable: isBegun ? nil : metatable)
    }
    mutating func member(_ place: Int, of shape: BareShape) { names.write(place, of: shape, to: &writer) }
    mutating func endStructure(_ mark: Int, count: Int, of shape: BareShape) { writer.endEntries(mark, count: count) }
    mutating func endUnion(_ mark: Int, unknownMember: String) {
        writer.key("SDK_UNKNOWN_MEMBER")
        writer.table(entries: 1) { $0["name"] = unknownMember }
        writer.endEntries(mark, count: 1)
    }
}

/// The names of members, which come back with each structure of a list. From the second time on they are kept strings.
private struct MemberNames: Sendable {
    private static let new: UInt16 = 0
    private static let seen = UInt16.max
    private var starts = PlaceTable()
    /// A member's number as a kept string, or one of the above.
    private var states: [UInt16] = []

    mutating func write(_ place: Int, of shape: BareShape, to writer: inout LuaWriter) {
        let at = start(of: shape) + place
        switch states[at] {
        case Self.new:
            states[at] = Self.seen
            writer.string(shape.memberName(place))
        case Self.seen:
            if let number = writer.keepString(shape.memberName(place)) { states[at] = number }
        case let number: writer.keptString(number)
        }
    }

    private mutating func start(of shape: BareShape) -> Int {
        let (start, isNew) = starts.value(of: shape.place, else: states.count)
        if isNew {
            if states.isEmpty { states.reserveCapacity(max(64, shape.memberCount)) }
            for _ in 0..<shape.memberCount { states.append(Self.new) }
        }
        return start
    }
}

/// Where the members of each shape begin: a hash table with open addressing. An answer has a few shapes out of a service's
/// thousands, and each of its values is looked up, so neither an array over all of them nor a dictionary will do.
private struct PlaceTable: Sendable {
    private static let empty: Int32 = -1
    /// At most half full; a power of two.
    private var slots = [(place: Int32, value: Int32)](repeating: (Self.empty, 0), count: 16)
    private var count = 0

    /// The value of a place, which is `initial` from now on if it has none.
    mutating func value(of place: Int, else initial: Int) -> (value: Int, isNew: Bool) {
        let at = slot(of: Int32(place))
        if slots[at].place != Self.empty { return (Int(slots[at].value), false) }
        slots[at] = (Int32(place), Int32(initial))
        count += 1
        if count * 2 > slots.count { grow() }
        return (initial, true)
    }

    private func slot(of place: Int32) -> Int {
        let mask = slots.count - 1
        var at = Int(place) & mask
        while slots[at].place != place, slots[at].place != Self.empty { at = (at + 1) & mask }
        return at
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: (Self.empty, 0), count: old.count * 2)
        for entry in old where entry.place != Self.empty { slots[slot(of: entry.place)] = entry }
    }
}
