/// The different rule sets of all services. Most services have the same rules but for the first part of their host
/// names, so that part is a parameter and each rule set is kept once.
struct RuleSetTable {
    private(set) var ruleSets: [(service: String, ruleSet: AWSValue)] = []
    private var places: [String: Int] = [:]

    /// The place of the service's rule set, and what its host names begin with.
    mutating func add(_ ruleSet: AWSValue, of service: String) -> (place: Int, prefix: String) {
        let prefix = Self.prefix(of: ruleSet)
        let shared = prefix.isEmpty ? ruleSet : Self.replacing(prefix, in: ruleSet)
        let key = Self.text(of: shared)
        if let place = places[key] { return (place, prefix) }
        places[key] = ruleSets.count
        ruleSets.append((service, shared))
        return (ruleSets.count - 1, prefix)
    }

    /// What most of the rule set's URLs begin with, up to the first variable or suffix of the partition.
    private static func prefix(of ruleSet: AWSValue) -> String {
        var counts: [String: Int] = [:]
        count(ruleSet, &counts)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }

    private static func count(_ value: AWSValue, _ counts: inout [String: Int]) {
        switch value {
        case .map(let map): for (_, item) in map { count(item, &counts) }
        case .list(let items): for item in items { count(item, &counts) }
        case .string(let text):
            guard text.hasPrefix("https://") else { return }
            var host = text.dropFirst("https://".count)
            for end in [".{", ".amazonaws", ".api.", "-fips."] {
                if let range = host.firstRange(of: end) { host = host[..<range.lowerBound] }
            }
            if !host.isEmpty, !host.contains("{") { counts[String(host), default: 0] += 1 }
        default: break
        }
    }

    private static func replacing(_ prefix: String, in value: AWSValue) -> AWSValue {
        switch value {
        case .map(let map): return .map(AWSMap(map.map { ($0.key, replacing(prefix, in: $0.value)) }))
        case .list(let items): return .list(items.map { replacing(prefix, in: $0) })
        case .string(let text):
            let start = "https://" + prefix
            guard text.hasPrefix(start), let next = text.dropFirst(start.count).first, next == "." || next == "-" else {
                return value
            }
            return .string("https://\(RuleCode.prefix)\(text.dropFirst(start.count))")
        default: return value
        }
    }

    /// Equal for equal values, members in whatever order.
    private static func text(of value: AWSValue) -> String {
        switch value {
        case .map(let map):
            let entries = map.sorted { $0.key < $1.key }.map { "\($0.key):\(text(of: $0.value))" }
            return "{" + entries.joined(separator: ",") + "}"
        case .list(let items): return "[" + items.map(text).joined(separator: ",") + "]"
        case .string(let string): return "\"\(string)\""
        case .integer(let integer): return String(integer)
        case .bool(let flag): return flag ? "true" : "false"
        case .double(let number): return String(number)
        default: return "null"
        }
    }
}
