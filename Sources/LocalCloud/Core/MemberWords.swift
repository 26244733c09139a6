/// A member's name and the values that it takes, as messages of services that look at their input themselves say them.
enum MemberWords {
    /// "deploymentOption" as "Deployment option".
    static func words(_ member: String) -> String {
        var words = ""
        for character in member {
            words += character.isUppercase && !words.isEmpty ? " \(character.lowercased())" : String(character)
        }
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    /// "A, B or C".
    static func alternatives(_ values: [String]) -> String {
        guard let last = values.last, values.count > 1 else { return values.joined() }
        return "\(values.dropLast().joined(separator: ", ")) or \(last)"
    }
}
