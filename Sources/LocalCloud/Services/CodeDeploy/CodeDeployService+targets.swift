import AWSModel

/// What deployments did on each instance.
extension CodeDeployService {
    private func value(_ target: DeploymentTarget, _ id: String, _ context: CallContext) -> AWSValue {
        [
            "deploymentTargetType": "InstanceTarget",
            "instanceTarget": .structure([
                "deploymentId": .string(id), "targetId": .string(target.instance),
                "targetArn": .string(arn(target, context)),
                "status": .string(target.status), "lastUpdatedAt": .timestamp(target.changed),
                "lifecycleEvents": .list(target.events.map(Self.value)),
                "instanceLabel": target.label.map(AWSValue.string),
            ]),
        ]
    }

    private func arn(_ target: DeploymentTarget, _ context: CallContext) -> String {
        target.onPremisesARN ?? "arn:aws:ec2:\(context.region):\(context.account):instance/\(target.instance)"
    }

    private static func value(_ event: DeploymentTarget.Event) -> AWSValue {
        .structure([
            "lifecycleEventName": .string(event.name),
            "diagnostics": event.diagnostics.map {
                [
                    "errorCode": .string($0.code), "scriptName": .string($0.script), "message": .string($0.message),
                    "logTail": .string($0.logTail),
                ]
            },
            "startTime": event.started.map(AWSValue.timestamp), "endTime": event.ended.map(AWSValue.timestamp),
            "status": .string(event.status),
        ])
    }

    private func started(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> DeploymentRecord {
        let record = try deployment(input, context)
        guard record.status != .created || record.started != nil else {
            throw ServiceError("DeploymentNotStartedException", "The deployment \(record.id) has not started yet")
        }
        return record
    }

    func listTargets(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try started(input, context)
        let filters = input["targetFilters"]?.map ?? [:]
        let statuses = filters["TargetStatus"]?.strings
        let labels = filters["ServerInstanceLabel"]?.strings
        try Self.checkFilters(statuses, labels, of: record)
        let ids = record.targets.filter { target in
            (statuses.map { $0.contains(target.status) } ?? true)
                && (labels.map { $0.contains(target.label ?? "") } ?? true)
        }.map(\.instance)
        return try page(ids, "targetIds", input)
    }

    /// The values that "ListDeploymentTargets", CodeDeploy API Reference, has for filters; labels are of blue/green alone.
    private static func checkFilters(
        _ statuses: [String]?, _ labels: [String]?, of record: DeploymentRecord
    ) throws(ServiceError) {
        let known = ["Failed", "InProgress", "Pending", "Ready", "Skipped", "Succeeded", "Unknown"]
        if let status = statuses?.first(where: { !known.contains($0) }) {
            throw ServiceError(
                "InvalidInstanceStatusException", "\(status) is not one of \(known.joined(separator: ", "))")
        }
        guard let labels, !labels.isEmpty else { return }
        if let label = labels.first(where: { !["Blue", "Green"].contains($0) }) {
            throw ServiceError("InvalidInstanceTypeException", "\(label) is neither Blue nor Green")
        }
        guard record.isBlueGreen else {
            throw ServiceError(
                "InvalidDeploymentInstanceTypeException",
                "An instance type was specified for an in-place deployment; blue/green deployments alone have them")
        }
    }

    private func target(_ id: String, _ record: DeploymentRecord) throws(ServiceError) -> DeploymentTarget {
        guard let target = record.targets.first(where: { $0.instance == id }) else {
            throw ServiceError(
                "DeploymentTargetDoesNotExistException", "The deployment \(record.id) has no target \(id)")
        }
        return target
    }

    func getTarget(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try started(input, context)
        let id = try input.require("targetId", code: "DeploymentTargetIdRequiredException")
        return ["deploymentTarget": value(try target(id, record), record.id, context)]
    }

    func batchGetTargets(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try started(input, context)
        let ids = try Batch.read(
            input, "targetIds", most: 25, required: "DeploymentTargetIdRequiredException",
            limit: "DeploymentTargetListSizeExceededException")
        var found: [AWSValue] = []
        for id in ids { found.append(value(try target(id.string ?? "", record), record.id, context)) }
        return ["deploymentTargets": .list(found)]
    }

    // MARK: - The older operations

    func listInstances(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try started(input, context)
        let statuses = input["instanceStatusFilter"]?.strings
        let types = input["instanceTypeFilter"]?.strings
        try Self.checkFilters(statuses, types, of: record)
        let ids = record.targets.filter { target in
            (statuses.map { $0.contains(target.status) } ?? true)
                && (types.map { $0.contains(target.label ?? "") } ?? true)
        }.map(\.instance)
        return try page(ids, "instancesList", input)
    }

    private func summary(_ target: DeploymentTarget, _ id: String, _ context: CallContext) -> AWSValue {
        .structure([
            "deploymentId": .string(id),
            "instanceId": .string(arn(target, context)),
            "status": .string(target.status), "lastUpdatedAt": .timestamp(target.changed),
            "lifecycleEvents": .list(target.events.map(Self.value)), "instanceType": target.label.map(AWSValue.string),
        ])
    }

    func getInstance(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try started(input, context)
        let id = try input.require("instanceId", code: "InstanceIdRequiredException")
        guard let target = record.targets.first(where: { $0.instance == Self.short(id) }) else {
            throw ServiceError(
                "InstanceDoesNotExistException", "The instance \(id) does not exist in the deployment \(record.id)")
        }
        return ["instanceSummary": summary(target, record.id, context)]
    }

    func batchGetInstances(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try started(input, context)
        let wanted = try Batch.read(input, "instanceIds", most: 25, required: "InstanceIdRequiredException")
            .compactMap(\.string).map(Self.short)
        let found = record.targets.filter { wanted.contains($0.instance) }
        return ["instancesSummary": .list(found.map { summary($0, record.id, context) }), "errorMessage": ""]
    }

    private static func short(_ id: String) -> String { id.split(separator: "/").last.map(String.init) ?? id }
}
