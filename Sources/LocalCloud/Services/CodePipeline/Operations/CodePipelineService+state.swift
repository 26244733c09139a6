import AWSModel

/// GetPipelineState: members that have no value are absent, as scripts that print them expect.
extension CodePipelineService {
    func getPipelineState(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("name"), context)
        guard let definition = engine.definition, let record = pipelines[key.account, key.region, key.name] else {
            return [:]
        }
        return [
            "pipelineName": .string(key.name), "pipelineVersion": .integer(Int64(engine.version)),
            "stageStates": .list(definition.stages.map { state(of: $0, engine, key) }),
            "created": .timestamp(record.created), "updated": .timestamp(record.updated),
        ]
    }

    private func state(of stage: PipelineDefinition.Stage, _ engine: PipelineEngine, _ key: Key) -> AWSValue {
        let slot = engine.slots[stage.name] ?? StageSlot()
        let waiting = slot.inbound.compactMap { engine.executions[$0] }.map { execution -> AWSValue in
            [
                "pipelineExecutionId": .string(execution.id), "status": "InProgress",
                "type": .string(execution.isRollback ? "ROLLBACK" : "STANDARD"),
            ]
        }
        let latest = slot.latest.flatMap { engine.executions[$0] }
        let run = latest?.stage(stage.name)
        return .structure([
            "stageName": .string(stage.name), "inboundExecution": waiting.last,
            "inboundExecutions": waiting.isEmpty ? nil : .list(waiting), "inboundTransitionState": transition(slot),
            "actionStates": .list(stage.actions.map { state(of: $0, stage.name, slot, engine, key) }),
            "latestExecution": run.flatMap { run in
                latest.map {
                    [
                        "pipelineExecutionId": .string($0.id), "status": .string(run.status.rawValue),
                        "type": .string($0.isRollback ? "ROLLBACK" : "STANDARD"),
                    ]
                }
            },
            "beforeEntryConditionState": conditions(.beforeEntry, stage, slot, engine),
            "onSuccessConditionState": conditions(.onSuccess, stage, slot, engine),
            "onFailureConditionState": conditions(.onFailure, stage, slot, engine),
            "retryStageMetadata": run.flatMap { run in
                run.lastRetryTrigger.map { trigger in
                    .structure([
                        "autoStageRetryAttempt": run.automaticRetries > 0 ? .integer(Int64(run.automaticRetries)) : nil,
                        "manualStageRetryAttempt": run.manualRetries > 0 ? .integer(Int64(run.manualRetries)) : nil,
                        "latestRetryTrigger": .string(trigger),
                    ])
                }
            },
        ])
    }

    private func transition(_ slot: StageSlot) -> AWSValue {
        .structure([
            "enabled": .bool(slot.enabled), "lastChangedBy": slot.changedBy.map(AWSValue.string),
            "lastChangedAt": slot.changedAt.map(AWSValue.timestamp),
            "disabledReason": slot.disabledReason.map(AWSValue.string),
        ])
    }

    private func state(
        of action: PipelineDefinition.Action, _ stage: String, _ slot: StageSlot, _ engine: PipelineEngine, _ key: Key
    ) -> AWSValue {
        let run = slot.latestByAction[action.name].flatMap { engine.executions[$0]?.latest(action.name, in: stage) }
        return .structure([
            "actionName": .string(action.name),
            "currentRevision": run.flatMap { run in
                run.revisionID.map {
                    ["revisionId": .string($0), "revisionChangeId": .string($0), "created": .timestamp(run.changed)]
                }
            },
            "latestExecution": run.map { latest($0, action) },
            "entityUrl": run?.entityURL.map(AWSValue.string) ?? entityURL(action, key).map(AWSValue.string),
            "revisionUrl": run?.revisionURL.map(AWSValue.string),
        ])
    }

    private func latest(_ run: ActionRun, _ action: PipelineDefinition.Action) -> AWSValue {
        .structure([
            "actionExecutionId": .string(run.id), "status": .string(run.status.rawValue),
            "summary": run.summary.map(AWSValue.string), "lastStatusChange": .timestamp(run.changed),
            "token": run.token.map(AWSValue.string), "lastUpdatedBy": run.updatedBy.map(AWSValue.string),
            "externalExecutionId": run.externalID.map(AWSValue.string),
            "externalExecutionUrl": run.externalURL.map(AWSValue.string),
            "percentComplete": run.percentComplete.map { .integer(Int64($0)) },
            "errorDetails": Self.error(run.errorCode, run.errorMessage),
            "logStreamARN": run.logStreamARN.map(AWSValue.string),
        ])
    }

    static func error(_ code: String?, _ message: String?) -> AWSValue? {
        guard code != nil || message != nil else { return nil }
        return .structure(["code": code.map(AWSValue.string), "message": message.map(AWSValue.string)])
    }

    private func entityURL(_ action: PipelineDefinition.Action, _ key: Key) -> String? {
        let console = "https://console.aws.amazon.com"
        switch action.type.provider {
        case "CodeCommit":
            let (name, branch) = (action.setting("RepositoryName") ?? "", action.setting("BranchName") ?? "")
            return "\(console)/codecommit/home?region=\(key.region)#/repository/\(name)/browse/\(branch)/--/"
        case "S3": return "\(console)/s3/home?region=\(key.region)#"
        case "CodeBuild":
            return
                "\(console)/codebuild/home?region=\(key.region)#/projects/\(action.setting("ProjectName") ?? "")/view"
        case "CodeDeploy":
            let (application, group) = (
                action.setting("ApplicationName") ?? "", action.setting("DeploymentGroupName") ?? ""
            )
            return
                "\(console)/codedeploy/home?region=\(key.region)#/applications/\(application)/deployment-groups/\(group)"
        default: return nil
        }
    }

    private func conditions(
        _ kind: PipelineDefinition.ConditionKind, _ stage: PipelineDefinition.Stage, _ slot: StageSlot,
        _ engine: PipelineEngine
    ) -> AWSValue? {
        let definitions = stage.conditions(kind)
        guard !definitions.isEmpty else { return nil }
        let execution = slot.latestConditions[kind.rawValue].flatMap { engine.executions[$0] }
        let status = execution?.stage(stage.name)?.conditionStatus[kind.rawValue]
        return .structure([
            "latestExecution": status.map { ["status": .string($0.rawValue)] },
            "conditionStates": .list(
                definitions.enumerated().map { index, condition in
                    let runs =
                        execution?.rules.filter { $0.stage == stage.name && $0.kind == kind && $0.condition == index }
                        ?? []
                    return .structure([
                        "latestExecution": status.map {
                            .structure([
                                "status": .string($0.rawValue),
                                "lastStatusChange": runs.map(\.changed).max().map(AWSValue.timestamp),
                            ])
                        },
                        "ruleStates": .list(
                            condition.rules.map { rule in
                                .structure([
                                    "ruleName": .string(rule.name),
                                    "latestExecution": runs.last { $0.rule == rule.name }.map(Self.value),
                                ])
                            }),
                    ])
                }),
        ])
    }

    private static func value(_ run: RuleRun) -> AWSValue {
        .structure([
            "ruleExecutionId": .string(run.id), "status": .string(run.status.rawValue),
            "summary": run.summary.map(AWSValue.string), "lastStatusChange": .timestamp(run.changed),
            "externalExecutionId": run.externalID.map(AWSValue.string),
            "errorDetails": error(run.errorCode, run.errorMessage),
        ])
    }
}
