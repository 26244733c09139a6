import AWSModel

/// Moving traffic: instances in and out of the group's target groups.
extension DeploymentRun {
    var hasLoadBalancer: Bool { record?.hasTrafficControl == true && !targetGroupNames.isEmpty }

    private var targetGroupNames: [String] {
        (record?.loadBalancer?["targetGroupInfoList"]?.list ?? []).compactMap { $0["name"]?.string }
    }

    private func targetGroups() async throws(Failure) -> [String] {
        guard !targetGroupNames.isEmpty else { return [] }
        let answer = try await call(
            "elbv2", "DescribeTargetGroups", ["Names": .list(targetGroupNames.map(AWSValue.string))])
        return (answer["TargetGroups"]?.list ?? []).compactMap { $0["TargetGroupArn"]?.string }
    }

    private func health(_ instance: String, in group: String) async throws(Failure) -> (state: String, reason: String) {
        let answer = try await call(
            "elbv2", "DescribeTargetHealth", ["TargetGroupArn": .string(group), "Targets": [["Id": .string(instance)]]])
        let health = answer["TargetHealthDescriptions"]?.list?.first?["TargetHealth"]
        return (health?["State"]?.string ?? "unused", health?["Reason"]?.string ?? "")
    }

    private static let longestWait = 3600.0

    /// Registers the instance and returns when the load balancer sends it requests.
    func allow(_ instance: String) async throws(EventDiagnostics) {
        do {
            for group in try await targetGroups() {
                _ = try await call(
                    "elbv2", "RegisterTargets",
                    ["TargetGroupArn": .string(group), "Targets": [["Id": .string(instance)]]])
                update { $0.hasMovedTraffic = true }
                let end = cloud.clock.now + Self.longestWait
                while true {
                    let health = try await health(instance, in: group)
                    if health.state == "healthy" { break }
                    // No listener uses the group: there is no traffic to wait for.
                    if health.state == "unused", health.reason == "Target.NotInUse" { break }
                    try checkStop()
                    if health.state == "draining" || health.reason == "Target.NotRegistered" {
                        throw EventDiagnostics.failure(
                            "The instance \(instance) was taken out of its target group while it was waiting for traffic."
                        )
                    }
                    guard cloud.clock.now < end else {
                        throw EventDiagnostics.failure(
                            "The instance did not become healthy in the load balancer within \(Int(Self.longestWait)) seconds"
                        )
                    }
                    try? await cloud.clock.sleep(real: 0.1)
                }
            }
        } catch let failure as Failure {
            throw .failure(failure.message)
        } catch let diagnostics as EventDiagnostics {
            throw diagnostics
        } catch {
            throw .failure("\(error)")
        }
    }

    /// Deregisters the instance and returns when its last request has ended.
    func block(_ instance: String) async throws(EventDiagnostics) {
        do {
            for group in try await targetGroups() {
                _ = try await call(
                    "elbv2", "DeregisterTargets",
                    ["TargetGroupArn": .string(group), "Targets": [["Id": .string(instance)]]])
                let end = cloud.clock.now + Self.longestWait
                while try await health(instance, in: group).state == "draining", cloud.clock.now < end {
                    try checkStop()
                    try? await cloud.clock.sleep(real: 0.1)
                }
            }
        } catch {
            throw .failure(error.message)
        }
    }

    // MARK: - In place

    func deployInPlace() async throws(Failure) {
        let instances = try await instances()
        guard !instances.isEmpty else {
            throw Failure(
                code: "NO_INSTANCES",
                message:
                    "The deployment failed because no instances were found for your deployment group. Check your deployment group settings to make sure the tags for your Amazon EC2 instances or Auto Scaling groups correctly identify the instances you want to deploy to, and then try again."
            )
        }
        // An instance that is being launched gets its traffic from its group.
        let movesTraffic = hasLoadBalancer && record?.creator != "autoscaling"
        let events = LifecycleEvents.inPlace(hasLoadBalancer: movesTraffic)
        addTargets(instances, label: nil, events: events)
        try await inBatches(instances) { await self.perform(events, on: $0, endsTarget: true) }
    }
}
