import AWSModel
import AWSSigning

/// Who has to approve a pull request, and how many of them.
struct ApprovalRule: Codable, Sendable {
    var id: String
    var name: String
    /// The rule as JSON, as it was given.
    var content: String
    var created: Double
    var changed: Double
    var changedBy: String

    /// - Throws: `InvalidApprovalRuleContentException` for content that says nothing of who and how many.
    init(name: String, content: String, by principal: Principal, at now: Double) throws(ServiceError) {
        id = Identifier.uuid()
        self.name = name
        self.content = content
        created = now
        changed = now
        changedBy = principal.arn
        try Self.check(content)
    }

    var digest: String { Digest.sha256Hex(Array(content.utf8)) }

    var value: AWSValue {
        [
            "approvalRuleId": .string(id), "approvalRuleName": .string(name), "approvalRuleContent": .string(content),
            "ruleContentSha256": .string(digest), "lastModifiedDate": .timestamp(changed),
            "creationDate": .timestamp(created), "lastModifiedUser": .string(changedBy),
        ]
    }

    static func check(_ content: String) throws(ServiceError) {
        let document = Self.document(content)
        let statements = document?["Statements"]?.list ?? []
        // The limits are CodeCommit's quotas.
        guard content.unicodeScalars.count <= 3000, document?["Version"]?.string == "2018-11-08", !statements.isEmpty,
            statements.allSatisfy({
                $0["Type"]?.string == "Approvers" && ($0["NumberOfApprovalsNeeded"]?.int ?? 0) > 0
                    && ($0["ApprovalPoolMembers"]?.list?.count ?? 0) <= 50
            })
        else {
            throw ServiceError(
                "InvalidApprovalRuleContentException",
                "The content of an approval rule is JSON with Version 2018-11-08 and Statements, each with Type Approvers, NumberOfApprovalsNeeded and up to 50 ApprovalPoolMembers; it can have up to 3,000 characters"
            )
        }
    }

    private static func document(_ content: String) -> AWSValue? { try? JSON.parse(Array(content.utf8)) }

    func isSatisfied(by approvers: [String]) -> Bool {
        (Self.document(content)?["Statements"]?.list ?? []).allSatisfy { statement in
            let pool = statement["ApprovalPoolMembers"]?.strings ?? []
            let counted = approvers.filter { arn in pool.isEmpty || pool.contains { Self.isMember(arn, of: $0) } }
            return counted.count >= statement["NumberOfApprovalsNeeded"]?.int ?? 1
        }
    }

    /// A member is an ARN with wildcards, or `CodeCommitApprovers:ACCOUNT:NAME` for a user or a role's session.
    private static func isMember(_ arn: String, of member: String) -> Bool {
        guard member.hasPrefix("CodeCommitApprovers:") else { return Wildcard.matches(member, arn) }
        let parts = member.split(separator: ":", maxSplits: 2).map(String.init)
        let caller = arn.split(separator: ":", maxSplits: 5).map(String.init)
        guard parts.count == 3, caller.count >= 5, caller.contains(parts[1]), let name = caller.last else {
            return false
        }
        let path = name.split(separator: "/", maxSplits: 1).last.map(String.init) ?? name
        return Wildcard.matches(parts[2], path)
    }
}
