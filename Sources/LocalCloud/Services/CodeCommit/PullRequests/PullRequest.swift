import AWSModel

struct PullRequest: Codable, Sendable {
    struct Merged: Codable, Sendable {
        var by: String
        /// The merge's own commit; a fast-forward has none.
        var commit: String?
        var option: MergeOption
    }

    struct Event: Codable, Sendable {
        var type: String
        var date: Double
        var actor: String
        /// The member that this type of event has, and what is in it.
        var metadata: AWSValue
    }

    var id: String
    var title: String
    var description: String?
    var repository: String
    var repositoryID: String
    var author: String
    var isOpen = true
    var created: Double
    var changed: Double
    /// Names of branches.
    var source: String
    var destination: String
    var sourceCommit: String
    var destinationCommit: String
    var mergeBase: String?
    var merged: Merged?
    var token: String?
    /// Changes with every push to the source branch; approvals are for one revision.
    var revision: String
    var rules: [ApprovalRule] = []
    /// Who approved the present revision.
    var approvers: [String] = []
    /// Who set the rules aside.
    var overrider: String?
    var events: [Event] = []

    var status: String { isOpen ? "OPEN" : "CLOSED" }

    var value: AWSValue {
        .structure([
            "pullRequestId": .string(id), "title": .string(title), "description": description.map(AWSValue.string),
            "lastActivityDate": .timestamp(changed), "creationDate": .timestamp(created),
            "pullRequestStatus": .string(status), "authorArn": .string(author),
            "pullRequestTargets": [
                .structure([
                    "repositoryName": .string(repository), "sourceReference": .string("refs/heads/\(source)"),
                    "destinationReference": .string("refs/heads/\(destination)"),
                    "destinationCommit": .string(destinationCommit), "sourceCommit": .string(sourceCommit),
                    "mergeBase": mergeBase.map(AWSValue.string), "mergeMetadata": mergeMetadata,
                ])
            ],
            "clientRequestToken": token.map(AWSValue.string), "revisionId": .string(revision),
            "approvalRules": .list(rules.map(\.value)),
        ])
    }

    var mergeMetadata: AWSValue {
        .structure([
            "isMerged": .bool(merged != nil), "mergedBy": merged.map { .string($0.by) },
            "mergeCommitId": merged?.commit.map(AWSValue.string),
            "mergeOption": merged.map { .string($0.option.rawValue) },
        ])
    }
}
