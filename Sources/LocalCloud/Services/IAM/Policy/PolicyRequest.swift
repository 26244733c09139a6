/// What is asked of policies: may this principal do this to that, under these circumstances.
struct PolicyRequest {
    let principal: Principal
    let action: String
    let resource: String
    /// Condition keys in lower case.
    let context: [String: [String]]

    init(principal: Principal, action: String, resource: String, context: [String: [String]], now: Double) {
        self.principal = principal
        self.action = action
        self.resource = resource
        var keys = Dictionary(context.map { ($0.lowercased(), $1) }, uniquingKeysWith: { _, last in last })
        keys["aws:principalarn"] = [principal.identityARN]
        keys["aws:principalaccount"] = [principal.account]
        keys["aws:userid"] = [principal.userID]
        keys["aws:securetransport"] = keys["aws:securetransport"] ?? ["true"]
        keys["aws:currenttime"] = [String(now)]
        keys["aws:epochtime"] = [String(Int(now))]
        if keys["aws:sourceip"] == nil { keys["aws:sourceip"] = ["127.0.0.1"] }
        switch principal.kind {
        case .user(let name):
            keys["aws:username"] = [name]
            keys["aws:principaltype"] = ["User"]
        case .root: keys["aws:principaltype"] = ["Account"]
        case .assumedRole: keys["aws:principaltype"] = ["AssumedRole"]
        case .anonymous: keys["aws:principaltype"] = ["Anonymous"]
        case .service(let name):
            keys["aws:principalisawsservice"] = ["true"]
            keys["aws:principalservicename"] = [name]
            keys["aws:sourceaccount"] = keys["aws:sourceaccount"] ?? [principal.account]
            // The older spelling, which the default policies of topics use; EventBridge and others do not send it.
            if ["cloudwatch.amazonaws.com", "codecommit.amazonaws.com"].contains(name) {
                keys["aws:sourceowner"] = [principal.account]
            }
            if let source = principal.sourceARN { keys["aws:sourcearn"] = [source] }
        }
        self.context = keys
    }

    /// Whether a statement speaks of this request; its effect is not looked at.
    ///
    /// - Parameter countsAccount: whether naming the account names everyone in it. It does for a deny, for another account's
    ///   resource and for whom a role trusts; within one account it only leaves the decision to the identity's own policies.
    func matches(_ statement: PolicyStatement, isResourcePolicy: Bool, countsAccount: Bool = true) -> Bool {
        if isResourcePolicy {
            if let principals = statement.principals, !matches(principals, countsAccount) { return false }
            if let principals = statement.notPrincipals, matches(principals, true) { return false }
            if statement.principals == nil, statement.notPrincipals == nil { return false }
        }
        let name = action.lowercased()
        if let actions = statement.actions, !actions.contains(where: { Wildcard.matches($0.lowercased(), name) }) {
            return false
        }
        if let actions = statement.notActions, actions.contains(where: { Wildcard.matches($0.lowercased(), name) }) {
            return false
        }
        if let resources = statement.resources, !resources.contains(where: { matchesResource($0) }) { return false }
        if let resources = statement.notResources, resources.contains(where: { matchesResource($0) }) { return false }
        return statement.conditions.allSatisfy { name, keys in
            let condition = PolicyCondition(name)
            return keys.allSatisfy { key, values in
                condition.holds(context[key.lowercased()], values.values.map(fill))
            }
        }
    }

    private func matchesResource(_ pattern: String) -> Bool {
        let pattern = fill(pattern)
        // An operation on no resource in particular asks for `*`, which only a policy for `*` grants; one on all resources
        // of a kind (`…:project/*`) is granted by patterns that cover it.
        return Wildcard.matches(pattern, resource)
    }

    private func matches(_ principals: PolicyPrincipals, _ countsAccount: Bool) -> Bool {
        if principals.isEveryone { return true }
        if case .service(let name) = principal.kind {
            return principals.byKind["Service"]?.contains(name) ?? false
        }
        return (principals.byKind["AWS"] ?? []).contains { wanted in
            if wanted == principal.arn || wanted == principal.identityARN { return true }
            return countsAccount
                && (wanted == principal.account || wanted == "arn:aws:iam::\(principal.account):root")
        }
    }

    /// Puts the request's values for variables: `${aws:username}`, with an optional default.
    private func fill(_ text: String) -> String {
        guard text.contains("${") else { return text }
        var filled = ""
        var rest = Substring(text)
        while let open = rest.firstRange(of: "${"), let close = rest[open.upperBound...].firstIndex(of: "}") {
            filled += rest[..<open.lowerBound]
            let inner = rest[open.upperBound..<close]
            let parts = inner.split(separator: ",", maxSplits: 1)
            let name = parts.first.map { $0.trimmingSpaces.lowercased() } ?? ""
            if ["*", "?", "$"].contains(name) {
                filled += name
            } else if let value = context[name]?.first {
                filled += value
            } else if parts.count > 1 {
                filled += parts[1].trimmingSpaces.trimmingQuotes
            } else {
                filled += rest[open.lowerBound...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}

extension Principal {
    /// The ARN of the identity whose policies count: the role, for one of its sessions.
    var identityARN: String {
        guard case .assumedRole(let role, _) = kind else { return arn }
        return "arn:aws:iam::\(account):role/\(role)"
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return text
    }
    fileprivate var trimmingQuotes: Substring {
        first == "'" && last == "'" && count > 1 ? dropFirst().dropLast() : self
    }
}
