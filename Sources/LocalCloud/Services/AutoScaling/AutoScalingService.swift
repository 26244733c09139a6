import AWSModel

/// Amazon EC2 Auto Scaling: groups that keep their size.
///
/// Whatever changes (a call, an instance's state, a check) ends in ``reconcile(_:_:_:)``, which compares a group with what it
/// should be and launches or terminates the difference.
@CloudActor
public final class AutoScalingService: CloudService {
    public static let model = "autoscaling"
    let cloud: Cloud
    let groups: Table<ScalingGroup>
    let activities: Table<ScalingActivity>
    private var isReconciling: Set<String> = []
    private var isWanted: Set<String> = []
    private var activityCount = 0
    var waits: [String: Task<Void, Never>] = [:]
    /// Scheduled actions that wait for their time.
    var scheduleTasks: [String: Task<Void, Never>] = [:]

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        groups = try cloud.store.table("autoscaling.groups", of: ScalingGroup.self)
        activities = try cloud.store.table("autoscaling.activities", of: ScalingActivity.self)
    }

    var ec2: EC2Service { cloud.service(EC2Service.self) }
    var elb: ELBv2Service { cloud.service(ELBv2Service.self) }

    public var operations: [String: OperationHandler] {
        groupOperations
            .merging(memberOperations) { first, _ in first }
            .merging(hookOperations) { first, _ in first }
            .merging(processOperations) { first, _ in first }
            .merging(policyOperations) { first, _ in first }
            .merging(refreshOperations) { first, _ in first }
            .merging(scheduleOperations) { first, _ in first }
            .merging(tagOperations) { first, _ in first }
            .merging(trafficOperations) { first, _ in first }
    }

    public func start() async {
        activityCount = activities.everything().map(\.record.number).max() ?? 0
        ec2.observe { [weak self] change in self?.instanceChanged(change) }
        for (account, region, name, group) in groups.everything() {
            for member in group.members where !member.waits.isEmpty {
                for hook in member.waits.keys { startTimeout(hook, member.id, name, account, region) }
            }
            for member in group.members where member.lifecycle.isEnding {
                finishEnding(member.id, name, account, region)
            }
            for action in group.scheduled ?? [] { arm(action, of: name, account, region) }
            kick(name, account, region)
        }
        cloud.spawn { [self] in
            while !Task.isCancelled {
                do { try await cloud.clock.sleep(aws: 30) } catch { return }
                for (account, region, name, group) in groups.everything()
                where group.healthCheckType.contains("ELB")
                    || group.refreshes.contains(where: { Self.active.contains($0.status) })
                {
                    kick(name, account, region)
                }
            }
        }
    }

    public func stop() async { for task in waits.values { task.cancel() } }

    /// How many rows a page has: `MaxRecords`, which the model does not limit.
    static func records(_ input: AWSValue, _ usual: Int, most: Int = 100) throws(ServiceError) -> Int {
        let wanted = input["MaxRecords"]?.int ?? usual
        guard (1...most).contains(wanted) else {
            throw ServiceError(
                "ValidationError",
                ValidationText.one(
                    "maxRecords", value: "\(wanted)", must: wanted < 1 ? .least(1) : .greatest(Double(most))),
                status: 400)
        }
        return wanted
    }

    func group(_ name: String, _ context: CallContext) throws(ServiceError) -> ScalingGroup {
        guard let group = groups[context.account, context.region, name] else {
            throw ServiceError(
                "ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '\(name)' not found")
        }
        return group
    }
    func group(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> ScalingGroup {
        try group(try input.require("AutoScalingGroupName", code: "ValidationError"), context)
    }

    /// Changes a member in place, if the group still has it.
    func update(
        _ id: String, in name: String, _ account: String, _ region: String,
        _ change: (inout ScalingGroup.Member) -> Void
    ) {
        groups.update(account, region, name) { group in
            guard let at = group.members.firstIndex(where: { $0.id == id }) else { return }
            change(&group.members[at])
        }
    }

    /// Brings a group to its size in the background; several kicks become one.
    func kick(_ name: String, _ account: String, _ region: String) {
        let key = "\(account)/\(region)/\(name)"
        isWanted.insert(key)
        guard isReconciling.insert(key).inserted else { return }
        cloud.spawn { [self] in
            while isWanted.remove(key) != nil, !Task.isCancelled { await reconcile(name, account, region) }
            isReconciling.remove(key)
        }
    }

    /// The call of the service itself to another one.
    func ownContext(_ account: String, _ region: String) -> CallContext {
        CallContext(
            cloud: cloud, account: account, region: region, requestID: Identifier.uuid(),
            principal: .service("autoscaling.amazonaws.com", account: account), sourceIP: "127.0.0.1")
    }

    // MARK: Activities

    func begin(
        _ description: String, cause: String, details: String, group: String, _ account: String, _ region: String
    ) -> String {
        activityCount += 1
        let activity = ScalingActivity(
            id: Identifier.uuid(), group: group, description: description, cause: cause, startedAt: cloud.clock.now,
            endedAt: nil, status: "InProgress", message: nil, progress: 50, details: details, number: activityCount)
        activities[account, region, activity.id] = activity
        // The last hundred of a group are kept.
        let own = activities.all(account: account, region: region).filter { $0.group == group }
        for old in own.sorted(by: { $0.number < $1.number }).dropLast(100) { activities[account, region, old.id] = nil }
        return activity.id
    }

    func end(_ id: String?, status: String = "Successful", message: String? = nil, _ account: String, _ region: String)
    {
        guard let id else { return }
        activities.update(account, region, id) { activity in
            guard activity.endedAt == nil else { return }
            activity.status = status
            activity.message = message
            activity.progress = 100
            activity.endedAt = cloud.clock.now
        }
    }

    func value(_ activity: ScalingActivity, _ context: CallContext) -> AWSValue {
        .structure([
            "ActivityId": .string(activity.id), "AutoScalingGroupName": .string(activity.group),
            "Description": .string(activity.description), "Cause": .string(activity.cause),
            "StartTime": .timestamp(activity.startedAt), "EndTime": activity.endedAt.map { .timestamp($0) },
            "StatusCode": .string(activity.status), "StatusMessage": activity.message.map { .string($0) },
            "Progress": .integer(Int64(activity.progress)), "Details": .string(activity.details),
            "AutoScalingGroupARN": groups[context.account, context.region, activity.group].map { .string($0.arn) },
        ])
    }

    func time() -> String { Timestamps.format(cloud.clock.now.rounded(.down), as: .iso8601) }
}
