import AWSModel

/// Deployments and what people do to them.
extension CodeDeployService {
    func createDeployment(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        let group = try group(input, context)
        try DeploymentSettings.checkDescription(input["description"]?.string)
        try DeploymentSettings.checkAlarms(input["overrideAlarmConfiguration"])
        try DeploymentSettings.checkRollback(input["autoRollbackConfiguration"])
        try DeploymentSettings.checkTargets(input["targetInstances"], of: group)
        let last = group.lastSuccessful.flatMap { deployments[context.account, context.region, $0] }
        let revision = try checked(input["revision"] ?? last?.revision)
        let config =
            input["deploymentConfigName"]?.string ?? group.settings["deploymentConfigName"]?.string
            ?? "CodeDeployDefault.OneAtATime"
        guard self.config(config, context.account, context.region) != nil else { throw Self.noConfig(config) }
        let open = deployments.all(account: context.account, region: context.region).first {
            $0.groupID == group.id && !$0.status.isFinal && $0.creator != "autoscaling"
        }
        if let open {
            throw ServiceError(
                "DeploymentLimitExceededException",
                "The Deployment Group '\(group.name)' already has an active Deployment '\(open.id)'")
        }
        let style = group.settings["deploymentStyle"] ?? [:]
        let blueGreen = group.settings["blueGreenDeploymentConfiguration"]
        try Self.checkProvisioning(of: group)
        var record = DeploymentRecord(
            id: Self.deploymentID(), application: application.name, group: group.name, groupID: group.id,
            config: config,
            revision: revision, previousRevision: last?.revision, description: input["description"]?.string,
            created: cloud.clock.now,
            autoRollback: input["autoRollbackConfiguration"] ?? group.settings["autoRollbackConfiguration"],
            alarms: input["overrideAlarmConfiguration"], style: style,
            blueGreen: style["deploymentType"]?.string == "BLUE_GREEN" ? blueGreen : nil,
            loadBalancer: group.settings["loadBalancerInfo"])
        record.ignoresApplicationStopFailures = input["ignoreApplicationStopFailures"]?.bool ?? false
        record.updatesOutdatedOnly = input["updateOutdatedInstancesOnly"]?.bool ?? false
        record.fileExistsBehavior = input["fileExistsBehavior"]?.string ?? "DISALLOW"
        note(revision, application.name, context, isUsed: true)
        launch(record, group, account: context.account, region: context.region)
        return ["deploymentId": .string(record.id)]
    }

    private static func deploymentID(in input: AWSValue) throws(ServiceError) -> String {
        guard let id = input["deploymentId"]?.string, !id.isEmpty else {
            throw CodeDeployInput.missing("deploymentId", "DeploymentIdRequiredException")
        }
        guard id.hasPrefix("d-") else {
            throw ServiceError(
                "InvalidDeploymentIdException", "Specified DeploymentId is not in the valid format: \(id)")
        }
        return id
    }

    func deployment(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> DeploymentRecord {
        let id = try Self.deploymentID(in: input)
        guard let record = deployments[context.account, context.region, id] else {
            throw ServiceError("DeploymentDoesNotExistException", "The deployment \(id) could not be found")
        }
        return record
    }

    func getDeployment(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        ["deploymentInfo": try deployment(input, context).value]
    }

    func batchGetDeployments(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let ids = try Batch.read(input, "deploymentIds", most: 25, required: "DeploymentIdRequiredException")
        let found = try ids.compactMap { id throws(ServiceError) in
            deployments[context.account, context.region, try Self.deploymentID(in: ["deploymentId": id])]?.value
        }
        return ["deploymentsInfo": .list(found)]
    }

    /// Of one group, which an application and a group name together, or all.
    func listDeployments(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        if input["applicationName"] != nil || input["deploymentGroupName"] != nil { _ = try group(input, context) }
        let statuses = input["includeOnlyStatuses"]?.strings ?? []
        let start = input["createTimeRange"]?["start"]?.double ?? 0
        let end = input["createTimeRange"]?["end"]?.double ?? .infinity
        guard start <= end else {
            throw ServiceError(
                "InvalidTimeRangeException", "The specified time range was specified in an invalid format.")
        }
        // No deployment here is linked to a resource elsewhere.
        guard input["externalId"] == nil else { return try page([], "deployments", input) }
        let all = deployments.all(account: context.account, region: context.region).filter { record in
            (input["applicationName"]?.string.map { $0 == record.application } ?? true)
                && (input["deploymentGroupName"]?.string.map { $0 == record.group } ?? true)
                && (statuses.isEmpty || statuses.contains(record.status.rawValue))
                && (start...end).contains(record.created)
        }.sorted { $0.created > $1.created }
        return try page(all.map(\.id), "deployments", input)
    }

    func stopDeployment(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try deployment(input, context)
        guard !record.status.isFinal else {
            throw ServiceError(
                "DeploymentAlreadyCompletedException", "The deployment \(record.id) is already in a terminal state.")
        }
        if let rollback = input["autoRollbackEnabled"]?.bool {
            deployments.update(context.account, context.region, record.id) { $0.stopsWithRollback = rollback }
        }
        run(record.id)?.stop(
            .init(code: "MANUAL_STOP", message: "A deployment was stopped manually.", status: .stopped))
        return [
            "status": "Pending",
            "statusMessage": "Stopping the deployment was requested; commands that run are ended first.",
        ]
    }

    func continueDeployment(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try deployment(input, context)
        guard !record.status.isFinal else {
            throw ServiceError(
                "DeploymentAlreadyCompletedException", "The deployment \(record.id) is already in a terminal state.")
        }
        guard record.isBlueGreen else {
            throw ServiceError(
                "UnsupportedActionForDeploymentTypeException", "Only blue/green deployments can be continued")
        }
        let kind = input["deploymentWaitType"]?.string ?? "READY_WAIT"
        guard ["READY_WAIT", "TERMINATION_WAIT"].contains(kind) else {
            throw ServiceError("InvalidDeploymentWaitTypeException", "\(kind) is not READY_WAIT or TERMINATION_WAIT")
        }
        guard kind == "READY_WAIT" ? record.status == .ready : record.isWaitingForTermination else {
            throw ServiceError(
                "DeploymentIsNotInReadyStateException",
                "The deployment \(record.id) does not wait for this: its status is \(record.status.rawValue)")
        }
        run(record.id)?.goOn(kind)
        return [:]
    }

    func skipWaitTime(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try deployment(input, context)
        guard record.isBlueGreen else {
            throw ServiceError(
                "UnsupportedActionForDeploymentTypeException",
                "Only blue/green deployments wait before they terminate instances")
        }
        guard !record.status.isFinal else {
            throw ServiceError(
                "DeploymentAlreadyCompletedException", "The deployment \(record.id) is already in a terminal state.")
        }
        run(record.id)?.goOn("TERMINATION_WAIT")
        return [:]
    }
}
