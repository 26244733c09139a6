import LuaVM
import Synchronization

/// `log`: lines with a level to standard error, for people or (with `--log-format json`) for machines. Values of secrets
/// are covered.
enum LogModule: LuaModule {
    static let name = "log"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let log = try vm.table(entries: 8)
        let clock = runtime.configuration.clock
        let mask = runtime.mask
        let settings = runtime.configuration.log
        let threshold = Threshold(settings.level)

        for level in LogLevel.allCases where level != .off {
            try log.setFunction(level.rawValue) { (message: LuaText, fields: LogFields) -> Void in
                guard level >= threshold.level else { return }
                let line = LogLine(time: clock.timeOfDay, level: level, message: message.text, fields: fields.entries)
                settings.write(mask.mask(line.bytes(settings)))
            }
        }
        try log.setFunction("level") { () -> String in threshold.level.rawValue }
        try log.setFunction("set_level") { (name: String) -> Void in
            guard let level = LogLevel(rawValue: name) else {
                let known = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
                throw LuaMessage("log.set_level: unknown level '\(name)' (known: \(known))")
            }
            threshold.level = level
        }
        try log.setFunction("enabled") { (name: String) -> Bool in
            LogLevel(rawValue: name).map { $0 >= threshold.level } ?? false
        }
        return log
    }

    /// What the script may change while it runs.
    private final class Threshold {
        var level: LogLevel
        init(_ level: LogLevel) { self.level = level }
    }
}

/// The table of a log line's fields.
struct LogFields: LuaArgument {
    let entries: [(name: String, value: PlainValue)]

    static func read(_ arguments: inout LuaArguments) throws -> LogFields {
        guard arguments.remaining > 0 else { return LogFields(entries: []) }
        let snapshot: LuaSnapshot = try arguments.next()
        var reader = snapshot.reader
        switch try PlainValue(&reader) {
        case .null: return LogFields(entries: [])
        case .table(let items, let entries):
            let numbered = items.enumerated().map { (name: String($0 + 1), value: $1) }
            let named = entries.map { (name: $0.key.text ?? $0.key.typeName, value: $0.value) }
            return LogFields(entries: numbered + named.sorted { $0.name < $1.name })
        case let other: throw LuaMessage("a log line's fields must be a table, not a \(other.typeName)")
        }
    }
}
