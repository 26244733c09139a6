import AWSModel
import LuaVM

/// Lua values as JSON text. Keys are sorted by their bytes, so that the same data gives the same text.
struct LuaToJSON {
    private var reader: LuaReader
    private var output = JSONWriter()
    private let isPretty: Bool
    private var path: [Step] = []
    private var depth = 0
    private static let shownSteps = 8

    private enum Step {
        case key(Range<Int>)
        case index(Int)
    }

    private struct Entry {
        let key: Range<Int>
        let text: Range<Int>
    }

    /// - Throws: ``JSONValueError`` that names the value which JSON cannot express.
    static func convert(_ snapshot: LuaSnapshot, isPretty: Bool) throws -> [UInt8] {
        var conversion = LuaToJSON(reader: snapshot.reader, isPretty: isPretty)
        try conversion.value()
        return conversion.output.bytes
    }

    private init(reader: LuaReader, isPretty: Bool) {
        self.reader = reader
        self.isPretty = isPretty
    }

    private mutating func value() throws {
        switch try reader.next() {
        case .nil, .null: output.writeNull()
        case .boolean(let value): output.write(value)
        case .integer(let value): output.write(value)
        case .number(let value):
            guard value.isFinite else {
                throw failure("is \(value.isNaN ? "not a number" : "infinite"), which JSON cannot express")
            }
            output.write(value)
        case .string(let range): try string(range)
        case .table(let table): try self.table(table)
        case .unsupported(let type): throw failure("is a \(type)")
        case .tooDeep: throw failure("is nested too deeply, or contains itself")
        }
    }

    private mutating func string(_ range: Range<Int>) throws {
        let isValid = reader.withBytes(range) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { utf8 in
                guard UTF8Validation.isValid(utf8) else { return false }
                output.write(utf8: utf8)
                return true
            }
        }
        if !isValid { throw failure("is a string that is not UTF-8") }
    }

    private mutating func table(_ table: LuaReader.Table) throws {
        if table.entries == 0, table.items > 0 || table.isSequence {
            try sequence(table.items)
        } else if table.items == 0, !table.isSequence || table.entries > 0 {
            try object(table.entries, isSequence: table.isSequence)
        } else {
            // Which of the two is it: items with a hole, or items and names?
            for _ in 0..<table.items { try reader.skip() }
            switch try reader.next() {
            case .integer(let key): throw failure("has items up to \(table.items) and then \(key): a list with holes")
            case .string(let key) where reader.text(key) == "n":
                throw failure(
                    "has both items and the entry 'n', their count (from table.pack or task.map): set that to nil")
            default: throw failure("has both items and named entries")
            }
        }
        try reader.endTable()
    }

    private mutating func sequence(_ count: Int) throws {
        guard count > 0 else { return output.bytes.append(contentsOf: "[]".utf8) }
        output.bytes.append(UInt8(ascii: "["))
        depth += 1
        for index in 0..<count {
            if index > 0 { output.bytes.append(UInt8(ascii: ",")) }
            newLine()
            path.append(.index(index + 1))
            try value()
            path.removeLast()
        }
        depth -= 1
        newLine()
        output.bytes.append(UInt8(ascii: "]"))
    }

    private mutating func object(_ count: Int, isSequence: Bool) throws {
        guard count > 0 else { return output.bytes.append(contentsOf: "{}".utf8) }
        output.bytes.append(UInt8(ascii: "{"))
        depth += 1
        let start = output.bytes.count
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let entryStart = output.bytes.count
            guard case .string(let key) = try reader.next() else {
                throw failure("has a key that is no string, and is no list from 1 without holes")
            }
            if isSequence { throw failure("is a list, and has a named entry '\(reader.text(key) ?? "?")'") }
            newLine()
            path.append(.key(key))
            try string(key)
            output.bytes.append(UInt8(ascii: ":"))
            if isPretty { output.bytes.append(0x20) }
            try value()
            path.removeLast()
            output.bytes.append(UInt8(ascii: ","))
            entries.append(Entry(key: key, text: entryStart..<output.bytes.count))
        }
        sort(&entries, from: start)
        output.bytes.removeLast()  // the comma after the last entry
        depth -= 1
        newLine()
        output.bytes.append(UInt8(ascii: "}"))
    }

    /// Puts the entries, already written, into the order of their keys.
    private mutating func sort(_ entries: inout [Entry], from start: Int) {
        let reader = reader
        func precedes(_ left: Entry, _ right: Entry) -> Bool {
            reader.withBytes(left.key) { left in
                reader.withBytes(right.key) { right in left.lexicographicallyPrecedes(right) }
            }
        }
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { precedes($0, $1) }
        if isSorted { return }
        entries.sort(by: precedes)
        let written = output.bytes[start...]
        var sorted: [UInt8] = []
        sorted.reserveCapacity(written.count)
        for entry in entries { sorted.append(contentsOf: written[entry.text]) }
        output.bytes.replaceSubrange(start..., with: sorted)
    }

    private mutating func newLine() {
        guard isPretty else { return }
        output.bytes.append(0x0A)
        output.bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }

    private func failure(_ problem: String) -> JSONValueError {
        var place = ""
        // A table that contains itself has a path of hundreds of steps.
        for step in path.prefix(Self.shownSteps) {
            switch step {
            case .index(let index): place += "[\(index)]"
            case .key(let key): place += (place.isEmpty ? "" : ".") + (reader.text(key) ?? "?")
            }
        }
        if path.count > Self.shownSteps { place += "…" }
        return JSONValueError(message: (place.isEmpty ? "the value" : place) + " " + problem)
    }
}

/// A value that JSON cannot express.
struct JSONValueError: Error, LuaRaisable {
    let message: String
    var luaMessage: String { "cannot be written as JSON: \(message)" }
    func writeLuaFields(_ fields: inout LuaWriter) { fields["code"] = "NotJSON" }
}
