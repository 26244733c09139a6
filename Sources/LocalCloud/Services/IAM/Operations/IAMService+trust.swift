import AWSModel

/// What IAM asks of the principals of a trust policy before it keeps it: that they are there.
extension IAMService {
    /// - Throws: ``ServiceError`` `MalformedPolicyDocument`.
    func checkTrust(_ json: String) throws(ServiceError) {
        try PolicyGrammar.check(size: [json], most: 2048, "Cannot exceed quota for ACLSizePerRole: 2048")
        for statement in try PolicyGrammar.check(json, .trust).statements {
            let principals = (statement.principals ?? statement.notPrincipals)?.byKind ?? [:]
            for name in principals["Service"] ?? [] where !ServicePrincipal.isKnown(name) {
                throw Self.invalidPrincipal("SERVICE", name)
            }
            for name in principals["AWS"] ?? [] where !isPrincipal(name) { throw Self.invalidPrincipal("AWS", name) }
        }
    }

    private static func invalidPrincipal(_ kind: String, _ name: String) -> ServiceError {
        ServiceError("MalformedPolicyDocument", "Invalid principal in policy: \"\(kind)\":\"\(name)\"", status: 400)
    }

    /// Everybody, an account, or a role or user of one. What is in an account that nobody has used here is not known.
    func isPrincipal(_ name: String) -> Bool {
        func isAccount(_ text: Substring) -> Bool { text.utf8.count == 12 && text.allSatisfy(\.isNumber) }
        if name == "*" || isAccount(name[...]) { return true }
        // The unique id that stands in the place of a role or user that was deleted.
        if ["AROA", "AIDA"].contains(where: name.hasPrefix) { return true }
        let parts = name.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", ["iam", "sts"].contains(parts[2]), isAccount(parts[4]) else {
            return false
        }
        let account = String(parts[4])
        let path = parts[5].split(separator: "/")
        switch (parts[2], path.first, path.count) {
        case ("iam", "root", 1): return true
        case ("iam", "role", 2...):
            let known = roles.all(account: account, region: "")
            return known.isEmpty || known.contains { $0.arn == name }
        case ("iam", "user", 2...):
            let known = users.all(account: account, region: "")
            return known.isEmpty || known.contains { $0.arn == name }
        case ("sts", "assumed-role", 3), ("sts", "federated-user", 2): return true
        default: return false
        }
    }
}
