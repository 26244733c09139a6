import AWSModel

/// The events that notification rules know, and which events of EventBridge they stand for.
///
/// Source: "Notification concepts: events for notification rules", Developer Tools Console User Guide.
struct NotificationEvent {
    let id: String
    let service: String
    let resourceType: String
    let detailType: String
    /// Members of the event's detail and their values.
    let conditions: [String: [String]]

    var value: AWSValue {
        [
            "EventTypeId": .string(id), "ServiceName": .string(service), "ResourceType": .string(resourceType),
            "EventTypeName": .string(name),
        ]
    }

    /// "Pipeline execution: Failed"
    private var name: String {
        let words = id.split(separator: "-").dropFirst(2)
        let state = words.last.map { $0.prefix(1).uppercased() + $0.dropFirst() } ?? ""
        let subject = words.dropLast().joined(separator: " ")
        return "\(subject.prefix(1).uppercased() + subject.dropFirst()): \(state)"
    }

    func matches(_ event: CloudEvent) -> Bool {
        guard event.detailType == detailType else { return false }
        return conditions.allSatisfy { key, values in event.detail[key]?.string.map(values.contains) ?? false }
    }

    static let all: [NotificationEvent] = pipeline + build + deploy + commit

    private static func make(
        _ service: String, _ type: String, _ group: String, _ detailType: String,
        _ states: KeyValuePairs<String, [String: [String]]>
    ) -> [NotificationEvent] {
        states.map { name, conditions in
            NotificationEvent(
                id: "\(service.lowercased())-\(type.lowercased())-\(group)\(name)", service: service,
                resourceType: type,
                detailType: detailType, conditions: conditions)
        }
    }

    private static let pipeline: [NotificationEvent] =
        make(
            "CodePipeline", "Pipeline", "action-execution-", "CodePipeline Action Execution State Change",
            [
                "succeeded": ["state": ["SUCCEEDED"]], "failed": ["state": ["FAILED"]],
                "canceled": ["state": ["CANCELED"]],
                "started": ["state": ["STARTED"]],
            ])
        + make(
            "CodePipeline", "Pipeline", "stage-execution-", "CodePipeline Stage Execution State Change",
            [
                "started": ["state": ["STARTED"]], "succeeded": ["state": ["SUCCEEDED"]],
                "resumed": ["state": ["RESUMED"]], "canceled": ["state": ["CANCELED"]], "failed": ["state": ["FAILED"]],
            ])
        + make(
            "CodePipeline", "Pipeline", "pipeline-execution-", "CodePipeline Pipeline Execution State Change",
            [
                "failed": ["state": ["FAILED"]], "canceled": ["state": ["CANCELED", "STOPPED"]],
                "started": ["state": ["STARTED"]], "resumed": ["state": ["RESUMED"]],
                "succeeded": ["state": ["SUCCEEDED"]], "superseded": ["state": ["SUPERSEDED"]],
            ])
        + make(
            "CodePipeline", "Pipeline", "manual-approval-", "CodePipeline Action Execution State Change",
            [
                "failed": ["state": ["FAILED"]], "needed": ["state": ["STARTED"]],
                "succeeded": ["state": ["SUCCEEDED"]],
            ])

    private static let build: [NotificationEvent] =
        make(
            "CodeBuild", "Project", "build-state-", "CodeBuild Build State Change",
            [
                "failed": ["build-status": ["FAILED", "FAULT", "TIMED_OUT"]],
                "succeeded": ["build-status": ["SUCCEEDED"]], "in-progress": ["build-status": ["IN_PROGRESS"]],
                "stopped": ["build-status": ["STOPPED"]],
            ])
        + make(
            "CodeBuild", "Project", "build-phase-", "CodeBuild Build Phase Change",
            [
                "failure": ["completed-phase-status": ["FAILED", "FAULT", "TIMED_OUT"]],
                "success": ["completed-phase-status": ["SUCCEEDED"]],
            ])

    private static let deploy = make(
        "CodeDeploy", "Application", "deployment-", "CodeDeploy Deployment State-change Notification",
        [
            "failed": ["state": ["FAILURE"]], "succeeded": ["state": ["SUCCESS"]], "started": ["state": ["START"]],
        ])

    private static let commit: [NotificationEvent] =
        make(
            "CodeCommit", "Repository", "branches-and-tags-", "CodeCommit Repository State Change",
            [
                "created": ["event": ["referenceCreated"]], "deleted": ["event": ["referenceDeleted"]],
                "updated": ["event": ["referenceUpdated"]],
            ])
        + make(
            "CodeCommit", "Repository", "pull-request-", "CodeCommit Pull Request State Change",
            [
                "created": ["event": ["pullRequestCreated"]],
                "source-updated": ["event": ["pullRequestSourceBranchUpdated"]],
                "status-changed": ["event": ["pullRequestStatusChanged"]],
                "merged": ["event": ["pullRequestMergeStatusUpdated"]],
            ])
        + make(
            "CodeCommit", "Repository", "comments-on-", "CodeCommit Comment on Pull Request",
            ["pull-requests": [:]])
        + make("CodeCommit", "Repository", "comments-on-", "CodeCommit Comment on Commit", ["commits": [:]])
        + make(
            "CodeCommit", "Repository", "approvals-", "CodeCommit Pull Request State Change",
            [
                "status-changed": ["event": ["pullRequestApprovalStateChanged"]],
                "rule-override": ["event": ["pullRequestApprovalRuleOverridden"]],
            ])
}
