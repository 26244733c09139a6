import AWSModel

/// Blue/green: a copy of the Auto Scaling group gets the revision, then the traffic.
extension DeploymentRun {
    func deployBlueGreen() async throws(Failure) {
        guard let blue = record?.blueGroup ?? group.autoScalingGroups.first, let original = try await describe(blue)
        else {
            throw Failure(code: "AUTO_SCALING_CONFIGURATION", message: "The Auto Scaling group to copy does not exist.")
        }
        try checkRole()
        let blues = try await instances(ofGroup: blue)
        let green = "CodeDeploy_\(group.name)_\(id)"
        update {
            $0.blueGroup = blue
            $0.greenGroup = green
        }
        addTargets(blues, label: "Blue", events: hasLoadBalancer ? LifecycleEvents.block : [])
        let greens = try await provision(green, like: original, count: max(1, blues.count))
        addTargets(greens, label: "Green", events: LifecycleEvents.green(hasLoadBalancer: hasLoadBalancer))
        try await inBatches(greens) { await self.perform(LifecycleEvents.install, on: $0, endsTarget: false) }
        let ready = (record?.targets ?? []).filter { $0.label == "Green" && $0.status == "InProgress" }.map(\.instance)
        try await waitUntilContinued(ready)
        try await moveTraffic(from: blue, blues, to: green, ready)
        try await terminate(blue)
    }

    /// Goes on with a deployment that was waiting when the cloud was ended, for the word to reroute traffic or before the end of
    /// its original instances: nothing was under way on an instance, and on AWS it would wait on. Its wait begins anew.
    func goOnBlueGreen() async throws(Failure) {
        guard let record, let blue = record.blueGroup, let green = record.greenGroup else { throw Failure.interrupted }
        if !record.isWaitingForTermination {
            let ready = record.targets.filter { $0.label == "Green" && $0.status == "Ready" }.map(\.instance)
            try await waitUntilContinued(ready)
            let blues = record.targets.filter { $0.label == "Blue" }.map(\.instance)
            try await moveTraffic(from: blue, blues, to: green, ready)
        }
        try await terminate(blue)
    }

    private func moveTraffic(
        from blue: String, _ blues: [String], to green: String, _ ready: [String]
    ) async throws(Failure) {
        if hasLoadBalancer {
            try await inBatches(ready) { await self.perform(LifecycleEvents.allow, on: $0, endsTarget: false) }
        }
        for instance in ready where record?.targets.first(where: { $0.instance == instance })?.status != "Failed" {
            await markSuccessful(instance)
        }
        if hasLoadBalancer {
            try await inBatches(blues) { await self.perform(LifecycleEvents.block, on: $0, endsTarget: true) }
        } else {
            for instance in blues { updateTarget(instance) { $0.status = "Succeeded" } }
        }
        try await handOver(from: blue, to: green)
    }

    // MARK: - The copied group

    private func provision(_ name: String, like original: AWSValue, count: Int) async throws(Failure) -> [String] {
        var input: AWSMap = ["AutoScalingGroupName": .string(name), "MinSize": 0, "DesiredCapacity": 0]
        for member in [
            "LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName", "MaxSize", "DefaultCooldown",
            "HealthCheckType", "HealthCheckGracePeriod", "PlacementGroup", "VPCZoneIdentifier", "TerminationPolicies",
            "NewInstancesProtectedFromScaleIn", "ServiceLinkedRoleARN", "TargetGroupARNs", "LoadBalancerNames",
        ] {
            if let value = original[member], value != .string(""), value != .list([]) { input[member] = value }
        }
        // A group names its template by id and by name; a request takes one of them.
        if input["LaunchTemplate"]?["LaunchTemplateId"] != nil { input["LaunchTemplate"]?["LaunchTemplateName"] = nil }
        if input["VPCZoneIdentifier"] == nil { input["AvailabilityZones"] = original["AvailabilityZones"] }
        let tags = (original["Tags"]?.list ?? []).filter { $0["Key"]?.string != "CodeDeployProvisioningDeploymentId" }
            .map {
                tag -> AWSValue in
                .structure([
                    "Key": tag["Key"], "Value": tag["Value"], "PropagateAtLaunch": tag["PropagateAtLaunch"] ?? true,
                ])
            }
        let mark: AWSValue = [
            "Key": "CodeDeployProvisioningDeploymentId", "Value": .string(id), "PropagateAtLaunch": true,
        ]
        input["Tags"] = .list(tags + [mark])
        _ = try await call("autoscaling", "CreateAutoScalingGroup", .map(input))
        _ = try await call(
            "autoscaling", "UpdateAutoScalingGroup",
            [
                "AutoScalingGroupName": .string(name), "MinSize": original["MinSize"] ?? 0,
                "DesiredCapacity": .integer(Int64(count)),
            ])
        _ = try await call(
            "autoscaling", "SuspendProcesses",
            [
                "AutoScalingGroupName": .string(name),
                "ScalingProcesses": ["AddToLoadBalancer", "AlarmNotification", "ScheduledActions"],
            ])
        let end = cloud.clock.now + 3600
        while true {
            let found = try await instances(ofGroup: name)
            if found.count >= count { return found }
            try checkStop()
            guard cloud.clock.now < end else {
                throw Failure(
                    code: "TIMEOUT", message: "The replacement instances were not launched within 60 minutes.")
            }
            try? await cloud.clock.sleep(real: 0.2)
        }
    }

    private func waitUntilContinued(_ greens: [String]) async throws(Failure) {
        let option = record?.blueGreen?["deploymentReadyOption"]
        guard option?["actionOnTimeout"]?.string == "STOP_DEPLOYMENT" else { return }
        update { $0.status = .ready }
        for instance in greens { updateTarget(instance) { $0.status = "Ready" } }
        service.publish(id, account, region)
        let minutes = option?["waitTimeInMinutes"]?.int ?? 0
        guard try await wait("READY_WAIT", minutes: max(1, minutes), isLimit: true) else {
            throw Failure(
                code: "MANUAL_STOP",
                message: "The deployment was stopped because traffic was not rerouted within \(minutes) minutes.",
                status: .stopped)
        }
        update { $0.status = .inProgress }
        for instance in greens { updateTarget(instance) { $0.status = "InProgress" } }
    }

    /// The green group is the deployment group's from now on, and grows and shrinks by itself again.
    private func handOver(from blue: String, to green: String) async throws(Failure) {
        _ = try await call("autoscaling", "ResumeProcesses", ["AutoScalingGroupName": .string(green)])
        await service.removeHooks(of: group, from: [blue], as: role, region: region)
        try await service.replaceGroup(blue, by: green, in: group, account: account, region: region, as: role)
    }

    private func terminate(_ blue: String) async throws(Failure) {
        let option = record?.blueGreen?["terminateBlueInstancesOnDeploymentSuccess"]
        guard option?["action"]?.string ?? "TERMINATE" == "TERMINATE" else { return }
        update { $0.isWaitingForTermination = true }
        _ = try await wait(
            "TERMINATION_WAIT", minutes: option?["terminationWaitTimeInMinutes"]?.int ?? 0, isLimit: false)
        _ = try await call(
            "autoscaling", "DeleteAutoScalingGroup", ["AutoScalingGroupName": .string(blue), "ForceDelete": true])
    }

    // MARK: - Rollback

    /// Gives the traffic back to the original instances: they are allowed again, then the replacements blocked.
    func rollBackTraffic() async throws(Failure) {
        guard let origin = record?.rollbackTrigger, let failed = service.deployments[account, region, origin] else {
            return
        }
        let blues = failed.targets.filter { $0.label == "Blue" }.map(\.instance)
        let greens = failed.targets.filter { $0.label == "Green" }.map(\.instance)
        guard failed.hasMovedTraffic, hasLoadBalancer else {
            addTargets(blues, label: "Blue", events: [])
            for instance in blues { updateTarget(instance) { $0.status = "Succeeded" } }
            return
        }
        addTargets(blues, label: "Blue", events: LifecycleEvents.allow)
        addTargets(greens, label: "Green", events: LifecycleEvents.block)
        for instance in blues {
            guard await perform(LifecycleEvents.allow, on: instance, endsTarget: true) else { throw Self.tooFewHealthy }
        }
        for instance in greens { _ = await perform(LifecycleEvents.block, on: instance, endsTarget: true) }
        try await handBack(failed)
    }

    /// A deployment that ended while blue waited for its end had handed the deployment group over: it is blue's again, or the
    /// next deployment would copy green, which has no traffic.
    private func handBack(_ failed: DeploymentRecord) async throws(Failure) {
        guard let blue = failed.blueGroup, let green = failed.greenGroup, group.autoScalingGroups.contains(green) else {
            return
        }
        await service.removeHooks(of: group, from: [green], as: role, region: region)
        try await service.replaceGroup(green, by: blue, in: group, account: account, region: region, as: role)
    }
}
