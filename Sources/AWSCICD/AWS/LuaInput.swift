import AWSModel
import LuaVM

/// Reads a script's tables as the input of an operation. The shape decides what a table is (an empty one may be a
/// structure, a map or a list) and whether a string is text or bytes.
///
/// What a snapshot itself rules out (functions, lists with named entries) is collected as problems with their paths; all
/// else is left to ``InputValidator``.
struct LuaInput {
    private var reader: LuaReader
    private let permissions: Permissions
    private var path: [Step] = []
    private(set) var problems: [ValidationProblem] = []

    private enum Step {
        case name(String)
        case position(Int)
    }

    /// An operation's input; no argument is an empty structure.
    static func structure(
        _ snapshot: LuaSnapshot?, _ shape: Shape?, _ permissions: Permissions
    ) throws -> (AWSValue, [ValidationProblem]) {
        guard let snapshot else { return (.map([:]), []) }
        var input = LuaInput(reader: snapshot.reader, permissions: permissions)
        let value = try input.value(shape, isStructure: true)
        if case .null = value { return (.map([:]), input.problems) }
        if value.map == nil { input.add("the input must be a table of named members") }
        return (value, input.problems)
    }

    /// Any value, where there is no shape; without one nothing is a file.
    static func plain(_ snapshot: LuaSnapshot) throws -> AWSValue {
        var input = LuaInput(reader: snapshot.reader, permissions: .none)
        let value = try input.value(nil, isStructure: false)
        if let problem = input.problems.first { throw LuaMessage(problem.description) }
        return value
    }

    private init(reader: LuaReader, permissions: Permissions) {
        self.reader = reader
        self.permissions = permissions
    }

    private mutating func value(_ shape: Shape?, isStructure: Bool = false) throws -> AWSValue {
        switch try reader.next() {
        case .nil, .null: return .null
        case .boolean(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value):
            // Lua's 3.0 is a whole number to whoever wrote it.
            if shape?.kind.isWhole == true, let whole = Int64(exactly: value) { return .integer(whole) }
            return .double(value)
        case .string(let range):
            if shape?.kind == .blob { return .blob(reader.bytes(range)) }
            return reader.text(range).map { .string($0) } ?? .blob(reader.bytes(range))
        case .table(let table):
            defer { _ = try? reader.endTable() }
            return try self.table(table, shape, isStructure)
        case .unsupported(let type):
            add("cannot be a \(type)")
            return .null
        case .tooDeep:
            add("is nested too deeply, or contains itself")
            return .null
        }
    }

    private mutating func table(_ table: LuaReader.Table, _ shape: Shape?, _ isStructure: Bool) throws -> AWSValue {
        let isDocument = shape?.isDocument == true
        switch isDocument ? nil : shape?.kind {
        case .list: return try list(table, shape?.element?.shape)
        case .structure: return try shape.map { try structure(table, $0) } ?? named(table) { _ in nil }
        case .map:
            let element = shape?.value?.shape
            return try sorted(named(table) { _ in element })
        case .blob: return try file(table)
        default:
            let isList = table.isSequence || (table.items > 0 && table.entries == 0)
            return isList && !isStructure ? try list(table, nil) : try named(table) { _ in nil }
        }
    }

    private mutating func list(_ table: LuaReader.Table, _ element: Shape?) throws -> AWSValue {
        var elements: [AWSValue] = []
        elements.reserveCapacity(table.items)
        for index in 0..<table.items {
            path.append(.position(index + 1))
            elements.append(try value(element))
            path.removeLast()
        }
        for _ in 0..<table.entries {
            switch try reader.next() {
            case .string(let range): add("is a list, and has the named entry '\(reader.text(range) ?? "?")'")
            case .integer(let position): add("is a list with a hole: there is no element before \(position)")
            default: add("is a list, and has an entry that is not a position")
            }
            try reader.skip()
        }
        return .list(elements)
    }

    private mutating func named(_ table: LuaReader.Table, _ shape: (String) -> Shape?) throws -> AWSValue {
        if table.items > 0 { add("must have names for its entries, and has positions (1 to \(table.items))") }
        for _ in 0..<table.items { try reader.skip() }
        var map = AWSMap()
        for _ in 0..<table.entries {
            let name: String?
            switch try reader.next() {
            case .string(let range): name = reader.text(range)
            // Keys that look like numbers, in maps whose keys are text.
            case .integer(let number): name = String(number)
            default: name = nil
            }
            guard let name else {
                add("has a key that is not text")
                try reader.skip()
                continue
            }
            path.append(.name(name))
            map[name] = try value(shape(name))
            path.removeLast()
        }
        return .map(map)
    }

    /// A structure in the order of its model: a Lua table has none, and the same call should give the same request.
    private mutating func structure(_ table: LuaReader.Table, _ shape: Shape) throws -> AWSValue {
        let value = try named(table) { shape.member($0)?.shape }
        guard case .map(let map) = value, map.count > 1 else { return value }
        let placed = map.map { (place: shape.memberIndex($0.key) ?? .max, key: $0.key, value: $0.value) }
        return .map(AWSMap(placed.sorted { ($0.place, $0.key) < ($1.place, $1.key) }.map { ($0.key, $0.value) }))
    }

    /// A map in the order of its keys.
    private func sorted(_ value: AWSValue) -> AWSValue {
        guard case .map(let map) = value, map.count > 1 else { return value }
        return .map(AWSMap(map.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }

    /// `aws.file(path)`: a body that is read while it is sent.
    private mutating func file(_ table: LuaReader.Table) throws -> AWSValue {
        guard case .map(let entries) = try named(table, { _ in nil }), let path = entries["file"]?.string else {
            add("must be a string, or a file: aws.file(path)")
            return .null
        }
        // Before anything is asked of it: whether a file is there is not for everyone to know either.
        try permissions.checkReading(FSPath(path))
        let offset = entries["offset"]?.integer ?? 0
        guard let size = FileSize.of(path) else {
            add("the file \(path) cannot be read")
            return .null
        }
        guard offset >= 0 else {
            add("the offset of the file \(path) must not be negative")
            return .null
        }
        let length = entries["length"]?.integer ?? size - min(offset, size)
        guard length >= 0, offset <= size, length <= size - offset else {
            add("the file \(path) has \(size) bytes, not \(length) from \(offset)")
            return .null
        }
        return .body(.file(path: path, offset: offset, length: length))
    }

    private mutating func add(_ message: String) {
        // A table that contains itself has a path of some hundred steps.
        let shown = path.prefix(path.count > 20 ? 10 : 20)
        var text = ""
        for step in shown {
            switch step {
            case .name(let name): text += text.isEmpty ? name : ".\(name)"
            case .position(let position): text += "[\(position)]"
            }
        }
        if shown.count < path.count { text += ".…" }
        problems.append(ValidationProblem(path: text, message: message))
    }
}

extension ShapeKind {
    fileprivate var isWhole: Bool {
        switch self {
        case .byte, .short, .integer, .long, .bigInteger: true
        default: false
        }
    }
}
