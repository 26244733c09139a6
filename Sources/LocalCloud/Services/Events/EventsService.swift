import AWSModel

/// Amazon EventBridge: rules that carry events of services, schedules and users to targets.
@CloudActor
final class EventsService: CloudService {
    static let model = "events"
    let cloud: Cloud
    /// The key is the bus, a slash and the name.
    let rules: Table<EventRule>
    let buses: Table<EventBusRecord>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        rules = try cloud.store.table("events.rules", of: EventRule.self)
        buses = try cloud.store.table("events.buses", of: EventBusRecord.self)
        cloud.events.subscribe { [weak self] event in self?.route(event) }
    }

    var operations: [String: OperationHandler] {
        [
            "PutRule": putRule, "DescribeRule": describeRule, "ListRules": listRules, "DeleteRule": deleteRule,
            "EnableRule": enableRule, "DisableRule": disableRule, "PutTargets": putTargets,
            "RemoveTargets": removeTargets, "ListTargetsByRule": listTargetsByRule,
            "ListRuleNamesByTarget": listRuleNamesByTarget, "PutEvents": putEvents,
            "TestEventPattern": testEventPattern, "CreateEventBus": createEventBus, "DeleteEventBus": deleteEventBus,
            "DescribeEventBus": describeEventBus, "ListEventBuses": listEventBuses, "TagResource": tagResource,
            "UntagResource": untagResource, "ListTagsForResource": listTagsForResource,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        if context.principal.kind == .root { return [] }
        let prefix = "arn:aws:events:\(context.region):\(context.account)"
        var permissions: [Permission] = []
        if operation == "PutEvents" {
            let names = Set((input["Entries"]?.list ?? []).map { bus($0) }).sorted()
            permissions = names.map { Permission(action: "events:PutEvents", resource: "\(prefix):event-bus/\($0)") }
        } else if let name = input["Rule"]?.string ?? (operation.contains("Rule") ? input["Name"]?.string : nil) {
            let bus = bus(input)
            permissions = [
                Permission(
                    action: "events:\(operation)",
                    resource: bus == "default" ? "\(prefix):rule/\(name)" : "\(prefix):rule/\(bus)/\(name)")
            ]
        } else {
            permissions = [Permission(action: "events:\(operation)", resource: input["ResourceARN"]?.string ?? "*")]
        }
        for target in input["Targets"]?.list ?? [] {
            guard let role = target["RoleArn"]?.string else { continue }
            permissions.append(
                Permission(
                    action: "iam:PassRole", resource: role,
                    context: ["iam:PassedToService": ["events.amazonaws.com"]]))
        }
        return permissions
    }

    func start() async {
        cloud.spawn { [self] in await runSchedules() }
    }

    /// The bus that a request names, by name or ARN.
    func bus(_ input: AWSValue) -> String {
        let text = input["EventBusName"]?.string ?? "default"
        return text.hasPrefix("arn:") ? text.split(separator: "/").last.map(String.init) ?? text : text
    }

    func existing(_ input: AWSValue, _ member: String, _ context: CallContext) throws(ServiceError) -> EventRule {
        let name = input[member]?.string ?? ""
        let bus = try existingBus(input, context)
        guard let rule = rules[context.account, context.region, "\(bus)/\(name)"] else {
            throw ServiceError(
                "ResourceNotFoundException", "Rule \(name) does not exist on EventBus \(bus).", status: 400)
        }
        return rule
    }

    func existingBus(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> String {
        let name = bus(input)
        guard name == "default" || buses[context.account, context.region, name] != nil else {
            throw ServiceError("ResourceNotFoundException", "Event bus \(name) does not exist.", status: 400)
        }
        return name
    }

    func save(_ rule: EventRule, _ context: CallContext) {
        rules[context.account, context.region, "\(rule.bus)/\(rule.name)"] = rule
    }
}
