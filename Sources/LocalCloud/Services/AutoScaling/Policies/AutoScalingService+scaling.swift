import AWSModel

/// Groups that change their size by themselves, when alarms go off.
extension AutoScalingService {
    /// What an alarm tells the policies that it names.
    struct AlarmSignal {
        var name: String
        var state: String
        /// The metric's latest value; nil when the state was set by hand without any.
        var value: Double?
        var threshold: Double
    }

    /// Carries out a policy for an alarm. It is called again each minute while the alarm's state lasts.
    func scale(_ policyARN: String, for alarm: AlarmSignal, _ account: String, _ region: String) {
        let owner = groups.all(account: account, region: region).first { group in
            group.policies.contains { $0.arn == policyARN }
        }
        guard let group = owner, let policy = group.policies.first(where: { $0.arn == policyARN }),
            !group.isBeingDeleted, !group.suspended.contains("AlarmNotification"),
            policy.settings["Enabled"]?.bool != false, let wanted = size(policy, group, alarm)
        else { return }
        let cause =
            "At \(time()) a monitor alarm \(alarm.name) in state \(alarm.state) triggered policy \(policy.name) changing "
            + "the desired capacity from \(group.desired) to"
        resize(group, to: wanted, by: policy, cause: cause, account, region)
    }

    /// Sets the size that a policy asks for, within the group's bounds.
    ///
    /// - Parameter cause: Up to the new size, which is added.
    func resize(
        _ group: ScalingGroup, to wanted: Int, by policy: ScalingGroup.Policy, cause: String, _ account: String,
        _ region: String
    ) {
        let size = min(max(wanted, group.minimum), group.maximum)
        guard size != group.desired else { return }
        let now = cloud.clock.now
        groups.update(account, region, group.name) { group in
            group.changeCause = "\(cause) \(size)."
            guard let at = group.policies.firstIndex(where: { $0.arn == policy.arn }) else { return }
            if !isWarmingUp(policy, group) { group.policies[at].sizeBefore = group.desired }
            group.policies[at].lastScaled = now
            group.lastScaled = now
            if size > group.desired { group.lastGrown = now }
            group.desired = size
        }
        kick(group.name, account, region)
    }

    /// Whether what a policy did last still has its effect to come.
    private func isWarmingUp(_ policy: ScalingGroup.Policy, _ group: ScalingGroup) -> Bool {
        guard let last = policy.lastScaled else { return false }
        let configuration = policy.settings["TargetTrackingConfiguration"]
        let seconds =
            policy.settings["EstimatedInstanceWarmup"]?.int ?? configuration?["EstimatedInstanceWarmup"]?.int
            ?? group.defaultWarmup ?? group.cooldown
        return cloud.clock.now - last < cloud.clock.duration(aws: Double(seconds))
    }

    /// Whether a simple policy has to wait: after each scaling activity, for the policy's cooldown or the group's.
    func isCoolingDown(_ policy: ScalingGroup.Policy, _ group: ScalingGroup) -> Bool {
        guard let last = group.lastScaled else { return false }
        let seconds = Double(policy.settings["Cooldown"]?.int ?? group.cooldown)
        return cloud.clock.now - last < cloud.clock.duration(aws: seconds)
    }

    /// The size that a policy wants now; nil when it wants no change.
    private func size(_ policy: ScalingGroup.Policy, _ group: ScalingGroup, _ alarm: AlarmSignal) -> Int? {
        let settings = policy.settings
        let wanted: Int
        switch policy.type {
        case "SimpleScaling":
            guard !isCoolingDown(policy, group) else { return nil }
            return ScalingAdjustment.size(from: group.desired, by: settings["ScalingAdjustment"]?.int ?? 0, settings)
        case "StepScaling":
            let value = alarm.value ?? alarm.threshold
            guard let adjustment = ScalingAdjustment.step(settings, value: value, threshold: alarm.threshold) else {
                return nil
            }
            // While new instances warm up only a higher step adds more, by the difference.
            guard isWarmingUp(policy, group), let before = policy.sizeBefore else {
                wanted = ScalingAdjustment.size(from: group.desired, by: adjustment, settings)
                break
            }
            let again = ScalingAdjustment.size(from: before, by: adjustment, settings)
            return again > group.desired ? again : nil
        case "TargetTrackingScaling":
            guard let configuration = settings["TargetTrackingConfiguration"], let value = alarm.value,
                let tracking = try? TargetTracking(configuration, group: group.name), !isWarmingUp(policy, group)
            else { return nil }
            wanted = ScalingAdjustment.size(from: group.desired, value: value, target: tracking.target)
            if alarm.name.contains("-AlarmHigh-") ? wanted <= group.desired : wanted >= group.desired { return nil }
        default: return nil
        }
        // Nothing shrinks while instances that another alarm asked for are still coming up.
        if wanted < group.desired, let grown = group.lastGrown {
            let seconds = Double(group.defaultWarmup ?? group.cooldown)
            if cloud.clock.now - grown < cloud.clock.duration(aws: seconds) { return nil }
        }
        return wanted
    }
}
