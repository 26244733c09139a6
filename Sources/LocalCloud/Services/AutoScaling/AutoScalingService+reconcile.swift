import AWSModel

/// Keeping a group at its size: launching, replacing, terminating.
extension AutoScalingService {
    func reconcile(_ name: String, _ account: String, _ region: String) async {
        guard var group = groups[account, region, name] else { return }
        if group.isBeingDeleted {
            for member in group.members where !member.lifecycle.isEnding {
                end(
                    member: member.id, of: name, cause: "At \(time()) the group was being deleted.", replaces: false,
                    account, region)
            }
            if groups[account, region, name]?.members.isEmpty == true { remove(name, account, region) }
            return
        }
        // What SetInstanceHealth says goes on to count while the group's own checks are suspended.
        if !group.suspended.contains("HealthCheck") { checkHealth(of: group, account, region) }
        if !group.suspended.contains("ReplaceUnhealthy") {
            for member in groups[account, region, name]?.members ?? []
            where !member.isHealthy && !member.lifecycle.isEnding {
                let cause =
                    "At \(time()) an instance was taken out of service in response to an EC2 or ELB health check failure."
                end(member: member.id, of: name, cause: cause, replaces: true, account, region)
            }
        }
        advanceRefresh(name, account, region)
        group = groups[account, region, name] ?? group
        let active = group.members.filter { !$0.lifecycle.isEnding && $0.lifecycle != .standby }
        if active.count == group.desired, group.changeCause != nil {
            groups.update(account, region, name) { $0.changeCause = nil }
        }
        if active.count < group.desired, !group.suspended.contains("Launch") {
            await launch(group.desired - active.count, in: group, from: active.count, account, region)
        } else if active.count > group.desired, !group.suspended.contains("Terminate") {
            for member in surplus(active, group) {
                let cause =
                    Self.opening(group)
                    + "At \(time()) an instance was taken out of service in response to a difference between desired and actual "
                    + "capacity, shrinking the capacity from \(active.count) to \(group.desired)."
                end(member: member.id, of: name, cause: cause, replaces: true, account, region)
            }
        }
    }

    /// Marks members whose instance is gone, or (with ELB checks) whose target fails after the grace period.
    private func checkHealth(of group: ScalingGroup, _ account: String, _ region: String) {
        let targetGroups = group.healthCheckType.contains("ELB") ? group.targetGroupARNs : []
        let givenUp = Set(targetGroups.flatMap { elb.givenUp(in: $0, account, region) })
        for member in group.members where !member.lifecycle.isEnding && member.lifecycle != .standby {
            let state = ec2.instance(member.id, account: account, region: region)?.state
            var isHealthy = member.isHealthy && (state == .running || state == .pending)
            if givenUp.contains(member.id), member.lifecycle == .inService, isGraceOver(member, group) {
                isHealthy = false
            }
            if isHealthy != member.isHealthy {
                update(member.id, in: group.name, account, region) { $0.isHealthy = isHealthy }
            }
        }
    }

    /// Whether failed health checks of a member count. A grace period is what instances have to be ready, which no clock makes
    /// shorter for what runs on them.
    func isGraceOver(_ member: ScalingGroup.Member, _ group: ScalingGroup) -> Bool {
        cloud.clock.now - (member.inServiceSince ?? cloud.clock.now) >= Double(group.gracePeriod)
    }

    /// Those that go first: from the zone with most instances, the oldest launch, never a protected one.
    private func surplus(_ active: [ScalingGroup.Member], _ group: ScalingGroup) -> [ScalingGroup.Member] {
        var left = active
        var chosen: [ScalingGroup.Member] = []
        let newestFirst = group.terminationPolicies.first == "NewestInstance"
        while left.count > group.desired {
            let counts = Dictionary(grouping: left, by: \.zone).mapValues(\.count)
            let candidates = left.enumerated().filter { !$0.element.isProtected }
            let most = candidates.map { counts[$0.element.zone] ?? 0 }.max() ?? 0
            let inZone = candidates.filter { counts[$0.element.zone] == most }
            guard let next = newestFirst ? inZone.last : inZone.first else { break }
            chosen.append(left.remove(at: next.offset))
        }
        return chosen
    }

    private func launch(
        _ count: Int, in group: ScalingGroup, from current: Int, _ account: String, _ region: String
    ) async {
        if group.failures > 0 {
            // What just failed would fail again: AWS waits longer after each failure.
            do {
                try await cloud.clock.sleep(aws: min(600, 15 * Double(1 << min(group.failures, 6))))
            } catch { return }
            guard let now = groups[account, region, group.name], !now.isBeingDeleted,
                now.members.count(where: { !$0.lifecycle.isEnding && $0.lifecycle != .standby }) < now.desired
            else { return }
        }
        let cause =
            Self.opening(group)
            + "At \(time()) an instance was started in response to a difference between desired and actual capacity, "
            + "increasing the capacity from \(current) to \(group.desired)."
        for _ in 0..<count {
            guard let now = groups[account, region, group.name], !now.isBeingDeleted else { return }
            guard let place = nextPlace(now, account, region) else { return }
            let details = "{\"Subnet ID\":\"\(place.id)\",\"Availability Zone\":\"\(place.zone)\"}"
            do {
                var input: AWSValue = [
                    "SubnetId": .string(place.id), "MinCount": 1, "MaxCount": 1,
                    "TagSpecifications": [["ResourceType": "instance", "Tags": Self.instanceTags(now)]],
                ]
                input["LaunchTemplate"] = now.template.map {
                    .structure(["LaunchTemplateId": .string($0.id), "Version": .string($0.version ?? "$Default")])
                }
                let launched = try await ec2.launch(input, ownContext(account, region), requesterID: "autoscaling")
                for instance in launched {
                    guard groups[account, region, group.name] != nil else {
                        ec2.terminate(instance.id, account, region, reason: nil)
                        continue
                    }
                    let activity = begin(
                        "Launching a new EC2 instance: \(instance.id)", cause: cause, details: details,
                        group: group.name,
                        account, region)
                    groups.update(account, region, group.name) { group in
                        group.failures = 0
                        group.members.append(
                            .init(
                                id: instance.id, zone: instance.zone, lifecycle: .pending, type: instance.type,
                                template: resolved(now.template, account, region), isProtected: group.protectsNew,
                                activityID: activity))
                    }
                    // It may have come up while this waited.
                    if ec2.instance(instance.id, account: account, region: region)?.state == .running {
                        cameUp(instance.id, group.name, account, region)
                    }
                }
            } catch {
                let message = (error as? ServiceError)?.message ?? "\(error)"
                let activity = begin(
                    "Launching a new EC2 instance.  Status Reason: \(message) Launching EC2 instance failed.",
                    cause: cause,
                    details: details, group: group.name, account, region)
                end(activity, status: "Failed", message: "\(message) Launching EC2 instance failed.", account, region)
                groups.update(account, region, group.name) { $0.failures += 1 }
                kick(group.name, account, region)
                return
            }
        }
    }

    /// What a cause begins with: why the size was changed, when it was.
    private static func opening(_ group: ScalingGroup) -> String { group.changeCause.map { $0 + "  " } ?? "" }

    private static func instanceTags(_ group: ScalingGroup) -> AWSValue {
        var tags = [Tag(key: "aws:autoscaling:groupName", value: group.name)]
        tags += group.tags.filter(\.propagates).map { Tag(key: $0.key, value: $0.value) }
        return tags.awsValue()
    }

    /// The version that a member was launched with, by its number.
    func resolved(_ template: ScalingGroup.Template?, _ account: String, _ region: String) -> ScalingGroup.Template? {
        guard var template, let record = ec2.templates[account, region, template.id] else { return template }
        if let version = try? ec2.version(template.version, of: record) { template.version = String(version.number) }
        return template
    }

    /// The subnet with the fewest of the group's instances.
    private func nextPlace(_ group: ScalingGroup, _ account: String, _ region: String) -> Subnet? {
        let subnets: [Subnet]
        if group.subnetIDs.isEmpty {
            subnets = ec2.subnets.all(account: account, region: region).filter {
                $0.isDefault && group.zones.contains($0.zone)
            }
        } else {
            subnets = group.subnetIDs.compactMap { ec2.subnets[account, region, $0] }
        }
        func load(_ subnet: Subnet) -> Int {
            group.members.count { $0.zone == subnet.zone && !$0.lifecycle.isEnding }
        }
        return subnets.min { load($0) < load($1) }
    }

    // MARK: Coming up

    func instanceChanged(_ change: EC2Service.InstanceChange) {
        let (account, region) = (change.account, change.region)
        let owner = groups.all(account: account, region: region).first { group in
            group.members.contains { $0.id == change.id }
        }
        guard let owner else { return }
        switch change.state {
        case "running": cameUp(change.id, owner.name, account, region)
        case "terminated":
            let member = owner.members.first { $0.id == change.id }
            if member?.lifecycle.isEnding == true {
                leave(change.id, owner.name, account, region)
            } else {
                end(member?.activityID, status: "Cancelled", message: "The instance was terminated.", account, region)
                kick(owner.name, account, region)
            }
        default: kick(owner.name, account, region)
        }
    }

    private func cameUp(_ id: String, _ name: String, _ account: String, _ region: String) {
        guard let group = groups[account, region, name], let member = group.members.first(where: { $0.id == id }),
            member.lifecycle == .pending
        else { return }
        let hooks = group.hooks.filter { $0.transition == "autoscaling:EC2_INSTANCE_LAUNCHING" }
        if hooks.isEmpty { return enterService(id, name, account, region) }
        wait(for: hooks, id, name, .pendingWait, account, region)
    }

    func enterService(_ id: String, _ name: String, _ account: String, _ region: String) {
        guard let group = groups[account, region, name], let member = group.members.first(where: { $0.id == id }) else {
            return
        }
        update(id, in: name, account, region) {
            $0.lifecycle = .inService
            $0.inServiceSince = cloud.clock.now
        }
        if !group.suspended.contains("AddToLoadBalancer") {
            addToTargetGroups(id, group.targetGroupARNs, account, region)
        }
        end(member.activityID, account, region)
        publish("EC2 Instance Launch Successful", id, group, account, region)
        kick(name, account, region)
    }

    func addToTargetGroups(_ id: String, _ arns: [String], _ account: String, _ region: String) {
        for arn in arns {
            guard let port = elb.groups[account, region, arn]?.port else { continue }
            elb.register([.init(id: id, port: port)], in: arn, account, region)
        }
    }

    // MARK: Going

    /// Takes a member out of service: off its target groups, through its hooks, terminated.
    func end(
        member id: String, of name: String, cause: String, replaces: Bool, _ account: String, _ region: String
    ) {
        guard let group = groups[account, region, name], let member = group.members.first(where: { $0.id == id }),
            !member.lifecycle.isEnding
        else { return }
        end(member.activityID, status: "Cancelled", message: "The instance was terminated.", account, region)
        let activity = begin(
            "Terminating EC2 instance: \(id)", cause: cause,
            details: "{\"Availability Zone\":\"\(member.zone)\"}", group: name, account, region)
        for hook in member.waits.keys { waits.removeValue(forKey: "\(id)/\(hook)")?.cancel() }
        update(id, in: name, account, region) {
            $0.lifecycle = .terminating
            $0.activityID = activity
            $0.waits = [:]
        }
        for arn in group.targetGroupARNs { elb.deregister(id, port: nil, of: arn, account, region) }
        finishEnding(id, name, account, region)
        if replaces { kick(name, account, region) }
    }

    /// Goes on with a member that is ending, from wherever it is.
    func finishEnding(_ id: String, _ name: String, _ account: String, _ region: String) {
        cloud.spawn { [self] in
            guard let group = groups[account, region, name], let member = group.members.first(where: { $0.id == id })
            else { return }
            if member.lifecycle == .terminating {
                let isUp = ec2.instance(id, account: account, region: region)?.state == .running
                // Its requests end before it does.
                while isUp, group.targetGroupARNs.contains(where: { elb.isBusy(id, in: $0) }) {
                    do { try await cloud.clock.sleep(real: 0.02) } catch { return }
                }
                let hooks =
                    groups[account, region, name]?.hooks.filter {
                        $0.transition == "autoscaling:EC2_INSTANCE_TERMINATING"
                    } ?? []
                if isUp, !hooks.isEmpty { return wait(for: hooks, id, name, .terminatingWait, account, region) }
            } else if member.lifecycle == .terminatingWait {
                return
            }
            terminateInstance(id, name, account, region)
        }
    }

    func terminateInstance(_ id: String, _ name: String, _ account: String, _ region: String) {
        let state = ec2.instance(id, account: account, region: region)?.state
        if state == nil || state == .terminated { return leave(id, name, account, region) }
        ec2.terminate(
            id, account, region,
            reason: ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown"))
    }

    /// The instance is gone: so is the member.
    private func leave(_ id: String, _ name: String, _ account: String, _ region: String) {
        guard let group = groups[account, region, name], let member = group.members.first(where: { $0.id == id }) else {
            return
        }
        groups.update(account, region, name) { $0.members.removeAll { $0.id == id } }
        end(member.activityID, account, region)
        publish("EC2 Instance Terminate Successful", id, group, account, region)
        kick(name, account, region)
    }

    func remove(_ name: String, _ account: String, _ region: String) {
        for policy in groups[account, region, name]?.policies ?? [] {
            removeTrackingAlarms(of: policy.arn, name, ownContext(account, region))
        }
        groups[account, region, name] = nil
        for activity in activities.all(account: account, region: region) where activity.group == name {
            activities[account, region, activity.id] = nil
        }
    }

    private func publish(_ type: String, _ id: String, _ group: ScalingGroup, _ account: String, _ region: String) {
        cloud.events.publish(
            source: "aws.autoscaling", detailType: type,
            detail: [
                "AutoScalingGroupName": .string(group.name), "EC2InstanceId": .string(id), "StatusCode": "InProgress",
                "Description": .string("\(type): \(id)"),
            ],
            resources: [group.arn, "arn:aws:ec2:\(region):\(account):instance/\(id)"], account: account, region: region,
            time: cloud.clock.now)
    }
}
