import AWSModel

/// The way back of an instance refresh: the group has its old launch template again, and what was replaced is replaced again.
extension AutoScalingService {
    func rollBackRefresh(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let group = try group(input, context)
        guard
            let refresh = group.refreshes.first(where: {
                Self.active.contains($0.status) && $0.status != "RollbackInProgress"
            })
        else {
            throw ServiceError(
                "ActiveInstanceRefreshNotFound",
                "No in progress or pending Instance Refresh found for Auto Scaling group \(group.name)")
        }
        guard refresh.desired != nil, let before = refresh.before else {
            throw ServiceError(
                "IrreversibleInstanceRefresh",
                "The instance refresh \(refresh.id) cannot be rolled back: it was started without a desired configuration"
            )
        }
        guard let version = before.version, Int(version) != nil else {
            throw ServiceError(
                "IrreversibleInstanceRefresh",
                "The instance refresh \(refresh.id) cannot be rolled back: the group's launch template had the version "
                    + "\(before.version ?? "$Default"), which may mean another one now")
        }
        let old = resolved(before, account, region)
        let replaced = group.members.filter { !$0.lifecycle.isEnding && $0.template != old }
        groups.update(account, region, group.name) { group in
            group.template = before
            guard let at = group.refreshes.firstIndex(where: { $0.id == refresh.id }) else { return }
            group.refreshes[at].rollback = .init(
                reason: "Rollback was requested by a user", startedAt: cloud.clock.now, percentage: refresh.percentage,
                remaining: refresh.remaining.count)
            group.refreshes[at].status = "RollbackInProgress"
            group.refreshes[at].remaining = replaced.map(\.id)
            group.refreshes[at].total = replaced.count
            group.refreshes[at].percentage = 0
        }
        kick(group.name, account, region)
        return ["InstanceRefreshId": .string(refresh.id)]
    }
}
