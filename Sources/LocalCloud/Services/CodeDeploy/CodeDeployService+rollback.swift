import AWSModel

/// What follows a failed or stopped deployment, and a launch of an instance.
extension CodeDeployService {
    /// - Parameter code: Of the deployment's error.
    func rollBack(_ record: DeploymentRecord, _ code: String?, _ account: String, _ region: String) {
        guard record.creator != "codeDeployRollback",
            let group = groups[account, region, "\(record.application)/\(record.group)"]
        else { return }
        let configuration = record.autoRollback
        let events = configuration?["events"]?.strings ?? []
        let isEnabled = configuration?["enabled"]?.bool == true
        let wanted: Bool =
            switch code {
            case "ALARM_ACTIVE": isEnabled && events.contains("DEPLOYMENT_STOP_ON_ALARM")
            case "MANUAL_STOP":
                record.stopsWithRollback ?? (isEnabled && events.contains("DEPLOYMENT_STOP_ON_REQUEST"))
            default: isEnabled && events.contains("DEPLOYMENT_FAILURE")
            }
        guard wanted else { return }
        let last = group.lastSuccessful.flatMap { deployments[account, region, $0] }
        guard record.isBlueGreen || last != nil else {
            return note(
                record, account, region, "There is no successful deployment to roll back to in this deployment group.")
        }
        let now = cloud.clock.now
        var rollback = DeploymentRecord(
            id: Self.deploymentID(), application: record.application, group: record.group, groupID: record.groupID,
            config: record.config, revision: last?.revision ?? record.revision, previousRevision: record.revision,
            description: "Deployment created by rollback of \(record.id)", creator: "codeDeployRollback", created: now,
            rollbackTrigger: record.id, alarms: nil, style: record.style, blueGreen: record.blueGreen,
            loadBalancer: record.loadBalancer, fileExistsBehavior: record.fileExistsBehavior)
        rollback.autoRollback = record.autoRollback
        // What the failed deployment's broken ApplicationStop would do again must not hold up the way back.
        rollback.ignoresApplicationStopFailures = true
        if record.fileExistsBehavior == "DISALLOW" { rollback.fileExistsBehavior = "OVERWRITE" }
        deployments.update(account, region, record.id) { $0.rollbackDeployment = rollback.id }
        launch(rollback, group, account: account, region: region)
    }

    private func note(_ record: DeploymentRecord, _ account: String, _ region: String, _ message: String) {
        deployments.update(account, region, record.id) { $0.rollbackMessage = message }
    }

    static func deploymentID() -> String { "d-" + Identifier.upper(9) }

    // MARK: - Launched instances

    /// An instance that a group of ours launches waits in its lifecycle hook until it has the last revision.
    func watchLaunches() {
        cloud.events.subscribe { [weak self] event in
            guard let self, event.source == "aws.autoscaling",
                event.detailType == "EC2 Instance-launch Lifecycle Action",
                let hook = event.detail["LifecycleHookName"]?.string,
                let name = event.detail["AutoScalingGroupName"]?.string,
                let instance = event.detail["EC2InstanceId"]?.string
            else { return }
            let owner = self.groups.all(account: event.account, region: event.region).first { $0.hooks[name] == hook }
            guard let owner else { return }
            self.cloud.spawn { await self.deploy(owner, to: instance, name, hook, event.account, event.region) }
        }
        resumeLaunches()
    }

    /// Deploys anew to the instances that waited in a hook of ours when the cloud was ended.
    private func resumeLaunches() {
        let fleets = cloud.service(AutoScalingService.self).groups
        for (account, region, _, group) in groups.everything() {
            for (name, hook) in group.hooks {
                for member in fleets[account, region, name]?.members ?? [] where member.waits[hook] != nil {
                    cloud.spawn { [self] in await deploy(group, to: member.id, name, hook, account, region) }
                }
            }
        }
    }

    private func deploy(
        _ group: Group, to instance: String, _ name: String, _ hook: String, _ account: String, _ region: String
    ) async {
        var result = "CONTINUE"
        if let last = group.lastSuccessful.flatMap({ deployments[account, region, $0] }) {
            var record = DeploymentRecord(
                id: Self.deploymentID(), application: group.application, group: group.name, groupID: group.id,
                config: "CodeDeployDefault.AllAtOnce", revision: last.revision, creator: "autoscaling",
                created: cloud.clock.now,
                style: ["deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"],
                fileExistsBehavior: last.fileExistsBehavior)
            record.onlyInstances = [instance]
            launch(record, group, account: account, region: region)
            let status = try? await wait(for: record.id, account: account, region: region)
            if status != .succeeded { result = "ABANDON" }
        }
        guard
            let role = try? cloud.iam.assume(roleARN: group.role, by: "codedeploy.amazonaws.com", session: "lifecycle")
        else { return }
        _ = try? await cloud.call(
            "autoscaling", "CompleteLifecycleAction",
            [
                "AutoScalingGroupName": .string(name), "LifecycleHookName": .string(hook),
                "InstanceId": .string(instance),
                "LifecycleActionResult": .string(result),
            ], as: role, region: region)
    }

    /// Instances that joined a group while a deployment ran have the revision before it: unless the group says IGNORE, they are
    /// deployed to afterwards.
    ///
    /// Source: `outdatedInstancesStrategy` of "CreateDeploymentGroup", CodeDeploy API Reference.
    func updateOutdated(after record: DeploymentRecord, _ account: String, _ region: String) {
        guard !record.isBlueGreen, let started = record.started,
            let group = groups[account, region, "\(record.application)/\(record.group)"],
            group.settings["outdatedInstancesStrategy"]?.string ?? "UPDATE" == "UPDATE"
        else { return }
        let joined = deployments.all(account: account, region: region).filter {
            $0.groupID == record.groupID && $0.creator == "autoscaling" && ($0.completed ?? .infinity) >= started
                && $0.revision != record.revision
        }
        if joined.isEmpty { return }
        cloud.spawn { [self] in
            var outdated: [String] = []
            for one in joined {
                let status = try? await wait(for: one.id, account: account, region: region)
                if status == .succeeded { outdated += one.onlyInstances ?? [] }
            }
            let now = deployments[account, region, record.id]
            outdated.removeAll { id in now?.targets.contains { $0.instance == id } == true }
            let latest = groups[account, region, "\(record.application)/\(record.group)"]
            guard !outdated.isEmpty, let latest, latest.lastSuccessful == record.id else { return }
            var update = DeploymentRecord(
                id: Self.deploymentID(), application: record.application, group: record.group, groupID: record.groupID,
                config: record.config, revision: record.revision, previousRevision: record.previousRevision,
                creator: "CodeDeployAutoUpdate", created: cloud.clock.now, style: record.style,
                loadBalancer: record.loadBalancer, fileExistsBehavior: record.fileExistsBehavior)
            update.onlyInstances = outdated
            launch(update, latest, account: account, region: region)
        }
    }

    // MARK: - Lifecycle hooks

    /// Puts the hook that holds new instances of an Auto Scaling group.
    func addHook(to name: String, of group: Group, as role: Principal, region: String) async throws -> String {
        // Hooks' names have fewer characters than groups'.
        let part = String(
            decoding: group.name.utf8.map { AutoScalingService.hookNames.contains($0) ? $0 : 0x2d }, as: UTF8.self)
        let hook = "CodeDeploy-managed-automatic-launch-deployment-hook-\(part)-\(Identifier.uuid())"
        _ = try await callScaling(
            "PutLifecycleHook",
            [
                "AutoScalingGroupName": .string(name), "LifecycleHookName": .string(hook),
                "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "DefaultResult": "ABANDON",
                "HeartbeatTimeout": 600,
            ], for: group, as: role, region: region)
        return hook
    }

    /// Puts the hooks of groups that have none yet. When one cannot be put, none stays.
    func addHooks(to group: inout Group, as role: Principal, region: String) async throws {
        var added: [String] = []
        do {
            for name in group.autoScalingGroups where group.hooks[name] == nil {
                group.hooks[name] = try await addHook(to: name, of: group, as: role, region: region)
                added.append(name)
            }
        } catch {
            await removeHooks(of: group, from: added, as: role, region: region)
            throw error
        }
    }

    /// A call of Auto Scaling in the name of a group's role. What the role may not do and the hooks that are too many have
    /// errors of CodeDeploy's own.
    func callScaling(
        _ operation: String, _ input: AWSValue, for group: Group, as role: Principal, region: String
    ) async throws -> AWSValue {
        do {
            return try await cloud.call("autoscaling", operation, input, as: role, region: region)
        } catch let error as ServiceError where error.code == "AccessDenied" {
            throw ServiceError(
                "InvalidRoleException",
                "The service role \(group.role) does not have the permissions that Auto Scaling needs: \(error.message)"
            )
        } catch let error as ServiceError where error.code == "LimitExceeded" {
            throw ServiceError("LifecycleHookLimitExceededException", error.message)
        }
    }

    /// Removes hooks; the ones that could not be removed are told.
    @discardableResult
    func removeHooks(of group: Group, from names: [String], as role: Principal, region: String) async -> [AWSValue] {
        var left: [AWSValue] = []
        for name in names {
            guard let hook = group.hooks[name] else { continue }
            do {
                _ = try await cloud.call(
                    "autoscaling", "DeleteLifecycleHook",
                    ["AutoScalingGroupName": .string(name), "LifecycleHookName": .string(hook)], as: role,
                    region: region)
            } catch let error as ServiceError where error.code == "ValidationError" {
                // The group or its hook is gone already.
            } catch {
                left.append(["name": .string(name), "hook": .string(hook)])
            }
        }
        return left
    }

    /// The deployment group names another Auto Scaling group from now on, and its hook is there.
    func replaceGroup(
        _ old: String, by new: String, in group: Group, account: String, region: String, as role: Principal
    ) async throws(DeploymentRun.Failure) {
        let hook: String
        do {
            hook = try await addHook(to: new, of: group, as: role, region: region)
        } catch let error as ServiceError {
            throw .init(
                code: "IAM_ROLE_PERMISSIONS",
                message: "The IAM role \(group.role) could not move the lifecycle hook: \(error.message)")
        } catch {
            throw .init(code: "INTERNAL_ERROR", message: "\(error)")
        }
        groups.update(account, region, "\(group.application)/\(group.name)") {
            let names = $0.autoScalingGroups.map { $0 == old ? new : $0 }
            $0.settings["autoScalingGroups"] = .list(names.map(AWSValue.string))
            $0.hooks[old] = nil
            $0.hooks[new] = hook
        }
    }
}
