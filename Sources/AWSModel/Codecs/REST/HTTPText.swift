/// Names and values of HTTP headers.
enum HTTPText {
    /// Header names are compared without regard to case.
    static func sameName(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        // In memory, as each answer's headers are looked through: a string's own view looks at each byte on its way.
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in zip(left, right).allSatisfy { lower($0) == lower($1) } }
        }
    }

    static func hasPrefix(_ name: String, _ prefix: String) -> Bool {
        name.utf8.count >= prefix.utf8.count && zip(name.utf8, prefix.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// A header's value; line breaks would start another header.
    static func checked(_ value: String, _ member: String) throws -> String {
        guard !value.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else {
            throw EncodingFailure(member, "must not contain line breaks, as it is sent as a header")
        }
        return value
    }

    /// The elements of a list in a header: separated by commas, in quotes where they hold any. Dates in RFC 822 hold
    /// one each.
    static func split(_ value: String, isHTTPDate: Bool) -> [String] {
        var elements: [String] = []
        var current = ""
        var isQuoted = false
        var wasQuoted = false
        var commas = 0
        var characters = value.makeIterator()
        func finished() -> String { wasQuoted ? current : current.trimmed }
        while let character = characters.next() {
            switch character {
            case "\"" where isQuoted:
                isQuoted = false
            case "\"" where current.trimmed.isEmpty && !wasQuoted:
                isQuoted = true
                wasQuoted = true
                current = ""
            case "\\" where isQuoted: if let next = characters.next() { current.append(next) }
            case "," where !isQuoted:
                commas += 1
                if isHTTPDate && commas % 2 == 1 {
                    current.append(character)
                } else {
                    elements.append(finished())
                    current = ""
                    wasQuoted = false
                }
            default:
                if !(wasQuoted && !isQuoted) { current.append(character) }
            }
        }
        elements.append(finished())
        return elements
    }

    /// An element of a list in a header, in quotes when it needs them.
    static func quoted(_ element: String) -> String {
        guard element.contains(",") || element.contains("\"") else { return element }
        return "\"" + element.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }
}
