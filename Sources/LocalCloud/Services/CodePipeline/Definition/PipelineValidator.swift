import AWSModel

/// Refuses a pipeline structure as CreatePipeline and UpdatePipeline do. Names and numbers that the model forbids were refused
/// at the door.
enum PipelineValidator {
    /// The numbers are those of "Quotas in AWS CodePipeline".
    private static let (greatestStages, greatestActions) = (50, 50)

    /// - Parameter region: the pipeline's own.
    static func check(_ pipeline: PipelineDefinition, region: String) throws(ServiceError) {
        guard pipeline.stages.count >= 2 else {
            throw ServiceError(
                "InvalidStructureException",
                "Pipeline has only \(pipeline.stages.count) stage(s). There should be a minimum of 2 stages in a pipeline"
            )
        }
        guard pipeline.stages.count <= greatestStages else {
            throw ServiceError(
                "InvalidStructureException",
                "Pipeline has \(pipeline.stages.count) stages. There should be a maximum of \(greatestStages) stages in a pipeline"
            )
        }
        try checkStores(pipeline, region: region)
        guard pipeline.mode == .superseded || pipeline.type == "V2" else {
            throw ServiceError(
                "InvalidStructureException",
                "Execution mode \(pipeline.mode.rawValue) is only supported for pipelines of pipelineType V2")
        }
        guard pipeline.variables.isEmpty || pipeline.type == "V2" else {
            throw ServiceError(
                "InvalidStructureException", "Pipeline variables are only supported for pipelines of pipelineType V2")
        }
        guard pipeline.triggerSources.isEmpty || pipeline.type == "V2" else {
            throw ServiceError(
                "InvalidStructureException", "Triggers are only supported for pipelines of pipelineType V2")
        }
        try checkStages(pipeline, region)
        try checkArtifacts(pipeline)
        try checkVariables(pipeline)
        try checkTriggers(pipeline)
    }

    /// Triggers are for sources behind a connection, which ``ActionCatalog`` does not have.
    private static func checkTriggers(_ pipeline: PipelineDefinition) throws(ServiceError) {
        guard let source = pipeline.triggerSources.first else { return }
        throw ServiceError(
            "InvalidStructureException",
            "A trigger names the source action '\(source)', which is not of provider CodeStarSourceConnection; pushes to CodeCommit and S3 start a pipeline by a rule of EventBridge"
        )
    }

    private static func checkStages(_ pipeline: PipelineDefinition, _ region: String) throws(ServiceError) {
        var names: Set<String> = []
        for (index, stage) in pipeline.stages.enumerated() {
            guard names.insert(stage.name).inserted else {
                throw ServiceError(
                    "InvalidStageDeclarationException",
                    "Stage name must be unique within the pipeline: \(stage.name) is used more than once")
            }
            guard !stage.actions.isEmpty else {
                throw ServiceError(
                    "InvalidStageDeclarationException", "Stage \(stage.name) must contain at least one action")
            }
            guard stage.actions.count <= greatestActions else {
                throw ServiceError(
                    "InvalidStageDeclarationException",
                    "Stage \(stage.name) has \(stage.actions.count) actions. There should be a maximum of \(greatestActions) actions in a stage"
                )
            }
            let sources = stage.actions.filter { $0.type.category == "Source" }
            if index == 0, sources.count != stage.actions.count {
                throw ServiceError(
                    "InvalidStructureException",
                    "Pipeline's first stage must only contain actions of category Source, and at least one")
            }
            if index > 0, let misplaced = sources.first {
                throw ServiceError(
                    "InvalidStructureException",
                    "Only the first stage may contain Source actions: action \(misplaced.name) is in stage \(stage.name)"
                )
            }
            var actions: Set<String> = []
            for action in stage.actions {
                guard actions.insert(action.name).inserted else {
                    throw ServiceError(
                        "InvalidActionDeclarationException",
                        "Action name must be unique within stage \(stage.name): \(action.name) is used more than once")
                }
                try check(action, in: stage, region)
            }
            try ConditionValidator.check(stage, isFirst: index == 0)
        }
    }

    private static func check(
        _ action: PipelineDefinition.Action, in stage: PipelineDefinition.Stage, _ region: String
    ) throws(ServiceError) {
        func refuse(_ message: String) -> ServiceError { ServiceError("InvalidActionDeclarationException", message) }
        let type = action.type
        guard type.provider != "CodeStarSourceConnection" else {
            throw refuse(
                "Action '\(action.name)' takes its source through a connection to GitHub, GitLab or Bitbucket. The local cloud has no connections, so nothing there could start the pipeline: use a source of provider CodeCommit or S3"
            )
        }
        guard let rules = ActionCatalog.rules(for: type), type.owner == "AWS" else {
            throw refuse(
                "ActionType (Category: '\(type.category)', Provider: '\(type.provider)', Owner: '\(type.owner)', Version: '\(type.version)') in action '\(action.name)' is not available in region"
            )
        }
        for name in rules.required where (action.setting(name) ?? "").isEmpty {
            throw refuse("Action configuration for action '\(action.name)' is missing required configuration '\(name)'")
        }
        for (name, value) in action.configuration {
            guard rules.required.contains(name) || rules.optional.contains(name) else {
                throw refuse(
                    "Action configuration for action '\(action.name)' contains unknown configuration '\(name)'")
            }
            guard value.utf8.count <= 50_000 else {
                throw refuse(
                    "Action configuration '\(name)' of action '\(action.name)' is longer than 50000 characters")
            }
        }
        guard rules.inputs.contains(action.inputs.count) else {
            throw refuse(count("input", action, action.inputs.count, rules.inputs))
        }
        guard rules.outputs.contains(action.outputs.count) else {
            throw refuse(count("output", action, action.outputs.count, rules.outputs))
        }
        if type.provider == "CodeBuild", action.inputs.count > 1, action.setting("PrimarySource") == nil {
            throw refuse(
                "Action '\(action.name)' has more than one input artifact, so its configuration must name a PrimarySource"
            )
        }
        if type.provider == "Commands", action.commands.isEmpty {
            throw refuse("Action '\(action.name)' of provider Commands must have commands")
        }
        if type.provider == "Manual", let topic = action.setting("NotificationArn"), !topic.contains("#{") {
            try checkTopic(topic, of: action, region)
        }
        if let minutes = action.timeoutInMinutes {
            let allowed = type.category == "Approval" ? 5...86400 : 5...480
            guard allowed.contains(minutes) else {
                throw refuse(
                    "Action '\(action.name)' has timeoutInMinutes \(minutes); it must be between \(allowed.lowerBound) and \(allowed.upperBound)"
                )
            }
        }
    }

    /// The topic itself is only looked for when the approval begins.
    private static func checkTopic(
        _ topic: String, of action: PipelineDefinition.Action, _ region: String
    ) throws(ServiceError) {
        func refuse(_ message: String) -> ServiceError { ServiceError("InvalidActionDeclarationException", message) }
        let parts = topic.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[4].isEmpty, !parts[5].isEmpty else {
            throw refuse(
                "The ARN \(topic) you specified for sending notifications for the approval action \(action.name) contains a format error."
            )
        }
        let start =
            "The ARN \(topic) has been specified for sending notifications for the approval action \(action.name)"
        guard parts[2] == "sns" else {
            throw refuse("\(start), but the AWS service for this ARN cannot be used to send approval requests.")
        }
        guard parts[3] == region else {
            throw refuse("\(start), but the ARN is not in the same region as the pipeline.")
        }
    }

    private static func count(
        _ kind: String, _ action: PipelineDefinition.Action, _ count: Int, _ allowed: ClosedRange<Int>
    ) -> String {
        let range =
            allowed.lowerBound == allowed.upperBound
            ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)"
        return
            "Action '\(action.name)' of provider \(action.type.provider) has \(count) \(kind) artifacts; it takes \(range)"
    }

    /// Outputs are unique; an input was put out by an earlier stage, or by a lower runOrder of its own.
    private static func checkArtifacts(_ pipeline: PipelineDefinition) throws(ServiceError) {
        var known: Set<String> = []
        for stage in pipeline.stages {
            for order in Set(stage.actions.map(\.runOrder)).sorted() {
                let group = stage.actions.filter { $0.runOrder == order }
                for action in group {
                    if let missing = action.inputs.first(where: { !known.contains($0) }) {
                        throw ServiceError(
                            "InvalidActionDeclarationException",
                            "Input Artifact Bundle \(missing) in action \(action.name) is not declared as an output artifact of any preceding action"
                        )
                    }
                }
                for output in group.flatMap(\.outputs) where !known.insert(output.name).inserted {
                    throw ServiceError(
                        "InvalidActionDeclarationException",
                        "Output Artifact Bundle name must be unique within the pipeline. \(output.name) has been used more than once"
                    )
                }
            }
        }
    }
}

/// Refuses stage conditions that the service does not take.
enum ConditionValidator {
    static func check(_ stage: PipelineDefinition.Stage, isFirst: Bool) throws(ServiceError) {
        let allowed: [PipelineDefinition.ConditionKind: [String]] = [
            .beforeEntry: ["FAIL", "SKIP"], .onSuccess: ["ROLLBACK", "FAIL"],
            .onFailure: ["ROLLBACK", "FAIL", "RETRY", "SKIP"],
        ]
        if isFirst,
            stage.failureResult == "ROLLBACK"
                || (stage.onFailure + stage.onSuccess).contains(where: { $0.result == "ROLLBACK" })
        {
            throw refuse(stage, "the source stage cannot be rolled back")
        }
        for kind in PipelineDefinition.ConditionKind.allCases {
            for condition in stage.conditions(kind) {
                guard allowed[kind]?.contains(condition.result) == true else {
                    throw refuse(stage, "result \(condition.result) is not allowed for \(kind.rawValue)")
                }
                guard (1...5).contains(condition.rules.count) else {
                    throw refuse(stage, "a condition has 1 to 5 rules, this one has \(condition.rules.count)")
                }
                for rule in condition.rules {
                    guard ActionCatalog.ruleProviders.contains(rule.provider) else {
                        throw refuse(
                            stage,
                            "rule provider \(rule.provider) is unknown; use \(ActionCatalog.ruleProviders.joined(separator: ", "))"
                        )
                    }
                    if kind == .beforeEntry, condition.result == "SKIP",
                        !["LambdaInvoke", "VariableCheck"].contains(rule.provider)
                    {
                        throw refuse(stage, "result SKIP is only allowed with rules of LambdaInvoke or VariableCheck")
                    }
                }
            }
        }
    }

    private static func refuse(_ stage: PipelineDefinition.Stage, _ message: String) -> ServiceError {
        ServiceError("InvalidStageDeclarationException", "Conditions of stage \(stage.name): \(message)")
    }
}
