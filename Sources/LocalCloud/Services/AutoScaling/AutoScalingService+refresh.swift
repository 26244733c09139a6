import AWSModel

/// Instance refreshes: every instance replaced, a few at a time.
extension AutoScalingService {
    var refreshOperations: [String: OperationHandler] {
        [
            "StartInstanceRefresh": startRefresh, "DescribeInstanceRefreshes": describeRefreshes,
            "CancelInstanceRefresh": cancelRefresh, "RollbackInstanceRefresh": rollBackRefresh,
        ]
    }

    static let active: Set<String> = ["Pending", "InProgress", "Cancelling", "RollbackInProgress"]

    private func startRefresh(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        if group.refreshes.contains(where: { Self.active.contains($0.status) }) {
            throw ServiceError(
                "InstanceRefreshInProgress",
                "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.")
        }
        let preferences = input["Preferences"]
        try Self.check(preferences ?? [:])
        if let specification = input["DesiredConfiguration"]?["LaunchTemplate"] {
            let template = try template(specification: specification, context)
            groups.update(context.account, context.region, group.name) { $0.template = template }
        }
        var members = group.members.filter { !$0.lifecycle.isEnding }
        let skips = preferences?["SkipMatching"]?.bool ?? false
        if skips {
            let current = resolved(
                groups[context.account, context.region, group.name]?.template, context.account, context.region)
            members.removeAll { $0.template == current }
        }
        let refresh = ScalingGroup.Refresh(
            id: Identifier.uuid(), status: "Pending", startedAt: cloud.clock.now, endedAt: nil, percentage: 0,
            minimumHealthy: preferences?["MinHealthyPercentage"]?.int ?? 90, skipsMatching: skips,
            warmup: preferences?["InstanceWarmup"]?.int, remaining: members.map(\.id), total: members.count,
            reason: nil, before: input["DesiredConfiguration"] == nil ? nil : group.template,
            desired: input["DesiredConfiguration"])
        groups.update(context.account, context.region, group.name) { $0.refreshes.insert(refresh, at: 0) }
        kick(group.name, context.account, context.region)
        return ["InstanceRefreshId": .string(refresh.id)]
    }

    /// - Throws: `ValidationError` for preferences that cannot be together. Source: API reference, RefreshPreferences.
    private static func check(_ preferences: AWSValue) throws(ServiceError) {
        if let most = preferences["MaxHealthyPercentage"]?.int {
            guard let least = preferences["MinHealthyPercentage"]?.int, most - least <= 100 else {
                throw ServiceError(
                    "ValidationError",
                    "MaxHealthyPercentage needs a MinHealthyPercentage, and must not be more than 100 above it")
            }
        }
        let checkpoints = (preferences["CheckpointPercentages"]?.list ?? []).map { $0.int ?? 0 }
        guard checkpoints.allSatisfy({ (1...100).contains($0) }),
            zip(checkpoints, checkpoints.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw ServiceError(
                "ValidationError", "CheckpointPercentages must be unique numbers between 1 and 100 in ascending order")
        }
        guard preferences["CheckpointDelay"] == nil || !checkpoints.isEmpty else {
            throw ServiceError("ValidationError", "CheckpointDelay needs CheckpointPercentages")
        }
    }

    /// Takes the next instances out when enough are in service.
    func advanceRefresh(_ name: String, _ account: String, _ region: String) {
        guard let group = groups[account, region, name], !group.suspended.contains("InstanceRefresh"),
            let at = group.refreshes.firstIndex(where: { Self.active.contains($0.status) })
        else { return }
        var refresh = group.refreshes[at]
        let present = Set(group.members.filter { !$0.lifecycle.isEnding }.map(\.id))
        refresh.remaining.removeAll { !present.contains($0) }
        let warmup = refresh.warmup ?? group.defaultWarmup ?? group.gracePeriod
        let inService = group.members.count { isUp($0, of: group, warmup: warmup) }
        refresh.percentage = refresh.total == 0 ? 100 : 100 * (refresh.total - refresh.remaining.count) / refresh.total
        if refresh.status == "Cancelling" {
            refresh.status = "Cancelled"
            refresh.endedAt = cloud.clock.now
        } else if refresh.remaining.isEmpty, inService >= group.desired,
            // What was replaced is part of it until it is gone.
            !group.members.contains(where: \.lifecycle.isEnding)
        {
            refresh.status = refresh.rollback == nil ? "Successful" : "RollbackSuccessful"
            refresh.percentage = 100
            refresh.endedAt = cloud.clock.now
        } else {
            refresh.status = refresh.rollback == nil ? "InProgress" : "RollbackInProgress"
            let floor = (group.desired * refresh.minimumHealthy + 99) / 100
            // With a floor at the whole size one goes all the same, as AWS does, or nothing would ever move.
            var room = inService >= group.desired ? max(1, inService - floor) : 0
            for id in refresh.remaining where room > 0 {
                room -= 1
                end(
                    member: id, of: name,
                    cause: "At \(time()) an instance was taken out of service in response to an instance refresh.",
                    replaces: true,
                    account, region)
            }
        }
        groups.update(account, region, name) { group in
            if let at = group.refreshes.firstIndex(where: { $0.id == refresh.id }) { group.refreshes[at] = refresh }
        }
    }

    /// Whether an instance takes the place of one that goes: it is in service, has warmed up, and with ELB checks its load
    /// balancers find it healthy.
    private func isUp(_ member: ScalingGroup.Member, of group: ScalingGroup, warmup: Int) -> Bool {
        guard member.lifecycle == .inService, let since = member.inServiceSince else { return false }
        // A shortened warm-up is too short for user data, which is no shorter. One that never ends has the whole of it.
        let now = cloud.clock.now
        let hasWarmedUp =
            if let ready = ec2.host(of: member.id).map(\.userDataEnded) ?? 0 {
                now - max(since, ready) >= cloud.clock.duration(aws: Double(warmup))
            } else {
                now - since >= Double(warmup)
            }
        guard hasWarmedUp else { return false }
        guard group.healthCheckType.contains("ELB") else { return true }
        return group.targetGroupARNs.allSatisfy { arn in
            elb.health(of: arn).contains { $0.id == member.id && ($0.state == "healthy" || $0.state == "unused") }
        }
    }

    private func describeRefreshes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let ids = input["InstanceRefreshIds"]?.strings ?? []
        return [
            "InstanceRefreshes": .list(
                group.refreshes.filter { ids.isEmpty || ids.contains($0.id) }.map { refresh in
                    .structure([
                        "InstanceRefreshId": .string(refresh.id), "AutoScalingGroupName": .string(group.name),
                        "Status": .string(refresh.status), "StatusReason": refresh.reason.map { .string($0) },
                        "StartTime": .timestamp(refresh.startedAt), "EndTime": refresh.endedAt.map { .timestamp($0) },
                        "PercentageComplete": .integer(Int64(refresh.percentage)),
                        "InstancesToUpdate": .integer(Int64(refresh.remaining.count)),
                        "Preferences": .structure([
                            "MinHealthyPercentage": .integer(Int64(refresh.minimumHealthy)),
                            "SkipMatching": .bool(refresh.skipsMatching),
                            "InstanceWarmup": refresh.warmup.map { .integer(Int64($0)) },
                        ]),
                        "DesiredConfiguration": refresh.desired,
                        "RollbackDetails": refresh.rollback.map { rollback in
                            .structure([
                                "RollbackReason": .string(rollback.reason),
                                "RollbackStartTime": .timestamp(rollback.startedAt),
                                "PercentageCompleteOnRollback": .integer(Int64(rollback.percentage)),
                                "InstancesToUpdateOnRollback": .integer(Int64(rollback.remaining)),
                            ])
                        },
                    ])
                })
        ]
    }

    private func cancelRefresh(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        guard let refresh = group.refreshes.first(where: { Self.active.contains($0.status) }) else {
            throw ServiceError(
                "ActiveInstanceRefreshNotFound",
                "No in progress or pending Instance Refresh found for Auto Scaling group \(group.name)")
        }
        groups.update(context.account, context.region, group.name) { group in
            if let at = group.refreshes.firstIndex(where: { $0.id == refresh.id }) {
                group.refreshes[at].status = "Cancelling"
            }
        }
        kick(group.name, context.account, context.region)
        return ["InstanceRefreshId": .string(refresh.id)]
    }
}
