import AWSModel

/// One entry of the log, as text or as JSON.
struct LogLine {
    let time: Double
    let level: LogLevel
    let message: String
    /// In the order of their names.
    let fields: [(name: String, value: PlainValue)]

    func bytes(_ settings: LogSettings) -> [UInt8] {
        switch settings.format {
        case .text: Array(text(isColored: settings.usesColor).utf8)
        case .json: JSON.write(json) + [0x0A]
        }
    }

    /// "06:47:48 warn   the fleet is not healthy  group=web healthy=1": the time is UTC.
    private func text(isColored: Bool) -> String {
        let paint = { (code: String, text: String) in isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
        let color =
            switch level {
            case .debug, .off: "2"
            case .info: "36"
            case .warn: "33"
            case .error: "31"
            }
        let date = CivilDate(instant: time)
        let clock = (try? DateText.format(date, "%H:%M:%S").get()) ?? ""
        let name = level.rawValue + String(repeating: " ", count: 5 - level.rawValue.count)
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n         ")
        let details = fields.map { " " + paint("2", "\($0.name)=") + Self.shown($0.value) }.joined()
        return "\(paint("2", clock)) \(paint(color, name)) \(lines)\(details.isEmpty ? "" : " " + details)\n"
    }

    private var json: AWSValue {
        var map = AWSMap()
        map.append("time", .string(DateText.iso8601(CivilDate(instant: time))))
        map.append("level", .string(level.rawValue))
        map.append("message", .string(message))
        // A field cannot take the place of what every line has.
        for (name, value) in fields { map[map[name] == nil ? name : "field_\(name)"] = value.json }
        return .map(map)
    }

    private static func shown(_ value: PlainValue) -> String {
        switch value {
        case .bytes(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            let isPlain = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0 != "\"" && $0 != "=" }
            return isPlain ? text : String(decoding: JSON.write(.string(text)), as: UTF8.self)
        default: return String(decoding: JSON.write(value.json), as: UTF8.self)
        }
    }
}

extension PlainValue {
    /// The nearest JSON, for logs: what cannot be expressed is shown by its type.
    var json: AWSValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .double(value)
        case .bytes(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        case .other(let type): .string("(\(type))")
        case .table(let items, let entries):
            if entries.isEmpty, !items.isEmpty {
                .list(items.map(\.json))
            } else {
                .map(
                    AWSMap(
                        (items.enumerated().map { (String($0 + 1), $1.json) }
                            + entries.map { ($0.key.text ?? $0.key.typeName, $0.value.json) }).sorted { $0.0 < $1.0 }))
            }
        }
    }
}
