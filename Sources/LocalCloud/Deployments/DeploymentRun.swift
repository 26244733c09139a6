import AWSModel

/// Carries one deployment to its end.
@CloudActor
final class DeploymentRun {
    /// Why a deployment ends: its error information.
    struct Failure: Error {
        var code: String
        var message: String
        var status = DeploymentRecord.Status.failed

        static let interrupted = Failure(
            code: "INTERNAL_ERROR", message: "The deployment was interrupted: the local cloud was stopped")
    }

    let service: CodeDeployService
    let account: String
    let region: String
    let id: String
    let group: CodeDeployService.Group
    private(set) var role = Principal.service("codedeploy.amazonaws.com", account: "")
    private var stopFailure: Failure?
    private var continuations: [CheckedContinuation<Void, Never>] = []
    /// Waits that ContinueDeployment ended.
    private var continued: Set<String> = []

    init(_ service: CodeDeployService, account: String, region: String, id: String, group: CodeDeployService.Group) {
        self.service = service
        self.account = account
        self.region = region
        self.id = id
        self.group = group
    }

    var cloud: Cloud { service.cloud }
    var record: DeploymentRecord? { service.deployments[account, region, id] }

    func update(_ change: (inout DeploymentRecord) -> Void) { service.deployments.update(account, region, id, change) }

    func updateTarget(_ instance: String, _ change: (inout DeploymentTarget) -> Void) {
        let now = cloud.clock.now
        update { record in
            guard let at = record.targets.firstIndex(where: { $0.instance == instance }) else { return }
            change(&record.targets[at])
            record.targets[at].changed = now
        }
    }

    // MARK: - From outside

    func stop(_ failure: Failure) {
        if stopFailure == nil { stopFailure = failure }
        wake()
    }

    /// Ends a wait: `READY_WAIT` or `TERMINATION_WAIT`.
    func goOn(_ wait: String) {
        continued.insert(wait)
        wake()
    }

    private func wake() {
        let waiting = continuations
        continuations = []
        for waiter in waiting { waiter.resume() }
    }

    func checkStop() throws(Failure) {
        if let stopFailure { throw stopFailure }
        if Task.isCancelled { throw Failure(code: "INTERNAL_ERROR", message: "The local cloud was stopped") }
    }

    var isStopped: Bool { (try? checkStop()) == nil }

    /// Waits for ContinueDeployment, a stop, or until the time is up; whether it was continued.
    ///
    /// - Parameter isLimit: Whether the time is what people have to say the word, rather than what AWS waits for its own sake.
    func wait(_ kind: String, minutes: Int, isLimit: Bool) async throws(Failure) -> Bool {
        let timer = cloud.spawn { [clock = cloud.clock, weak self] in
            let seconds = Double(minutes) * 60
            do {
                if isLimit { try await clock.sleep(limit: seconds) } else { try await clock.sleep(aws: seconds) }
            } catch { return }
            self?.wake()
        }
        if minutes > 0, !continued.contains(kind), stopFailure == nil {
            await withCheckedContinuation { continuations.append($0) }
        }
        timer.cancel()
        try checkStop()
        return continued.contains(kind)
    }

    // MARK: - The course

    func run() async {
        let now = cloud.clock.now
        let goesOn = record?.isWaiting == true
        update {
            $0.status = .inProgress
            $0.started = $0.started ?? now
        }
        service.publish(id, account, region)
        let watch = watchAlarms()
        defer { watch?.cancel() }
        var failure: Failure?
        do {
            try assumeRole()
            guard let record else { return }
            if record.creator == "codeDeployRollback", record.isBlueGreen {
                try await rollBackTraffic()
            } else if goesOn {
                try await goOnBlueGreen()
            } else if record.isBlueGreen, record.creator != "autoscaling" {
                try await deployBlueGreen()
            } else {
                try await deployInPlace()
            }
        } catch {
            failure = error
        }
        if Task.isCancelled { return }  // the next start reports it
        end(failure)
    }

    private func end(_ failure: Failure?) {
        let now = cloud.clock.now
        update { record in
            record.status = failure?.status ?? .succeeded
            record.completed = now
            record.errorCode = failure?.code
            record.errorMessage = failure?.message
            record.isWaitingForTermination = false
            for at in record.targets.indices
            where ["Pending", "InProgress", "Ready"].contains(record.targets[at].status) {
                record.targets[at].status = "Skipped"
                for event in record.targets[at].events.indices
                where record.targets[at].events[event].status == "Pending" {
                    record.targets[at].events[event].status = "Skipped"
                }
            }
        }
        service.ended(self, failure)
    }

    private func assumeRole() throws(Failure) {
        do {
            role = try cloud.iam.assume(roleARN: group.role, by: "codedeploy.amazonaws.com", session: id)
        } catch {
            throw Failure(
                code: "IAM_ROLE_MISSING",
                message: "The IAM role \(group.role) could not be assumed by CodeDeploy. \(error.message)")
        }
    }

    /// What CodeDeploy calls on the way of a blue/green deployment besides the calls that are made here one by one: it hears
    /// of new instances by the hook, keeps them waiting, and takes the original ones away. Without them a deployment would
    /// hang half-way, so that they are looked at before anything moves. (Actions of the managed policy AWSCodeDeployRole.)
    func checkRole() throws(Failure) {
        for action in [
            "autoscaling:DescribeLifecycleHooks", "autoscaling:RecordLifecycleActionHeartbeat",
            "autoscaling:CompleteLifecycleAction", "autoscaling:DeleteLifecycleHook",
            "autoscaling:DeleteAutoScalingGroup", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus",
            "ec2:TerminateInstances",
        ] {
            do {
                try cloud.iam.authorize(role, action: action, resource: "*")
            } catch {
                throw Failure(code: "IAM_ROLE_PERMISSIONS", message: error.message)
            }
        }
    }

    /// A call of another service with the group's role.
    func call(_ service: String, _ operation: String, _ input: AWSValue) async throws(Failure) -> AWSValue {
        do {
            return try await cloud.call(service, operation, input, as: role, region: region)
        } catch let error as ServiceError {
            if error.code.contains("AccessDenied") || error.code.contains("Unauthorized") {
                let name = [
                    "autoscaling": "AmazonAutoScaling", "elbv2": "AmazonElasticLoadBalancing", "ec2": "AmazonEC2",
                ][service]
                throw Failure(
                    code: "IAM_ROLE_PERMISSIONS",
                    message:
                        "The IAM role \(group.role) does not give you permission to perform operations in the following AWS service: \(name ?? service). Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to your users or groups by creating IAM policies. \(error.message)"
                )
            }
            throw Failure(code: "INTERNAL_ERROR", message: "\(operation): \(error.code): \(error.message)")
        } catch {
            throw Failure(code: "INTERNAL_ERROR", message: "\(operation): \(error)")
        }
    }

    /// Stops the deployment when one of the group's alarms goes off.
    private func watchAlarms() -> Task<Void, Never>? {
        // The way back is for when alarms have gone off: they must not stop it.
        guard record?.rollbackTrigger == nil else { return nil }
        let configuration = record?.alarms ?? group.settings["alarmConfiguration"]
        let names = (configuration?["alarms"]?.list ?? []).compactMap { $0["name"]?.string }
        guard configuration?["enabled"]?.bool == true, !names.isEmpty else { return nil }
        let ignores = configuration?["ignorePollAlarmFailure"]?.bool == true
        return cloud.spawn { [weak self] in
            while !Task.isCancelled, let self {
                do throws(Failure) {
                    let answer = try await self.call(
                        "cloudwatch", "DescribeAlarms", ["AlarmNames": .list(names.map(AWSValue.string))])
                    let active = (answer["MetricAlarms"]?.list ?? []).filter { $0["StateValue"]?.string == "ALARM" }
                        .compactMap { $0["AlarmName"]?.string }
                    if !active.isEmpty {
                        self.stop(
                            Failure(
                                code: "ALARM_ACTIVE",
                                message:
                                    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: \(active.joined(separator: ", "))",
                                status: .stopped))
                        return
                    }
                } catch {
                    if !ignores, !Task.isCancelled {
                        self.stop(error)
                        return
                    }
                }
                try? await self.cloud.clock.sleep(real: 0.5)
            }
        }
    }
}
