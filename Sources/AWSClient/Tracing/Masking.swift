import AWSModel

/// Puts `***` in place of what must not be seen: members that the model calls sensitive, those whose names say so, and
/// the values of pairs such as `{name = "API_KEY", value = …}` whose other half says so.
public enum Masking {
    private static let words = ["secret", "password", "token", "credential", "privatekey", "passphrase"]
    /// In names that people choose, for environment variables above all.
    private static let chosenWords = words + ["passwd", "pwd", "apikey", "accesskey", "auth"]
    /// Likewise, where they are a word by themselves: `DB_PASS`, `GITHUB_PAT`, and not `COMPASS` or `PATH`.
    private static let chosenParts: Set = ["pass", "pat", "pin", "pw"]
    /// Members that are secrets by another name, and not marked in the model: a key of API Gateway.
    private static let secretMembers: Set = ["CreateApiKeyRequest.value", "ApiKey.value"]
    /// Tokens that page or identify and open nothing.
    private static let harmless: Set = [
        "nexttoken", "clientrequesttoken", "clienttoken", "continuationtoken", "secretid", "secretname",
        "paginationtoken", "idempotencytoken", "nextcontinuationtoken", "secretarn", "startingtoken",
    ]
    private static let masked = AWSValue.string("***")

    public static func mask(_ value: AWSValue, shape: Shape?) -> AWSValue {
        if shape?.isSensitive == true { return masked }
        switch value {
        case .map(let map):
            if let pair = pair(map) { return pair }
            let isStructure = shape?.kind == .structure
            return .map(
                AWSMap(
                    map.map { key, value in
                        (key, isStructure ? member(key, value, of: shape) : entry(key, value, shape))
                    }))
        case .list(let list): return .list(list.map { mask($0, shape: shape?.element?.shape) })
        case .blob(let bytes): return .string("<\(bytes.count) bytes>")
        case .body(let body): return .string("<\(body.count) bytes>")
        default: return value
        }
    }

    /// The model's names: what is inside a member that sounds secret has names of its own.
    private static func member(_ name: String, _ value: AWSValue, of structure: Shape?) -> AWSValue {
        let isContainer = value.map != nil || value.list != nil
        let isSecret = isSecret(name, words) || secretMembers.contains("\(structure?.name ?? "").\(name)")
        return isSecret && !isContainer ? masked : mask(value, shape: structure?.member(name)?.shape)
    }

    /// The user's own names: all that one which sounds secret stands for is masked, `{password = {S = …}}` too.
    private static func entry(_ key: String, _ value: AWSValue, _ shape: Shape?) -> AWSValue {
        isSecretByChoice(key) ? masked : mask(value, shape: shape?.value?.shape)
    }

    /// A name and a value side by side: environment variables, tags, parameters of templates.
    private static func pair(_ map: AWSMap) -> AWSValue? {
        let name = ["name", "Name", "key", "Key", "ParameterKey", "ParameterName"].lazy.compactMap { map[$0]?.string }
            .first
        guard let name, isSecretByChoice(name),
            let value = ["value", "Value", "ParameterValue"].first(where: { map[$0] != nil })
        else { return nil }
        var pair = map
        pair[value] = masked
        return .map(pair)
    }

    private static func isSecretByChoice(_ name: String) -> Bool {
        isSecret(name, chosenWords)
            || name.lowercased().split { !$0.isLetter && !$0.isNumber }.contains { chosenParts.contains(String($0)) }
    }

    private static func isSecret(_ name: String, _ words: [String]) -> Bool {
        let lowered = name.lowercased().filter { $0 != "_" && $0 != "-" }
        return !harmless.contains(lowered) && words.contains { lowered.contains($0) }
    }
}
