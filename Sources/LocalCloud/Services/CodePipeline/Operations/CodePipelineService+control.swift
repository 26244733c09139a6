import AWSModel

/// Starting, stopping, approving, retrying, rolling back.
extension CodePipelineService {
    func startPipelineExecution(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("name"), context)
        let token = input["clientRequestToken"]?.string
        if let token, let known = pipelines[key.account, key.region, key.name]?.tokens[token] {
            return ["pipelineExecutionId": .string(known)]
        }
        var variables: [String: String] = [:]
        for variable in input["variables"]?.list ?? [] {
            variables[variable["name"]?.string ?? ""] = variable["value"]?.string ?? ""
        }
        let sources = engine.definition?.stages.first?.actions ?? []
        let overrides = try (input["sourceRevisions"]?.list ?? []).map { value throws(ServiceError) in
            try Self.override(value, of: sources)
        }
        for (number, override) in overrides.enumerated()
        where overrides[..<number].contains(where: { $0.action == override.action && $0.type == override.type }) {
            throw ServiceError(
                "ValidationException",
                "The source action '\(override.action)' is given more than one revision of type \(override.type)")
        }
        let id = try begin(
            key, trigger: "StartPipelineExecution", detail: context.principal.arn, variables: variables,
            overrides: overrides)
        if let token { pipelines.update(key.account, key.region, key.name) { $0.tokens[token] = id } }
        return ["pipelineExecutionId": .string(id)]
    }

    /// "The type of source revision, based on the source provider"; that of an object's key takes a setting of the action.
    private static func override(
        _ value: AWSValue, of sources: [PipelineDefinition.Action]
    ) throws(ServiceError) -> PipelineExecution.SourceOverride {
        func refuse(_ message: String) -> ServiceError { ServiceError("ValidationException", message) }
        let (name, type) = (value["actionName"]?.string ?? "", value["revisionType"]?.string ?? "")
        guard let action = sources.first(where: { $0.name == name }) else {
            throw refuse("The source stage has no action '\(name)'")
        }
        let allowed = action.type.provider == "S3" ? ["S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"] : ["COMMIT_ID"]
        guard allowed.contains(type) else {
            throw refuse(
                "The source action '\(name)' of provider \(action.type.provider) takes revisions of type \(allowed.joined(separator: " and ")), not \(type)"
            )
        }
        guard type != "S3_OBJECT_KEY" || action.setting("AllowOverrideForS3ObjectKey")?.lowercased() == "true" else {
            throw refuse(
                "The object key of the source action '\(name)' cannot be overridden: its configuration does not have AllowOverrideForS3ObjectKey set to true"
            )
        }
        return PipelineExecution.SourceOverride(
            action: name, type: type, value: value["revisionValue"]?.string ?? "")
    }

    func stopPipelineExecution(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, _) = try find(try input.require("pipelineName"), context)
        let id = try input.require("pipelineExecutionId")
        do {
            try change(key) { engine, now in
                try engine.stop(
                    execution: id, abandon: input["abandon"]?.bool ?? false, reason: input["reason"]?.string, now: now)
            }
        } catch let refusal as PipelineRefusal {
            throw refusal == .noSuchExecution
                ? ServiceError("PipelineExecutionNotStoppableException", "The pipeline execution \(id) does not exist")
                : Self.error(refusal, key)
        }
        return ["pipelineExecutionId": .string(id)]
    }

    func putApprovalResult(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("pipelineName"), context)
        let stage = try input.require("stageName")
        let action = try input.require("actionName")
        let token = try input.require("token")
        guard let definition = engine.definition?.stage(stage) else {
            throw Self.error(.noSuchStage, key, stage: stage)
        }
        guard definition.action(action) != nil else {
            throw ServiceError("ActionNotFoundException", "Stage '\(stage)' does not have an action '\(action)'")
        }
        let runs = engine.executions.values.flatMap { execution in
            execution.actions.filter { $0.stage == stage && $0.action == action }.map { (execution.id, $0) }
        }
        guard let (execution, run) = runs.first(where: { $0.1.token == token }) else {
            if runs.contains(where: { $0.1.answeredToken == token }) {
                throw ServiceError(
                    "ApprovalAlreadyCompletedException", "The approval has already been approved or rejected.")
            }
            throw ServiceError(
                "InvalidApprovalTokenException",
                "The approval token is not valid: the request was answered or has expired.")
        }
        let isApproved = input["result"]?["status"]?.string == "Approved"
        let given = input["result"]?["summary"]?.string ?? ""
        let by = context.principal.arn
        let summary = given.isEmpty ? "\(isApproved ? "Approved" : "Rejected") by \(by)" : given
        change(key) { engine, now in
            engine.finished(execution, action: run.id, succeeded: isApproved, now: now) {
                $0.summary = summary
                $0.updatedBy = by
                $0.answeredToken = token
            }
        }
        endTask(run.id)
        return ["approvedAt": .timestamp(cloud.clock.now)]
    }

    func retryStageExecution(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, _) = try find(try input.require("pipelineName"), context)
        let stage = try input.require("stageName")
        let id = try input.require("pipelineExecutionId")
        let mode = try input.require("retryMode")
        do {
            try change(key) { engine, now in try engine.retry(execution: id, stage: stage, mode: mode, now: now) }
        } catch let refusal as PipelineRefusal {
            throw Self.error(Self.ofStage(refusal), key, stage: stage)
        }
        return ["pipelineExecutionId": .string(id)]
    }

    /// Operations on what a stage runs have no error for an execution that is not there: it is not the stage's latest either.
    private static func ofStage(_ refusal: PipelineRefusal) -> PipelineRefusal {
        refusal == .noSuchExecution ? .notLatest : refusal
    }

    func rollbackStage(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, _) = try find(try input.require("pipelineName"), context)
        let stage = try input.require("stageName")
        let target = try input.require("targetPipelineExecutionId")
        let id = Identifier.uuid()
        do {
            try change(key) { engine, now in
                let execution = try engine.rollback(
                    of: stage, to: target, id: id, trigger: "ManualRollback", detail: context.principal.arn, now: now)
                try engine.start(execution, now: now)
            }
        } catch let refusal as PipelineRefusal {
            throw Self.error(refusal, key, stage: stage)
        }
        return ["pipelineExecutionId": .string(id)]
    }

    func overrideStageCondition(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, _) = try find(try input.require("pipelineName"), context)
        let stage = try input.require("stageName")
        let id = try input.require("pipelineExecutionId")
        guard let kind = PipelineDefinition.ConditionKind(rawValue: try input.require("conditionType")) else {
            throw ServiceError("ValidationException", "conditionType must be BEFORE_ENTRY or ON_SUCCESS")
        }
        do {
            try change(key) { engine, now in try engine.override(kind, execution: id, stage: stage, now: now) }
        } catch let refusal as PipelineRefusal {
            throw Self.error(Self.ofStage(refusal), key, stage: stage)
        }
        return [:]
    }

    func enableStageTransition(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        try setTransition(input, context, enabled: true)
    }

    func disableStageTransition(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        try setTransition(input, context, enabled: false)
    }

    private func setTransition(_ input: AWSValue, _ context: CallContext, enabled: Bool) throws -> AWSValue {
        let (key, engine) = try find(try input.require("pipelineName"), context)
        var stage = try input.require("stageName")
        if try input.require("transitionType") == "Outbound" {
            // What leaves a stage is what enters the next.
            guard let definition = engine.definition, let at = definition.index(of: stage) else {
                throw Self.error(.noSuchStage, key, stage: stage)
            }
            guard at + 1 < definition.stages.count else { return [:] }
            stage = definition.stages[at + 1].name
        }
        do {
            try change(key) { engine, now in
                try engine.setTransition(
                    into: stage, enabled: enabled, by: context.principal.arn, reason: input["reason"]?.string, now: now)
            }
        } catch let refusal as PipelineRefusal {
            throw Self.error(refusal, key, stage: stage)
        }
        return [:]
    }
}
