/// Filter patterns for unstructured events: terms that all have to occur, `?term` of which one has to, `-term` that must not;
/// quotes make a phrase; `%…%` is a regular expression.
///
/// Source: "Filter pattern syntax", Amazon CloudWatch Logs User Guide.
struct LogFilterPattern {
    private var required: [String] = []
    private var optional: [String] = []
    private var excluded: [String] = []
    private var expressions: [Regex<AnyRegexOutput>] = []

    /// - Throws: ``ServiceError`` for patterns over JSON or columns, which are not built, and for broken ones.
    init(_ text: String) throws(ServiceError) {
        let trimmed = text.drop { $0 == " " }
        guard !trimmed.hasPrefix("{"), !trimmed.hasPrefix("[") else {
            throw ServiceError(
                "InvalidParameterException",
                "The local cloud filters by terms, phrases and %regular expressions%, not by JSON or columns.")
        }
        var rest = trimmed
        while let first = rest.first {
            if first == " " {
                rest = rest.dropFirst()
                continue
            }
            let mark = first == "?" || first == "-" ? first : nil
            if mark != nil { rest = rest.dropFirst() }
            let term: Substring
            if rest.first == "\"" {
                let body = rest.dropFirst()
                guard let end = body.firstIndex(of: "\"") else {
                    throw ServiceError("InvalidParameterException", "Invalid filter pattern: a quote is not closed.")
                }
                term = body[..<end]
                rest = body[body.index(after: end)...]
            } else if rest.first == "%", let end = rest.dropFirst().firstIndex(of: "%") {
                let source = String(rest[rest.index(after: rest.startIndex)..<end])
                guard let expression = try? Regex(source) else {
                    throw ServiceError("InvalidParameterException", "Invalid filter pattern: %\(source)% is not valid.")
                }
                expressions.append(expression)
                rest = rest[rest.index(after: end)...]
                continue
            } else {
                term = rest.prefix { $0 != " " }
                rest = rest.dropFirst(term.count)
            }
            guard !term.isEmpty else { continue }
            switch mark {
            case "?": optional.append(String(term))
            case "-": excluded.append(String(term))
            default: required.append(String(term))
            }
        }
    }

    func matches(_ message: String) -> Bool {
        required.allSatisfy(message.contains) && !excluded.contains(where: message.contains)
            && (optional.isEmpty || !required.isEmpty || optional.contains(where: message.contains))
            && expressions.allSatisfy { ((try? $0.firstMatch(in: message)) ?? nil) != nil }
    }
}
