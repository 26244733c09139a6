import AWSModel

/// What executions, actions and rules did.
extension CodePipelineService {
    func getPipelineExecution(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("pipelineName"), context)
        let id = try input.require("pipelineExecutionId")
        guard let execution = engine.executions[id] else {
            throw ServiceError("PipelineExecutionNotFoundException", "Pipeline '\(key.name)' has no execution '\(id)'")
        }
        let artifacts = execution.artifacts.filter { $0.revisionID != nil }
        return [
            "pipelineExecution": .structure([
                "pipelineName": .string(key.name), "pipelineVersion": .integer(Int64(execution.version)),
                "pipelineExecutionId": .string(id), "status": .string(execution.status.rawValue),
                "statusSummary": execution.statusSummary.map(AWSValue.string),
                "artifactRevisions": .list(
                    artifacts.map {
                        .structure([
                            "name": .string($0.name), "revisionId": $0.revisionID.map(AWSValue.string),
                            "revisionSummary": $0.revisionSummary.map(AWSValue.string),
                            "created": $0.created.map(AWSValue.timestamp),
                            "revisionUrl": $0.revisionURL.map(AWSValue.string),
                        ])
                    }),
                "variables": execution.variables.isEmpty
                    ? nil
                    : .list(
                        execution.variables.sorted { $0.key < $1.key }.map {
                            ["name": .string($0.key), "resolvedValue": .string($0.value)]
                        }),
                "trigger": trigger(execution), "executionMode": .string(execution.mode.rawValue),
                "executionType": .string(execution.isRollback ? "ROLLBACK" : "STANDARD"),
                "rollbackMetadata": rollback(execution),
            ])
        ]
    }

    private func trigger(_ execution: PipelineExecution) -> AWSValue {
        ["triggerType": .string(execution.triggerType), "triggerDetail": .string(execution.triggerDetail)]
    }

    private func rollback(_ execution: PipelineExecution) -> AWSValue? {
        execution.rollbackTarget.map { ["rollbackTargetPipelineExecutionId": .string($0)] }
    }

    func listPipelineExecutions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (_, engine) = try find(try input.require("pipelineName"), context)
        let stage = input["filter"]?["succeededInStage"]?["stageName"]?.string
        let all = engine.order.reversed().compactMap { engine.executions[$0] }.filter {
            stage == nil || $0.stage(stage ?? "")?.status == .succeeded
        }
        let page = try Page.of(all, token: input["nextToken"]?.string, limit: input["maxResults"]?.int ?? 100)
        let summaries = page.elements.map { execution -> AWSValue in
            let sources = execution.actions.filter { $0.revisionID != nil }
            return .structure([
                "pipelineExecutionId": .string(execution.id), "status": .string(execution.status.rawValue),
                "statusSummary": execution.statusSummary.map(AWSValue.string),
                "startTime": .timestamp(execution.started),
                "lastUpdateTime": .timestamp(execution.changed),
                "sourceRevisions": .list(
                    sources.map {
                        .structure([
                            "actionName": .string($0.action), "revisionId": $0.revisionID.map(AWSValue.string),
                            "revisionSummary": $0.revisionSummary.map(AWSValue.string),
                            "revisionUrl": $0.revisionURL.map(AWSValue.string),
                        ])
                    }),
                "trigger": trigger(execution), "stopTrigger": execution.stopReason.map { ["reason": .string($0)] },
                "executionMode": .string(execution.mode.rawValue),
                "executionType": .string(execution.isRollback ? "ROLLBACK" : "STANDARD"),
                "rollbackMetadata": rollback(execution),
            ])
        }
        return .structure(["pipelineExecutionSummaries": .list(summaries), "nextToken": page.next.map(AWSValue.string)])
    }

    private func chosen(_ input: AWSValue, _ engine: PipelineEngine) throws(ServiceError) -> [PipelineExecution] {
        let filter = input["filter"]
        let id =
            filter?["pipelineExecutionId"]?.string
            ?? filter?["latestInPipelineExecution"]?["pipelineExecutionId"]?.string
        guard let id else { return engine.order.reversed().compactMap { engine.executions[$0] } }
        guard let execution = engine.executions[id] else {
            throw ServiceError("PipelineExecutionNotFoundException", "The pipeline has no execution '\(id)'")
        }
        return [execution]
    }

    func listActionExecutions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("pipelineName"), context)
        let all = try chosen(input, engine).flatMap { execution in execution.actions.reversed().map { (execution, $0) }
        }
        let page = try Page.of(all, token: input["nextToken"]?.string, limit: input["maxResults"]?.int ?? 100)
        let details = page.elements.map { detail($0.0, $0.1, engine, key) }
        return .structure(["actionExecutionDetails": .list(details), "nextToken": page.next.map(AWSValue.string)])
    }

    private func detail(_ execution: PipelineExecution, _ run: ActionRun, _ engine: PipelineEngine, _ key: Key)
        -> AWSValue
    {
        let action = engine.definition(of: execution)?.stage(run.stage)?.action(run.action)
        func artifacts(_ list: [PipelineArtifact]) -> AWSValue {
            .list(
                list.map {
                    [
                        "name": .string($0.name),
                        "s3location": ["bucket": .string($0.place.bucket), "key": .string($0.place.key)],
                    ]
                })
        }
        let result: AWSValue = .structure([
            // An approval's token, which is the only way to it in PARALLEL mode.
            "externalExecutionId": (run.externalID ?? run.token).map(AWSValue.string),
            "externalExecutionSummary": run.summary.map(AWSValue.string),
            "externalExecutionUrl": run.externalURL.map(AWSValue.string),
            "errorDetails": Self.error(run.errorCode, run.errorMessage),
            "logStreamARN": run.logStreamARN.map(AWSValue.string),
        ])
        return .structure([
            "pipelineExecutionId": .string(execution.id), "actionExecutionId": .string(run.id),
            "pipelineVersion": .integer(Int64(execution.version)), "stageName": .string(run.stage),
            "actionName": .string(run.action), "startTime": .timestamp(run.started),
            "lastUpdateTime": .timestamp(run.changed),
            "updatedBy": run.updatedBy.map(AWSValue.string), "status": .string(run.status.rawValue),
            "input": .structure([
                "actionTypeId": action?.type.value,
                "configuration": action.map { .map(AWSMap($0.configuration.map { ($0.name, .string($0.value)) })) },
                "resolvedConfiguration": .map(
                    AWSMap(run.resolvedConfiguration.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
                "roleArn": action?.roleARN.map(AWSValue.string), "region": .string(key.region),
                "inputArtifacts": artifacts(run.inputs), "namespace": action?.namespace.map(AWSValue.string),
            ]),
            "output": .structure([
                "outputArtifacts": artifacts(run.outputs), "executionResult": result,
                "outputVariables": .map(
                    AWSMap(run.variables.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ]),
        ])
    }

    func listRuleExecutions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("pipelineName"), context)
        let all = try chosen(input, engine).flatMap { execution in execution.rules.reversed().map { (execution, $0) } }
        let page = try Page.of(all, token: input["nextToken"]?.string, limit: input["maxResults"]?.int ?? 100)
        let details = page.elements.map { execution, run -> AWSValue in
            let conditions = engine.definition(of: execution)?.stage(run.stage)?.conditions(run.kind) ?? []
            let rule = conditions.flatMap(\.rules).first { $0.name == run.rule }
            return .structure([
                "pipelineExecutionId": .string(execution.id), "ruleExecutionId": .string(run.id),
                "pipelineVersion": .integer(Int64(execution.version)), "stageName": .string(run.stage),
                "ruleName": .string(run.rule), "startTime": .timestamp(run.started),
                "lastUpdateTime": .timestamp(run.changed),
                "status": .string(run.status.rawValue),
                "input": .structure([
                    "ruleTypeId": rule.map {
                        ["category": "Rule", "owner": "AWS", "provider": .string($0.provider), "version": "1"]
                    },
                    "configuration": rule.map { .map(AWSMap($0.configuration.map { ($0.name, .string($0.value)) })) },
                    "resolvedConfiguration": .map(
                        AWSMap(run.resolvedConfiguration.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                    ),
                    "region": .string(key.region),
                ]),
                "output": [
                    "executionResult": .structure([
                        "externalExecutionId": run.externalID.map(AWSValue.string),
                        "externalExecutionSummary": run.summary.map(AWSValue.string),
                        "errorDetails": Self.error(run.errorCode, run.errorMessage),
                    ])
                ],
            ])
        }
        return .structure(["ruleExecutionDetails": .list(details), "nextToken": page.next.map(AWSValue.string)])
    }
}
