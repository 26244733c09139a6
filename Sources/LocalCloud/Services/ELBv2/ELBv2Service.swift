import AWSModel

/// Elastic Load Balancing, application load balancers: real proxies (``LoadBalancer``) in front of instances.
@CloudActor
public final class ELBv2Service: CloudService {
    public static let model = "elbv2"
    public static let actionPrefix = "elasticloadbalancing"
    /// Seconds in which a machine has its services up, after it was put on again.
    static let longestReturn = 30.0
    /// Seconds for which a target fails its checks before it is unhealthy, however short the clock makes their intervals: what
    /// happens on an instance is never shortened, and a server that restarts would be taken for one that is broken.
    static let shortestFailure = 2.0
    /// How many resources one call describes by their ARNs.
    nonisolated static let mostDescribed = 20
    let cloud: Cloud
    let balancers: Table<BalancerRecord>
    let groups: Table<TargetGroupRecord>
    let listeners: Table<ListenerRecord>
    let rules: Table<RuleRecord>
    let tags: Table<[Tag]>
    var proxies: [String: LoadBalancer] = [:]
    var pools: [String: TargetPool] = [:]
    /// What is known of each registered target, by group and member.
    var live: [String: [TargetGroupRecord.Member: LiveTarget]] = [:]

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        let store = cloud.store
        balancers = try store.table("elbv2.load-balancers", of: BalancerRecord.self)
        groups = try store.table("elbv2.target-groups", of: TargetGroupRecord.self)
        listeners = try store.table("elbv2.listeners", of: ListenerRecord.self)
        rules = try store.table("elbv2.rules", of: RuleRecord.self)
        tags = try store.table("elbv2.tags", of: [Tag].self)
    }

    public var operations: [String: OperationHandler] {
        balancerOperations
            .merging(groupOperations) { first, _ in first }
            .merging(targetOperations) { first, _ in first }
            .merging(listenerOperations) { first, _ in first }
            .merging(ruleOperations) { first, _ in first }
            .merging(tagOperations) { first, _ in first }
    }

    public var resourceTemplates: [String: String] {
        var templates = [
            "CreateLoadBalancer": "loadbalancer/app/{Name}/*", "CreateTargetGroup": "targetgroup/{Name}/*",
        ]
        for operation in [
            "DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "SetSecurityGroups", "SetSubnets", "CreateListener",
        ] {
            templates[operation] = "{LoadBalancerArn}"
        }
        for operation in [
            "DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RegisterTargets",
            "DeregisterTargets",
        ] {
            templates[operation] = "{TargetGroupArn}"
        }
        for operation in ["DeleteListener", "ModifyListener", "CreateRule"] { templates[operation] = "{ListenerArn}" }
        for operation in ["DeleteRule", "ModifyRule"] { templates[operation] = "{RuleArn}" }
        return templates
    }

    var ec2: EC2Service { cloud.service(EC2Service.self) }

    public func start() async {
        ec2.observe { [weak self] change in self?.instanceChanged(change) }
        startMetrics()
        for (account, region, arn, group) in groups.everything() {
            for member in group.members {
                watch(member, of: arn, account, region)
                awaitReturn(of: member, in: arn, account, region)
            }
        }
        for (account, region, arn, record) in balancers.everything() {
            await open(record, account, region)
            if !record.isActive { activateLater(arn, account, region) }
        }
    }

    public func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for proxy in proxies.values { group.addTask { await proxy.stop() } }
        }
        proxies = [:]
    }

    func arn(_ rest: String, _ context: CallContext) -> String {
        "arn:aws:elasticloadbalancing:\(context.region):\(context.account):\(rest)"
    }

    func balancer(_ arn: String, _ context: CallContext) throws(ServiceError) -> BalancerRecord {
        try ELBv2Names.check(arn, is: .balancer, context)
        guard let record = balancers[context.account, context.region, arn] else {
            throw ServiceError("LoadBalancerNotFound", "Load balancer '\(arn)' not found")
        }
        return record
    }
    func group(_ arn: String, _ context: CallContext) throws(ServiceError) -> TargetGroupRecord {
        try ELBv2Names.check(arn, is: .group, context)
        guard let record = groups[context.account, context.region, arn] else {
            throw ServiceError("TargetGroupNotFound", "One or more target groups not found")
        }
        return record
    }
    func listener(_ arn: String, _ context: CallContext) throws(ServiceError) -> ListenerRecord {
        try ELBv2Names.check(arn, is: .listener, context)
        guard let record = listeners[context.account, context.region, arn] else {
            throw ServiceError("ListenerNotFound", "One or more listeners not found")
        }
        return record
    }

    /// Listeners of a load balancer by port.
    func listeners(of arn: String, _ account: String, _ region: String) -> [ListenerRecord] {
        listeners.all(account: account, region: region).filter { $0.balancerARN == arn }.sorted { $0.port < $1.port }
    }
    /// Rules of a listener in their order, without the default.
    func rules(of arn: String, _ account: String, _ region: String) -> [RuleRecord] {
        rules.all(account: account, region: region).filter { $0.listenerARN == arn }.sorted {
            $0.priority < $1.priority
        }
    }

    func page(_ name: String, _ values: [AWSValue], _ input: AWSValue) throws(ServiceError) -> AWSValue {
        let page = try Page.of(
            values, token: input["Marker"]?.string, limit: input["PageSize"]?.int ?? 400,
            invalidToken: "ValidationError")
        return .structure([name: .list(page.elements), "NextMarker": page.next.map { .string($0) }])
    }
}
