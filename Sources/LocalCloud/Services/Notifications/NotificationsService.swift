import AWSModel

struct NotificationRule: Codable, Sendable {
    var arn: String
    var name: String
    var eventTypeIDs: [String]
    var resource: String
    /// TargetType and TargetAddress.
    var targets: [Target]
    /// BASIC or FULL.
    var detailType: String
    var isEnabled: Bool
    var createdBy: String
    var created: Double
    var modified: Double
    var tags: [String: String] = [:]
    var requestToken: String?

    struct Target: Codable, Sendable {
        var type: String
        var address: String
        /// ACTIVE, or UNREACHABLE after the topic's policy refused a message.
        var status = "ACTIVE"

        var value: AWSValue {
            ["TargetAddress": .string(address), "TargetType": .string(type), "TargetStatus": .string(status)]
        }
    }
}

/// AWS CodeStar Notifications: rules that tell a topic of what happens to pipelines, builds, deployments and repositories.
@CloudActor
final class NotificationsService: CloudService {
    static let model = "codestar-notifications"
    let cloud: Cloud
    let rules: Table<NotificationRule>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        rules = try cloud.store.table("notifications.rules", of: NotificationRule.self)
        cloud.events.subscribe { [weak self] event in self?.route(event) }
    }

    var operations: [String: OperationHandler] {
        [
            "CreateNotificationRule": createNotificationRule, "DescribeNotificationRule": describeNotificationRule,
            "UpdateNotificationRule": updateNotificationRule, "DeleteNotificationRule": deleteNotificationRule,
            "ListNotificationRules": listNotificationRules, "Subscribe": subscribe, "Unsubscribe": unsubscribe,
            "ListTargets": listTargets, "DeleteTarget": deleteTarget, "ListEventTypes": listEventTypes,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTagsForResource,
        ]
    }

    var resourceTemplates: [String: String] {
        let byARN = [
            "DescribeNotificationRule", "UpdateNotificationRule", "DeleteNotificationRule", "Subscribe", "Unsubscribe",
            "TagResource", "UntagResource", "ListTagsForResource",
        ]
        return Dictionary(uniqueKeysWithValues: byARN.map { ($0, "{Arn}") })
    }

    func existing(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> NotificationRule {
        let arn = input["Arn"]?.string ?? ""
        guard let rule = rules[context.account, context.region, arn] else {
            throw ServiceError("ResourceNotFoundException", "The notification rule \(arn) was not found.", status: 404)
        }
        return rule
    }

    func save(_ rule: NotificationRule, _ context: CallContext) {
        rules[context.account, context.region, rule.arn] = rule
    }

    /// Tells the targets of every rule on the event's resource that lists the event.
    private func route(_ event: CloudEvent) {
        let kinds = NotificationEvent.all.filter { $0.matches(event) }
        guard !kinds.isEmpty else { return }
        for rule in rules.all(account: event.account, region: event.region) where rule.isEnabled {
            guard event.resources.contains(rule.resource) || isAbout(event, rule.resource) else { continue }
            for kind in kinds where rule.eventTypeIDs.contains(kind.id) && isWanted(kind, event) {
                for target in rule.targets where target.type == "SNS" { send(event, rule, target) }
            }
        }
    }

    /// Builds and deployments name themselves in `resources`; their project or application is in the detail.
    private func isAbout(_ event: CloudEvent, _ resource: String) -> Bool {
        let name = resource.split(separator: ":").last.map(String.init) ?? ""
        if resource.contains(":codebuild:") {
            return event.detail["project-name"]?.string.map { "project/\($0)" } == name
        }
        if resource.contains(":codedeploy:") { return event.detail["application"]?.string == name }
        if resource.contains(":codepipeline:") { return event.detail["pipeline"]?.string == name }
        return event.detail["repositoryName"]?.string == name
    }

    /// Approvals are actions: their events are told apart by the action's category.
    private func isWanted(_ kind: NotificationEvent, _ event: CloudEvent) -> Bool {
        guard kind.id.contains("-manual-approval-") else { return true }
        return event.detail["type"]?["category"]?.string == "Approval"
    }

    private func send(_ event: CloudEvent, _ rule: NotificationRule, _ target: NotificationRule.Target) {
        let message: AWSValue = [
            "account": .string(event.account), "detailType": .string(event.detailType), "region": .string(event.region),
            "source": .string(event.source),
            "time": .string(Timestamps.format(event.time.rounded(.down), as: .iso8601)),
            "notificationRuleArn": .string(rule.arn), "detail": rule.detailType == "FULL" ? event.detail : basic(event),
            "resources": .list([.string(rule.resource)]), "additionalAttributes": [:],
        ]
        cloud.spawn { [self] in
            var status = "ACTIVE"
            do {
                _ = try await cloud.call(
                    "sns", "Publish",
                    [
                        "TopicArn": .string(target.address),
                        "Message": .string(String(decoding: JSON.write(message), as: UTF8.self)),
                    ], as: .service("codestar-notifications.amazonaws.com", account: event.account, for: rule.arn),
                    region: event.region)
            } catch {
                status = "UNREACHABLE"
                cloud.configuration.log?("codestar-notifications: \(target.address) was not reached: \(error)")
            }
            rules.update(event.account, event.region, rule.arn) { rule in
                for at in rule.targets.indices where rule.targets[at].address == target.address {
                    rule.targets[at].status = status
                }
            }
        }
    }

    /// A BASIC message leaves out what may hold the user's own data.
    private func basic(_ event: CloudEvent) -> AWSValue {
        var detail = event.detail
        detail["additional-information"] = nil
        return detail
    }
}
