import AWSModel
import LuaVM

/// The table of options of a call: `f(x, { timeout = 5 })`. Nil stands for no options.
///
/// Each option is taken by its name and type; ``finish()`` then refuses what nobody took, so that a misspelt option is
/// told and not ignored.
struct LuaOptions: LuaArgument, Sendable {
    /// The function whose options these are, for messages.
    let function: String
    private(set) var items: [PlainValue] = []
    private var entries: [String: PlainValue] = [:]
    private var known: [String] = []
    private var callbacks: [String: LuaCallback] = [:]

    init(function: String = "the call", items: [PlainValue] = [], entries: [String: PlainValue] = [:]) {
        (self.function, self.items, self.entries) = (function, items, entries)
    }

    static func read(_ arguments: inout LuaArguments) throws -> LuaOptions {
        guard arguments.remaining > 0 else { return LuaOptions() }
        let snapshot: LuaSnapshot = try arguments.next()
        var reader = snapshot.reader
        switch try PlainValue(&reader) {
        case .null: return LuaOptions()
        case .table(let items, let entries):
            var options = LuaOptions()
            options.items = items
            for (key, value) in entries {
                guard case .bytes(let bytes) = key, let name = String(validating: bytes, as: UTF8.self) else {
                    throw LuaMessage("an option's name must be a string, not a \(key.typeName)")
                }
                options.entries[name] = value
            }
            return options
        case let other: throw LuaMessage("options must be a table, not a \(other.typeName)")
        }
    }

    func of(_ function: String) -> LuaOptions {
        var named = LuaOptions(function: function, items: items, entries: entries)
        named.known = known
        return named
    }

    /// No option is given by name, so none of them can be wrong.
    var hasNone: Bool { entries.isEmpty }

    // MARK: Taking options

    mutating func string(_ name: String) throws -> String? { try take(name, "a string") { $0.text } }

    mutating func bytes(_ name: String) throws -> [UInt8]? {
        try take(name, "a string") { value in
            if case .bytes(let bytes) = value { bytes } else { value.text.map { Array($0.utf8) } }
        }
    }

    mutating func bool(_ name: String) throws -> Bool? {
        try take(name, "true or false") { if case .bool(let value) = $0 { value } else { nil } }
    }

    mutating func integer(_ name: String) throws -> Int? {
        try take(name, "a whole number") { value in
            switch value {
            case .integer(let value): Int(value)
            case .number(let value): Int(exactly: value)
            default: nil
            }
        }
    }

    /// A length of time: seconds as a number, or a text such as "5m".
    mutating func duration(_ name: String) throws -> Double? {
        try take(name, "a length of time: seconds, or a text such as \"5m\"") { value in
            let seconds: Double? =
                switch value {
                case .integer(let value): Double(value)
                case .number(let value): value
                case .bytes: value.text.flatMap(DurationText.parse)
                default: nil
                }
            return seconds.flatMap { $0 >= 0 && $0 < 1e10 ? $0 : nil }
        }
    }

    mutating func strings(_ name: String) throws -> [String]? {
        try take(name, "a list of strings") { value in
            guard case .table(let items, let entries) = value, entries.isEmpty else { return nil }
            let texts = items.compactMap(\.text)
            return texts.count == items.count ? texts : nil
        }
    }

    /// A table of strings by name; `false` as a value stands for "none".
    mutating func stringMap(_ name: String) throws -> [(name: String, value: String?)]? {
        try take(name, "a table of strings by name") { value in
            guard case .table(let items, let entries) = value, items.isEmpty else { return nil }
            var map: [(name: String, value: String?)] = []
            for (key, value) in entries {
                guard let name = key.text else { return nil }
                if case .bool(false) = value {
                    map.append((name, nil))
                } else if let text = value.text {
                    map.append((name, text))
                } else {
                    return nil
                }
            }
            return map
        }
    }

    mutating func value(_ name: String) throws -> PlainValue? { try take(name, "a value") { $0 } }

    /// Refuses options that nobody took.
    func finish() throws {
        for name in entries.keys.sorted() where !known.contains(name) {
            throw LuaMessage("\(function): unknown option '\(name)'\(NameSuggestion.phrase(for: name, among: known))")
        }
    }

    private mutating func take<T>(_ name: String, _ expected: String, _ convert: (PlainValue) -> T?) throws -> T? {
        known.append(name)
        guard let value = entries[name] else { return nil }
        if case .null = value { return nil }
        if let converted = convert(value) { return converted }
        let shown = value.text.map { " '\($0.prefix(60))'" } ?? ""
        throw LuaMessage("\(function): the option '\(name)' must be \(expected), not a \(value.typeName)\(shown)")
    }
}
