/// Turns a published endpoint rule set into the record that `EndpointRules` reads.
struct RuleSetEncoder {
    let service: String
    private let ruleSet: AWSValue
    /// The slot of each variable, parameters first.
    private var slots: [String: Int] = [:]

    init(service: String, ruleSet: AWSValue) {
        self.service = service
        self.ruleSet = ruleSet
    }

    mutating func encode(pool: StringPool) throws(ModelFailure) -> [UInt8] {
        var header = RecordWriter(pool: pool)
        let parameters = ruleSet["parameters"]?.map ?? [:]
        header.varint(parameters.count)
        for (name, parameter) in parameters {
            slots[name] = slots.count
            header.string(name)
            switch parameter["type"]?.string?.lowercased() {
            case "string": header.byte(EndpointRules.Parameter.Kind.string.rawValue)
            case "boolean": header.byte(EndpointRules.Parameter.Kind.boolean.rawValue)
            case "stringarray": header.byte(EndpointRules.Parameter.Kind.stringArray.rawValue)
            default: throw failure("the parameter \(name) has an unknown type")
            }
            header.string(parameter["builtIn"]?.string)
            header.byte(parameter["required"]?.bool == true ? 1 : 0)
            header.value(parameter["default"] ?? .null)
        }
        var body = RecordWriter(pool: pool)
        try encodeRules(ruleSet["rules"], to: &body, depth: 0)
        header.varint(slots.count)
        header.append(body)
        return header.bytes
    }

    private func failure(_ reason: String) -> ModelFailure {
        ModelFailure("\(service): the endpoint rules cannot be compiled: \(reason)")
    }

    private mutating func encodeRules(
        _ rules: AWSValue?, to record: inout RecordWriter, depth: Int
    ) throws(ModelFailure) {
        guard depth < RuleCode.maximumDepth else { throw failure("nested too deep") }
        guard let rules = rules?.list else { throw failure("no list of rules") }
        record.varint(rules.count)
        for rule in rules {
            let conditions = rule["conditions"]?.list ?? []
            record.varint(conditions.count)
            for condition in conditions {
                try encodeCall(condition, to: &record, depth: 0)
                if let name = condition["assign"]?.string {
                    let slot = slots[name] ?? slots.count
                    slots[name] = slot
                    record.varint(slot + 1)
                } else {
                    record.varint(0)
                }
            }
            switch rule["type"]?.string {
            case "tree":
                record.byte(RuleCode.tree)
                try encodeRules(rule["rules"], to: &record, depth: depth + 1)
            case "error":
                record.byte(RuleCode.error)
                try encodeExpression(rule["error"] ?? .null, to: &record, depth: 0)
            case "endpoint":
                let endpoint = rule["endpoint"] ?? .null
                record.byte(RuleCode.endpoint)
                try encodeExpression(endpoint["url"] ?? .null, to: &record, depth: 0)
                let headers = endpoint["headers"]?.map ?? [:]
                record.varint(headers.count)
                for (name, values) in headers {
                    record.string(name)
                    record.varint(values.list?.count ?? 0)
                    for value in values.list ?? [] { try encodeExpression(value, to: &record, depth: 0) }
                }
                try encodeProperties(endpoint["properties"] ?? [:], to: &record, depth: 0)
            default: throw failure("a rule of the unknown type \(rule["type"]?.string ?? "none")")
            }
        }
    }

    private mutating func encodeCall(
        _ call: AWSValue, to record: inout RecordWriter, depth: Int
    ) throws(ModelFailure) {
        let name = call["fn"]?.string ?? "none"
        guard let known = RuleFunction.published[name] else { throw failure("the unknown function \(name)") }
        let arguments = call["argv"]?.list ?? []
        guard arguments.count == known.arity else {
            throw failure("\(name) takes \(known.arity) arguments, not \(arguments.count)")
        }
        record.byte(RuleCode.call)
        record.byte(known.function.rawValue)
        record.varint(arguments.count)
        for argument in arguments { try encodeExpression(argument, to: &record, depth: depth + 1) }
    }

    private mutating func encodeExpression(
        _ value: AWSValue, to record: inout RecordWriter, depth: Int
    ) throws(ModelFailure) {
        guard depth < RuleCode.maximumDepth else { throw failure("nested too deep") }
        switch value {
        case .map:
            if let name = value["ref"]?.string {
                guard let slot = slots[name] else {
                    throw failure("the variable \(name) is not assigned before its use")
                }
                record.byte(RuleCode.variable)
                record.varint(slot)
            } else {
                try encodeCall(value, to: &record, depth: depth)
            }
        case .string(let text): try encodeTemplate(text, to: &record)
        default:
            record.byte(RuleCode.literal)
            record.value(value)
        }
    }

    /// Properties are data with templates in their strings.
    private mutating func encodeProperties(
        _ value: AWSValue, to record: inout RecordWriter, depth: Int
    ) throws(ModelFailure) {
        guard depth < RuleCode.maximumDepth else { throw failure("nested too deep") }
        switch value {
        case .map(let map):
            record.byte(RuleCode.map)
            record.varint(map.count)
            for (key, item) in map {
                record.string(key)
                try encodeProperties(item, to: &record, depth: depth + 1)
            }
        case .list(let items):
            record.byte(RuleCode.list)
            record.varint(items.count)
            for item in items { try encodeProperties(item, to: &record, depth: depth + 1) }
        case .string(let text): try encodeTemplate(text, to: &record)
        default:
            record.byte(RuleCode.literal)
            record.value(value)
        }
    }

    /// `{name}` and `{name#attribute}` are variables, `{{` and `}}` are braces.
    private func encodeTemplate(_ text: String, to record: inout RecordWriter) throws(ModelFailure) {
        var parts: [(text: String, variable: [String])] = []
        var literal = ""
        var rest = text[...]
        while let next = rest.popFirst() {
            if next == "{" || next == "}", rest.first == next {
                literal.append(next)
                rest.removeFirst()
            } else if next == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw failure("an open brace in \"\(text)\"") }
                if !literal.isEmpty { parts.append((literal, [])) }
                literal = ""
                parts.append(
                    ("", rest[..<end].split(separator: "#", omittingEmptySubsequences: false).map(String.init)))
                rest = rest[rest.index(after: end)...]
            } else {
                literal.append(next)
            }
        }
        if !literal.isEmpty { parts.append((literal, [])) }
        guard parts.contains(where: { !$0.variable.isEmpty }) else {
            record.byte(RuleCode.literal)
            record.value(.string(literal))
            return
        }
        record.byte(RuleCode.template)
        record.varint(parts.count)
        for part in parts {
            if let name = part.variable.first {
                guard let slot = slots[name] else {
                    throw failure("the variable \(name) is not assigned before its use")
                }
                record.varint(slot + 1)
                record.strings(Array(part.variable.dropFirst()))
            } else {
                record.varint(0)
                record.string(part.text)
            }
        }
    }
}
