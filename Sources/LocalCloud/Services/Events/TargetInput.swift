import AWSModel

/// What a target gets of an event: all of it, a part, a constant, or a text made from parts.
struct TargetInput {
    private let target: AWSValue

    init(_ target: AWSValue) { self.target = target }

    func text(for event: AWSValue, rule: EventRule) -> String {
        if let constant = target["Input"]?.string { return constant }
        if let path = target["InputPath"]?.string { return Self.json(Self.value(path, in: event) ?? .null) }
        if let transformer = target["InputTransformer"], let template = transformer["InputTemplate"]?.string {
            return fill(template, transformer["InputPathsMap"]?.map ?? [:], event, rule)
        }
        return Self.json(event)
    }

    private static func json(_ value: AWSValue) -> String { String(decoding: JSON.write(value), as: UTF8.self) }

    /// `$.detail.items[0].name`
    static func value(_ path: String, in event: AWSValue) -> AWSValue? {
        guard path.hasPrefix("$") else { return nil }
        var value: AWSValue? = event
        for step in path.dropFirst().split(separator: ".") {
            var name = step
            var positions: [Int] = []
            while name.hasSuffix("]"), let open = name.lastIndex(of: "[") {
                guard let position = Int(name[name.index(after: open)...].dropLast()) else { return nil }
                positions.insert(position, at: 0)
                name = name[..<open]
            }
            if !name.isEmpty { value = value?[String(name)] }
            for position in positions {
                guard let list = value?.list, list.indices.contains(position) else { return nil }
                value = list[position]
            }
        }
        return value
    }

    /// Puts values for `<name>`: bare within a quoted string, as JSON elsewhere.
    private func fill(_ template: String, _ paths: AWSMap, _ event: AWSValue, _ rule: EventRule) -> String {
        var filled = ""
        var rest = Substring(template)
        var isQuoted = false
        while let first = rest.first {
            if first == "\"" { isQuoted.toggle() }
            guard first == "<", let close = rest.firstIndex(of: ">") else {
                filled.append(first)
                rest = rest.dropFirst()
                continue
            }
            let name = String(rest[rest.index(after: rest.startIndex)..<close])
            let value: AWSValue? =
                switch name {
                case "aws.events.rule-arn": .string(rule.arn)
                case "aws.events.rule-name": .string(rule.name)
                case "aws.events.event", "aws.events.event.json": event
                case "aws.events.event.ingestion-time": event["time"]
                default: paths[name]?.string.flatMap { Self.value($0, in: event) }
                }
            if !isQuoted {
                filled += value.map(Self.json) ?? ""
            } else if let text = value?.string {
                filled += Self.json(.string(text)).dropFirst().dropLast()
            } else {
                filled += value.map(Self.json) ?? ""
            }
            rest = rest[rest.index(after: close)...]
        }
        return filled
    }
}
