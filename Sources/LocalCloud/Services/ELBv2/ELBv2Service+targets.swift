import AWSModel
import NIOCore

/// What is known of a registered target beside its record: it is found out again after a restart.
@CloudActor
final class LiveTarget {
    let target: Target
    var reason: (code: String, text: String)?
    /// The checks' loop, or the wait for the end of draining.
    var task: Task<Void, Never>?
    var passed = 0
    var failed = 0
    /// Seconds from the first of its failed checks in a row to the last, as they really passed: the waits between them, and what
    /// timed out.
    var failedFor = 0.0
    /// Whether its machine has been put on again with the cloud and may not serve yet: failed checks do not count so long.
    var isComingBack = false
    /// Whether the requests of a draining target have ended: then nothing has to wait for it, though it is still shown.
    var isDrained = false

    init(_ target: Target) { self.target = target }

    func become(_ state: Target.State, _ reason: (code: String, text: String)?) {
        target.state = state
        self.reason = reason
    }
}

extension ELBv2Service {
    typealias Member = TargetGroupRecord.Member

    var targetOperations: [String: OperationHandler] {
        [
            "RegisterTargets": registerTargets, "DeregisterTargets": deregisterTargets,
            "DescribeTargetHealth": describeTargetHealth,
        ]
    }

    private func members(_ input: AWSValue, _ record: TargetGroupRecord) -> [Member] {
        (input["Targets"]?.list ?? []).compactMap { target in
            target["Id"]?.string.map { Member(id: $0, port: target["Port"]?.int ?? record.port) }
        }
    }

    private func registerTargets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try group(input.require("TargetGroupArn", code: "ValidationError"), context)
        let added = members(input, record)
        if added.isEmpty { throw ServiceError("ValidationError", "A list of targets must be specified") }
        for member in added {
            if record.targetType == "ip" {
                guard AddressBlock.number(member.id) != nil else {
                    throw ServiceError("ValidationError", "The IP address '\(member.id)' is not a valid IPv4 address")
                }
                continue
            }
            guard let instance = ec2.instance(member.id, account: context.account, region: context.region),
                instance.state != .terminated
            else {
                throw ServiceError("InvalidTarget", "The following targets are not valid instances: '\(member.id)'")
            }
            guard instance.vpcID == record.vpcID else {
                throw ServiceError(
                    "InvalidTarget",
                    "The following targets are not in the target group VPC '\(record.vpcID)': '\(member.id)'")
            }
            guard instance.state == .running else {
                throw ServiceError(
                    "InvalidTarget",
                    "The following targets are not in a running state and cannot be registered: '\(member.id)'")
            }
        }
        register(added, in: record.arn, context.account, context.region)
        return [:]
    }

    /// Registers members; one that is draining is registered again.
    func register(_ added: [Member], in arn: String, _ account: String, _ region: String) {
        guard let record = groups[account, region, arn] else { return }
        for member in added {
            let isDraining = live[arn]?[member]?.target.state == .draining
            if record.members.contains(member), !isDraining { continue }
            groups.update(account, region, arn) { group in
                if !group.members.contains(member) { group.members.append(member) }
            }
            forget(member, of: arn)
            watch(member, of: arn, account, region)
        }
    }

    private func deregisterTargets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try group(input.require("TargetGroupArn", code: "ValidationError"), context)
        for target in input["Targets"]?.list ?? [] {
            guard let id = target["Id"]?.string else { continue }
            let port = target["Port"]?.int
            deregister(id, port: port, of: record.arn, context.account, context.region)
        }
        return [:]
    }

    /// Takes a target out: it gets no new request, and is shown as draining until its delay has passed, also when it has no
    /// request any more.
    func deregister(_ id: String, port: Int?, of arn: String, _ account: String, _ region: String) {
        guard let record = groups[account, region, arn] else { return }
        for member in record.members where member.id == id && (port == nil || port == member.port) {
            groups.update(account, region, arn) { $0.members.removeAll { $0 == member } }
            guard let target = live[arn]?[member] else { continue }
            target.task?.cancel()
            guard target.target.state != .unused else {
                forget(member, of: arn)
                continue
            }
            target.become(.draining, ("Target.DeregistrationInProgress", "Target deregistration is in progress"))
            refreshPool(arn, account, region)
            drain(target, member, of: arn, delay: record.deregistrationDelay, account, region)
        }
    }

    private func drain(
        _ live: LiveTarget, _ member: Member, of arn: String, delay: Double, _ account: String, _ region: String
    ) {
        live.isDrained = live.target.requests == 0
        if !live.isDrained {
            cloud.spawn {
                await live.target.waitUntilIdle()
                live.isDrained = true
            }
        }
        live.task = cloud.spawn { [self] in
            // Requests that outlast the delay are not cut, but their target is gone.
            do { try await cloud.clock.sleep(aws: delay) } catch { return }
            guard self.live[arn]?[member] === live else { return }
            self.live[arn]?[member] = nil
            refreshPool(arn, account, region)
        }
    }

    /// Whether a target that was taken out still has requests of the time before.
    func isBusy(_ id: String, in arn: String) -> Bool {
        (live[arn] ?? [:]).contains { $0.key.id == id && $0.value.target.state == .draining && !$0.value.isDrained }
    }

    func forget(_ member: Member, of arn: String) {
        live[arn]?[member]?.task?.cancel()
        live[arn]?[member] = nil
    }

    /// Begins to know a registered target: its connection, and its checks when a load balancer uses the group.
    func watch(_ member: Member, of arn: String, _ account: String, _ region: String) {
        guard let record = groups[account, region, arn] else { return }
        let ec2 = ec2
        let instanceID =
            record.targetType == "ip"
            ? ec2.instances.all(account: account, region: region)
                .first { $0.privateAddress == member.id && $0.state != .terminated }?.id
            : member.id
        let address =
            instanceID.flatMap { ec2.instance($0, account: account, region: region)?.privateAddress } ?? member.id
        let target = Target(id: member.id, port: member.port, address: address) {
            guard let instanceID, let host = await ec2.host(of: instanceID) else {
                return .failure(Sandbox.ConnectFailure(code: 113 /* EHOSTUNREACH */))
            }
            return await host.connect(port: member.port)
        }
        let live = LiveTarget(target)
        self.live[arn, default: [:]][member] = live
        begin(live, member, of: arn, account, region)
    }

    /// Gives a target that was there before the cloud's start the time to be there again. On AWS nothing ends and starts with
    /// the control plane: a group must not replace its instances because of that.
    func awaitReturn(of member: Member, in arn: String, _ account: String, _ region: String) {
        guard let live = live[arn]?[member] else { return }
        live.isComingBack = true
        cloud.spawn { [self] in
            await ec2.waitForMachine(of: member.id, account, region)
            try? await RunningTime.pass(Self.longestReturn)
            live.isComingBack = false
        }
    }

    /// Puts a target into its first state and starts its checks.
    private func begin(_ live: LiveTarget, _ member: Member, of arn: String, _ account: String, _ region: String) {
        live.task?.cancel()
        live.passed = 0
        live.failed = 0
        live.failedFor = 0
        if users(of: arn, account, region).isEmpty {
            live.become(
                .unused, ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
            )
        } else if let state = ec2.instance(member.id, account: account, region: region)?.state,
            [.stopping, .stopped, .shuttingDown, .terminated].contains(state)
        {
            live.become(.unused, ("Target.InvalidState", "Target is in the \(state.rawValue) state"))
        } else {
            live.become(.initial, ("Elb.RegistrationInProgress", "Target registration is in progress"))
            live.task = cloud.spawn { [self] in await check(live, member, of: arn, account, region) }
        }
        refreshPool(arn, account, region)
    }

    /// Checks a target as its group says, until it is taken out.
    private func check(_ live: LiveTarget, _ member: Member, of arn: String, _ account: String, _ region: String) async
    {
        var rounds = 0
        while !Task.isCancelled, let record = groups[account, region, arn], self.live[arn]?[member] === live {
            let settings = record.check
            let outcome = await outcome(of: settings, live.target, member, account, region)
            guard !Task.isCancelled, self.live[arn]?[member] === live, live.target.state != .draining else { return }
            note(outcome, live, settings, of: arn, account, region)
            rounds += 1
            // A shortened interval is for the changes; in a steady state many targets would only keep the machine busy.
            let isSteady = cloud.clock.mode == .fast && live.target.state == .healthy && live.passed > 10
            do {
                try await cloud.clock.sleep(aws: Double(settings.interval) * (isSteady ? 5 : 1))
            } catch {
                return
            }
        }
    }

    private func outcome(
        of settings: TargetGroupRecord.Check, _ target: Target, _ member: Member, _ account: String, _ region: String
    ) async -> HealthCheck.Outcome {
        guard settings.isEnabled else { return .passed }
        let port = Int(settings.port) ?? member.port
        let check = HealthCheck(
            path: settings.path, isHTTP: settings.protocolName.hasPrefix("HTTP"), matcher: settings.matcher,
            timeout: Double(settings.timeout))
        guard port != member.port, let host = ec2.host(of: member.id) else {
            return await check.run(target, connect: target.connect)
        }
        return await check.run(target) { await host.connect(port: port) }
    }

    private func note(
        _ outcome: HealthCheck.Outcome, _ live: LiveTarget, _ settings: TargetGroupRecord.Check, of arn: String,
        _ account: String, _ region: String
    ) {
        let before = live.target.state
        if outcome == .passed {
            live.failed = 0
            live.failedFor = 0
            live.passed += 1
            live.isComingBack = false
            // A fresh target needs one passed check, one that was unhealthy as many as the group says.
            if before == .initial || (before == .unhealthy && live.passed >= settings.healthyThreshold) {
                live.become(.healthy, nil)
            }
        } else {
            live.passed = 0
            live.failed += 1
            if live.failed > 1 { live.failedFor += cloud.clock.duration(aws: Double(settings.interval)) }
            if outcome == .timeout { live.failedFor += Double(settings.timeout) }
            let reason =
                switch outcome {
                case .mismatch(let status):
                    ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [\(status)]")
                case .timeout: ("Target.Timeout", "Request timed out")
                default: ("Target.FailedHealthChecks", "Health checks failed")
                }
            if before == .unhealthy {
                live.reason = reason
            } else if live.failed >= settings.unhealthyThreshold,
                live.failedFor > min(settings.tolerance, Self.shortestFailure) - 0.01,
                !live.isComingBack
            {
                live.become(.unhealthy, reason)
            } else if before == .initial {
                live.reason = ("Elb.InitialHealthChecking", "Initial health checks in progress")
            }
        }
    }

    /// Gives the proxies a group's targets.
    func refreshPool(_ arn: String, _ account: String, _ region: String) {
        guard let record = groups[account, region, arn] else { return }
        let usable = (live[arn] ?? [:]).values.map(\.target).filter { $0.state != .draining && $0.state != .unused }
        pool(arn).set(
            usable.sorted { ($0.id, $0.port) < ($1.id, $1.port) },
            prefersLeastRequests: record.attributes["load_balancing.algorithm.type"] == "least_outstanding_requests",
            stickiness: Stickiness(record.attributes))
    }

    func pool(_ arn: String) -> TargetPool {
        if let pool = pools[arn] { return pool }
        let pool = TargetPool(arn)
        pools[arn] = pool
        return pool
    }

    /// After listeners or rules changed: groups that came into use are checked, those that left it are not.
    func refreshUse(_ account: String, _ region: String) {
        for record in groups.all(account: account, region: region) {
            let isUsed = !users(of: record.arn, account, region).isEmpty
            for (member, target) in live[record.arn] ?? [:] where target.target.state != .draining {
                let wasUsed = target.reason?.code != "Target.NotInUse"
                if isUsed != wasUsed { begin(target, member, of: record.arn, account, region) }
            }
        }
    }

    /// An instance that goes away leaves its groups; one that stops is not used until it runs again.
    func instanceChanged(_ change: EC2Service.InstanceChange) {
        for record in groups.all(account: change.account, region: change.region) {
            for member in record.members where member.id == change.id {
                switch change.state {
                case "shutting-down":
                    deregister(member.id, port: member.port, of: record.arn, change.account, change.region)
                case "stopping", "stopped", "running":
                    if let target = live[record.arn]?[member] {
                        begin(target, member, of: record.arn, change.account, change.region)
                    }
                default: break
                }
            }
        }
    }

    /// Targets that have been unhealthy for as long as their group's settings make that, however short the clock makes the waits
    /// between checks: an Auto Scaling group replaces them.
    func givenUp(in arn: String, _ account: String, _ region: String) -> [String] {
        guard let tolerance = groups[account, region, arn]?.check.tolerance else { return [] }
        return (live[arn] ?? [:]).filter {
            $0.value.target.state == .unhealthy && $0.value.failedFor > tolerance - 0.01
        }
        .map(\.key.id)
    }

    /// The state of a group's targets for other services: id, state and reason's code.
    func health(of arn: String) -> [(id: String, state: String, reason: String?)] {
        (live[arn] ?? [:]).map { ($0.key.id, $0.value.target.state.rawValue, $0.value.reason?.code) }
    }

    private func describeTargetHealth(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try group(input.require("TargetGroupArn", code: "ValidationError"), context)
        let known = live[record.arn] ?? [:]
        let wanted: [Member]
        if let targets = input["Targets"]?.list, !targets.isEmpty {
            wanted = targets.flatMap { target -> [Member] in
                let id = target["Id"]?.string ?? ""
                if let port = target["Port"]?.int { return [Member(id: id, port: port)] }
                let matching = known.keys.filter { $0.id == id }
                return matching.isEmpty ? [Member(id: id, port: record.port)] : Array(matching)
            }
        } else {
            wanted = Array(known.keys)
        }
        let rows = wanted.sorted { ($0.id, $0.port) < ($1.id, $1.port) }.map { member -> AWSValue in
            let target = known[member]
            let state = target?.target.state ?? .unused
            let reason =
                target == nil
                ? ("Target.NotRegistered", "Target is not registered to the target group") : target?.reason
            return .structure([
                "Target": ["Id": .string(member.id), "Port": .integer(Int64(member.port))],
                "HealthCheckPort": target == nil
                    ? nil : .string(record.check.port == "traffic-port" ? String(member.port) : record.check.port),
                "TargetHealth": .structure([
                    "State": .string(state.rawValue), "Reason": reason.map { .string($0.0) },
                    "Description": reason.map { .string($0.1) },
                ]),
            ])
        }
        return ["TargetHealthDescriptions": .list(rows)]
    }
}
