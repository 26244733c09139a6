import AWSModel

extension IAMService {
    var accountOperations: [String: OperationHandler] {
        [
            "SimulatePrincipalPolicy": simulatePrincipalPolicy,
            "ListAccountAliases": { _, _ in
                ["AccountAliases": [], "IsTruncated": false]
            },
            "GetAccountSummary": getAccountSummary,
        ]
    }

    /// What a role's or user's policies would say: the dry run of least privilege.
    private func simulatePrincipalPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let arn = input["PolicySourceArn"]?.string ?? ""
        let name = arn.split(separator: "/").last.map(String.init) ?? ""
        let principal: Principal
        if let role = role(arn: arn) {
            principal = self.principal(of: role, session: "simulation")
        } else if let user = users[context.account, "", name], user.arn == arn {
            principal = Principal(
                arn: arn, account: context.account, userID: user.id, kind: .user(name: name), accessKeyID: "")
        } else {
            throw ServiceError.noSuchEntity("Entity \(arn) cannot be found.")
        }
        var keys: [String: [String]] = [:]
        for entry in input["ContextEntries"]?.list ?? [] {
            if let key = entry["ContextKeyName"]?.string { keys[key] = entry["ContextKeyValues"]?.strings ?? [] }
        }
        let resources = input["ResourceArns"]?.strings ?? ["*"]
        var results: [AWSValue] = []
        for action in input["ActionNames"]?.strings ?? [] {
            for resource in resources {
                let decision = decide(
                    principal, action: action, resource: resource, context: keys,
                    resourcePolicy: input["ResourcePolicy"]?.string)
                let text =
                    switch decision {
                    case .allowed: "allowed"
                    case .denied(let reason): reason.contains("explicit") ? "explicitDeny" : "implicitDeny"
                    }
                results.append([
                    "EvalActionName": .string(action), "EvalResourceName": .string(resource),
                    "EvalDecision": .string(text), "MatchedStatements": [], "MissingContextValues": [],
                ])
            }
        }
        return try list("EvaluationResults", results, input)
    }

    private func getAccountSummary(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let account = context.account
        return .map([
            "SummaryMap": [
                "Roles": .integer(Int64(roles.keys(account: account, region: "").count)),
                "Users": .integer(Int64(users.keys(account: account, region: "").count)),
                "Groups": .integer(Int64(groups.keys(account: account, region: "").count)),
                "Policies": .integer(Int64(policies.keys(account: account, region: "").count)),
                "InstanceProfiles": .integer(Int64(profiles.keys(account: account, region: "").count)),
            ]
        ])
    }
}
