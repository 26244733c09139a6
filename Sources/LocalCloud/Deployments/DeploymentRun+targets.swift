import AWSModel

/// Lifecycle events on instances, in batches that keep enough of them healthy.
extension DeploymentRun {
    static let tooFewHealthy = Failure(
        code: "HEALTH_CONSTRAINTS",
        message:
            "The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems."
    )

    func healthyHosts(_ total: Int) throws(Failure) -> HealthyHosts {
        guard let record else { throw Failure(code: "INTERNAL_ERROR", message: "The deployment is gone") }
        let config = service.config(record.config, account, region)
        let hosts = HealthyHosts(
            type: config?.type ?? "HOST_COUNT", value: config?.value ?? 0, total: total,
            isOneAtATime: record.config == "CodeDeployDefault.OneAtATime")
        guard !hosts.isImpossible || hosts.allowsLastFailure else {
            throw Failure(
                code: "HEALTH_CONSTRAINTS_INVALID",
                message:
                    "The deployment can't start: the minimum of \(hosts.minimum) healthy instances leaves none of the \(total) instance(s) to deploy to."
            )
        }
        return hosts
    }

    /// Runs `work` for each instance, as many at once as the configuration allows.
    ///
    /// - Throws: ``tooFewHealthy`` when too many fail, or why the deployment was stopped.
    func inBatches(_ instances: [String], _ work: @escaping @CloudActor @Sendable (String) async -> Bool)
        async throws(Failure)
    {
        let hosts = try healthyHosts(instances.count)
        var pending = instances
        var running = 0
        var succeeded = 0
        var failed = 0
        let outcome: Result<Void, Failure> = await withTaskGroup(of: Bool.self) { group in
            while true {
                do throws(Failure) {
                    try checkStop()
                } catch {
                    pending = []
                    if running == 0 { return .failure(error) }
                }
                for _ in 0..<hosts.startable(pending: pending.count, inProgress: running, succeeded: succeeded) {
                    let instance = pending.removeFirst()
                    running += 1
                    group.addTask { await work(instance) }
                }
                switch hosts.verdict(pending: pending.count, inProgress: running, succeeded: succeeded, failed: failed)
                {
                case .succeeded: return .success(())
                case .failed: return .failure(Self.tooFewHealthy)
                case .goesOn: break
                }
                guard let ok = await group.next() else { return .failure(Self.tooFewHealthy) }
                running -= 1
                if ok { succeeded += 1 } else { failed += 1 }
            }
        }
        try checkStop()
        try outcome.get()
    }

    /// Runs events on one instance in order; the first failure skips the rest. Whether all succeeded.
    func perform(_ events: [String], on instance: String, endsTarget: Bool) async -> Bool {
        guard let record else { return false }
        updateTarget(instance) { $0.status = "InProgress" }
        let target = record.targets.first { $0.instance == instance }
        let agent = InstanceAgent(
            cloud: cloud, instance: instance, account: account, region: region, deployment: record,
            revision: record.revision["s3Location"] ?? [:], isOnPremises: target?.onPremisesARN != nil,
            installsRevision: target?.events.contains { $0.name == "Install" } != false,
            isStopped: { [weak self] in self?.isStopped ?? true })
        for event in events {
            set(instance, event, "InProgress", nil)
            do throws(EventDiagnostics) {
                if isStopped { throw EventDiagnostics.failure("The deployment was stopped") }
                switch event {
                case "BlockTraffic": try await block(instance)
                case "AllowTraffic": try await allow(instance)
                default:
                    if event == events.first || event == "ApplicationStop" { try await agent.waitUntilReady() }
                    try await agent.perform(event)
                }
                set(instance, event, "Succeeded", .success)
            } catch {
                set(instance, event, "Failed", error)
                if event == "ApplicationStop", record.ignoresApplicationStopFailures { continue }
                updateTarget(instance) { target in
                    target.status = "Failed"
                    for at in target.events.indices where target.events[at].status == "Pending" {
                        target.events[at].status = "Skipped"
                    }
                }
                service.publish(id, account, region, instance: instance)
                return false
            }
        }
        if endsTarget {
            if events.contains("Install") { await agent.markSuccessful() }
            updateTarget(instance) { $0.status = "Succeeded" }
            service.publish(id, account, region, instance: instance)
        }
        return true
    }

    func markSuccessful(_ instance: String) async {
        guard let record else { return }
        let agent = InstanceAgent(
            cloud: cloud, instance: instance, account: account, region: region, deployment: record, revision: [:])
        await agent.markSuccessful()
        updateTarget(instance) { $0.status = "Succeeded" }
        service.publish(id, account, region, instance: instance)
    }

    private func set(_ instance: String, _ event: String, _ status: String, _ diagnostics: EventDiagnostics?) {
        let now = cloud.clock.now
        updateTarget(instance) { target in
            guard let at = target.events.firstIndex(where: { $0.name == event }) else { return }
            target.events[at].status = status
            if status == "InProgress" { target.events[at].started = now } else { target.events[at].ended = now }
            if let diagnostics { target.events[at].diagnostics = diagnostics }
        }
    }

    func addTargets(_ instances: [String], label: String?, events: [String]) {
        let now = cloud.clock.now
        update { record in
            for instance in instances where !record.targets.contains(where: { $0.instance == instance }) {
                record.targets.append(
                    DeploymentTarget(
                        instance: instance, onPremisesARN: service.onPremises[account, region, instance]?.arn,
                        label: label, changed: now, events: events.map { .init(name: $0) }))
            }
        }
    }

    // MARK: - Finding instances

    /// Instances of the group: in its Auto Scaling groups, and running ones that its tags name.
    func instances() async throws(Failure) -> [String] {
        var found: [String] = []
        for name in group.autoScalingGroups { found += try await instances(ofGroup: name) }
        let filters = TagFilters(
            filters: group.settings["ec2TagFilters"], sets: group.settings["ec2TagSet"]?["ec2TagSetList"])
        if !filters.isEmpty {
            let answer = try await call(
                "ec2", "DescribeInstances",
                ["Filters": [["Name": "instance-state-name", "Values": ["running"]]]])
            for reservation in answer["Reservations"]?.list ?? [] {
                for instance in reservation["Instances"]?.list ?? [] {
                    guard let id = instance["InstanceId"]?.string, !found.contains(id) else { continue }
                    if filters.matches([Tag](instance["Tags"])) { found.append(id) }
                }
            }
        }
        let outside = TagFilters(
            filters: group.settings["onPremisesInstanceTagFilters"],
            sets: group.settings["onPremisesTagSet"]?["onPremisesTagSetList"])
        for instance in service.onPremises.all(account: account, region: region)
        where instance.isRegistered && outside.matches(instance.tags) {
            found.append(instance.name)
        }
        if let only = record?.onlyInstances { found = only }
        return found
    }

    func describe(_ name: String) async throws(Failure) -> AWSValue? {
        try await call("autoscaling", "DescribeAutoScalingGroups", ["AutoScalingGroupNames": [.string(name)]])[
            "AutoScalingGroups"]?
            .list?.first
    }

    func instances(ofGroup name: String) async throws(Failure) -> [String] {
        guard let found = try await describe(name) else {
            throw Failure(code: "AUTO_SCALING_CONFIGURATION", message: "The Auto Scaling group \(name) does not exist.")
        }
        return (found["Instances"]?.list ?? []).filter { $0["LifecycleState"]?.string == "InService" }
            .compactMap { $0["InstanceId"]?.string }
    }
}
