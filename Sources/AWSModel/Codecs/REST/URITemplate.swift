/// An operation's `requestUri`: "/{Bucket}/{Key+}?acl", its labels, and what is fixed in its query.
struct URITemplate: Sendable {
    enum Segment: Sendable, Equatable {
        case literal(String)
        case label(String)
        /// Takes the rest of the path, slashes included.
        case greedy(String)
    }

    let segments: [Segment]
    /// Decoded names; a nil value is a bare name ("?acl").
    let query: [(name: String, value: String?)]

    init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count > 1 ? QueryString.split(String(parts[1])) : []
        segments = parts[0].split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("+") ? .greedy(String(name.dropLast())) : .label(String(name))
        }
    }

    /// Whether the path (cut at its slashes) is of this form.
    func fits(_ path: [Substring]) -> Bool {
        var at = 0
        for (index, segment) in segments.enumerated() {
            guard at < path.count else { return false }
            switch segment {
            case .literal(let text):
                guard path[at] == text else { return false }
                at += 1
            case .label:
                guard !path[at].isEmpty else { return false }
                at += 1
            case .greedy:
                let end = path.count - (segments.count - index - 1)
                // A single empty segment is no text; two are a slash.
                guard end > at + 1 || end == at + 1 && !path[at].isEmpty else { return false }
                at = end
            }
        }
        return at == path.count
    }

    /// The labels' values, still encoded, when the path (cut at its slashes) is of this form.
    func match(_ path: [Substring]) -> [String: String]? {
        var labels: [String: String] = [:]
        var at = 0
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal(let text):
                guard at < path.count, path[at] == text else { return nil }
                at += 1
            case .label(let name):
                guard at < path.count, !path[at].isEmpty else { return nil }
                labels[name] = String(path[at])
                at += 1
            case .greedy(let name):
                let after = segments.count - index - 1
                let end = path.count - after
                guard end > at else { return nil }
                let value = path[at..<end].joined(separator: "/")
                guard !value.isEmpty else { return nil }
                labels[name] = value
                at = end
            }
        }
        return at == path.count ? labels : nil
    }

    /// Fills the labels in. `value` gives a label's text, not yet encoded.
    static func render(_ uri: String, value: (_ label: String) throws -> String) throws -> String {
        var output = ""
        var rest = uri.prefix { $0 != "?" }
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            output += rest[..<open]
            let label = rest[rest.index(after: open)..<close]
            let isGreedy = label.hasSuffix("+")
            output += QueryString.encode(
                try value(String(isGreedy ? label.dropLast() : label)), keepingSlashes: isGreedy)
            rest = rest[rest.index(after: close)...]
        }
        return output + rest
    }
}
