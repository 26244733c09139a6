import AWSModel

/// CodePipeline: pipelines of version 1 and 2, their executions and what people do to them.
///
/// ``PipelineEngine`` decides, this class does: it stores what changed, runs the actions that the engine asks for and tells
/// it how they ended.
@CloudActor
public final class CodePipelineService: CloudService {
    public static let model = "codepipeline"

    struct Key: Hashable, Sendable {
        var account: String
        var region: String
        var name: String
        var arn: String { "arn:aws:codepipeline:\(region):\(account):\(name)" }
    }

    struct PipelineRecord: Codable, Sendable {
        var version: Int
        var created: Double
        var updated: Double
        var slots: [String: StageSlot] = [:]
        /// Client request tokens of StartPipelineExecution, and the executions that they started.
        var tokens: [String: String] = [:]
        /// The revision that each source action last took, by action.
        var seen: [String: String] = [:]
    }

    let cloud: Cloud
    let pipelines: Table<PipelineRecord>
    /// Declarations by "NAME#VERSION".
    let declarations: Table<AWSValue>
    /// Executions by "NAME/ID".
    let executions: Table<PipelineExecution>
    let tags: ResourceTags
    private var engines: [Key: PipelineEngine] = [:]
    private var running: [String: Task<Void, Never>] = [:]
    /// Executions that are kept for each pipeline.
    private static let historyLimit = 500

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        pipelines = try cloud.store.table("codepipeline.pipelines", of: PipelineRecord.self)
        declarations = try cloud.store.table("codepipeline.declarations", of: AWSValue.self)
        executions = try cloud.store.table("codepipeline.executions", of: PipelineExecution.self)
        tags = try ResourceTags(cloud.store, "codepipeline.tags")
    }

    public var operations: [String: OperationHandler] {
        [
            "CreatePipeline": createPipeline, "GetPipeline": getPipeline, "UpdatePipeline": updatePipeline,
            "DeletePipeline": deletePipeline, "ListPipelines": listPipelines, "GetPipelineState": getPipelineState,
            "StartPipelineExecution": startPipelineExecution, "StopPipelineExecution": stopPipelineExecution,
            "GetPipelineExecution": getPipelineExecution, "ListPipelineExecutions": listPipelineExecutions,
            "ListActionExecutions": listActionExecutions, "ListRuleExecutions": listRuleExecutions,
            "PutApprovalResult": putApprovalResult, "RetryStageExecution": retryStageExecution,
            "RollbackStage": rollbackStage, "OverrideStageCondition": overrideStageCondition,
            "EnableStageTransition": enableStageTransition, "DisableStageTransition": disableStageTransition,
            "ListActionTypes": listActionTypes, "ListRuleTypes": listRuleTypes,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTagsForResource,
        ]
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let prefix = "arn:aws:codepipeline:\(context.region):\(context.account):"
        let action = "codepipeline:\(operation)"
        let name = input["pipelineName"]?.string ?? input["name"]?.string ?? input["pipeline"]?["name"]?.string
        switch operation {
        case "ListPipelines", "ListActionTypes", "ListRuleTypes": return [Permission(action: action, resource: "*")]
        case "TagResource", "UntagResource", "ListTagsForResource":
            return [Permission(action: action, resource: input["resourceArn"]?.string ?? "*")]
        case "PutApprovalResult":
            let path = [name, input["stageName"]?.string, input["actionName"]?.string].map { $0 ?? "*" }
            return [Permission(action: action, resource: prefix + path.joined(separator: "/"))]
        case "RetryStageExecution", "RollbackStage", "OverrideStageCondition", "EnableStageTransition",
            "DisableStageTransition":
            return [
                Permission(action: action, resource: "\(prefix)\(name ?? "*")/\(input["stageName"]?.string ?? "*")")
            ]
        case "CreatePipeline", "UpdatePipeline":
            let role = input["pipeline"]?["roleArn"]?.string ?? "*"
            return [
                Permission(action: action, resource: prefix + (name ?? "*")),
                Permission(
                    action: "iam:PassRole", resource: role,
                    context: ["iam:PassedToService": ["codepipeline.amazonaws.com"]]),
            ]
        default: return [Permission(action: action, resource: prefix + (name ?? "*"))]
        }
    }

    // MARK: - Starting and stopping

    public func start() async {
        for (account, region, name, record) in pipelines.everything() {
            let key = Key(account: account, region: region, name: name)
            var versions: [Int: PipelineDefinition] = [:]
            for (_, _, id, declaration) in declarations.everything().filter({
                $0.account == account && $0.region == region
            }) {
                let parts = id.split(separator: "#")
                if parts.count == 2, parts[0] == name, let version = Int(parts[1]) {
                    versions[version] = PipelineDefinition(declaration: declaration, region: region)
                }
            }
            guard let present = versions[record.version] else { continue }
            var engine = PipelineEngine(definition: present, makeID: Identifier.uuid)
            engine.definitions = versions
            engine.slots = record.slots
            engine.restore(
                executions.everything().filter {
                    $0.account == account && $0.region == region && $0.key.hasPrefix(name + "/")
                }
                .map(\.record))
            engines[key] = engine
            resume(key)
        }
        watchSources()
    }

    /// Goes on with actions and rules that ran when the process ended.
    private func resume(_ key: Key) {
        guard let engine = engines[key] else { return }
        for execution in engine.executions.values where !execution.status.isFinal {
            for action in execution.actions where action.status == .inProgress {
                run(key, .run(execution: execution.id, stage: action.stage, action: action.action, id: action.id))
            }
            for rule in execution.rules where rule.status == .inProgress {
                run(key, .check(execution: execution.id, stage: rule.stage, rule: rule.rule, id: rule.id))
            }
        }
    }

    // MARK: - The engine

    func engine(_ key: Key) -> PipelineEngine? { engines[key] }
    var allKeys: [Key] { Array(engines.keys) }

    func find(_ name: String, _ context: CallContext) throws(ServiceError) -> (key: Key, engine: PipelineEngine) {
        let key = Key(account: context.account, region: context.region, name: name)
        guard let engine = engines[key] else {
            throw ServiceError(
                "PipelineNotFoundException",
                "Account '\(context.account)' does not have a pipeline with name '\(name)'")
        }
        return (key, engine)
    }

    func install(_ engine: PipelineEngine, _ key: Key) { engines[key] = engine }

    func uninstall(_ key: Key) {
        for execution in engines[key]?.executions.values.map(\.self) ?? [] {
            for action in execution.actions { running.removeValue(forKey: action.id)?.cancel() }
            executions[key.account, key.region, "\(key.name)/\(execution.id)"] = nil
        }
        for version in engines[key]?.definitions.keys.map(\.self) ?? [] {
            declarations[key.account, key.region, "\(key.name)#\(version)"] = nil
        }
        engines[key] = nil
        pipelines[key.account, key.region, key.name] = nil
        tags.removeAll(of: key.arn)
    }

    /// Changes a pipeline's state, stores what changed and does what follows from it.
    @discardableResult
    func change<T>(_ key: Key, _ body: (inout PipelineEngine, Double) throws -> T) rethrows -> T? {
        // Taken out and put back, so that it is changed in place.
        guard var engine = engines.removeValue(forKey: key) else { return nil }
        defer {
            for id in engine.trimHistory(to: Self.historyLimit) {
                executions[key.account, key.region, "\(key.name)/\(id)"] = nil
            }
            for id in engine.drainChanges() {
                guard let execution = engine.executions[id] else { continue }
                executions[key.account, key.region, "\(key.name)/\(id)"] = execution
            }
            let effects = engine.drain()
            engines[key] = engine
            pipelines.update(key.account, key.region, key.name) { $0.slots = engine.slots }
            for effect in effects { run(key, effect) }
        }
        return try body(&engine, cloud.clock.now)
    }

    private func run(_ key: Key, _ effect: PipelineEffect) {
        switch effect {
        case .event(let event): publish(event, key)
        case .run(_, _, _, let id):
            guard let context = ActionContext(self, key, effect) else { return }
            running[id] = cloud.spawn {
                await context.run()
                self.running[id] = nil
            }
        case .abandon(_, _, _, let id): running.removeValue(forKey: id)?.cancel()
        case .check(let execution, let stage, let rule, let id):
            cloud.spawn {
                await RuleCheck(service: self, key: key, execution: execution, stage: stage, rule: rule, id: id).run()
            }
        }
    }

    /// Ends what waits for an approval: its task only sleeps until the time-out.
    func endTask(_ id: String) { running.removeValue(forKey: id)?.cancel() }

    /// Starts an execution of the present version.
    func begin(
        _ key: Key, trigger: String, detail: String, variables: [String: String] = [:],
        overrides: [PipelineExecution.SourceOverride] = []
    ) throws -> String {
        guard let engine = engines[key], let definition = engine.definition else {
            throw ServiceError("PipelineNotFoundException", "The pipeline \(key.name) does not exist")
        }
        var resolved: [String: String] = [:]
        for variable in definition.variables {
            guard let value = variables[variable.name] ?? variable.defaultValue else {
                throw ServiceError(
                    "ValidationException",
                    "The pipeline variable \(variable.name) has no default value, so it must be given")
            }
            resolved[variable.name] = value
        }
        if let unknown = variables.keys.sorted().first(where: { name in
            !definition.variables.contains { $0.name == name }
        }) {
            throw ServiceError("ValidationException", "The pipeline has no variable named \(unknown)")
        }
        let now = cloud.clock.now
        var execution = PipelineExecution(
            id: Identifier.uuid(), sequence: 0, version: engine.version, mode: definition.mode, started: now,
            changed: now,
            triggerType: trigger, triggerDetail: detail)
        execution.variables = resolved
        execution.sourceOverrides = overrides
        do {
            try change(key) { engine, now in try engine.start(execution, now: now) }
        } catch let refusal as PipelineRefusal {
            throw Self.error(refusal, key)
        }
        return execution.id
    }

    /// What an EventBridge rule does that targets a pipeline.
    public func startFromRule(pipelineARN: String, ruleARN: String, as principal: Principal) throws {
        let parts = pipelineARN.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6 else {
            throw ServiceError("ValidationException", "\(pipelineARN) is not a pipeline's ARN")
        }
        if principal.kind != .root {
            try cloud.iam.authorize(principal, action: "codepipeline:StartPipelineExecution", resource: pipelineARN)
        }
        _ = try begin(
            Key(account: parts[4], region: parts[3], name: parts[5]), trigger: "CloudWatchEvent", detail: ruleARN)
    }

    static func error(_ refusal: PipelineRefusal, _ key: Key, stage: String = "") -> ServiceError {
        switch refusal {
        case .tooManyExecutions:
            ServiceError(
                "ConcurrentPipelineExecutionsLimitExceededException",
                "The pipeline has reached the limit for concurrent pipeline executions.")
        case .noSuchExecution:
            ServiceError("PipelineExecutionNotFoundException", "The pipeline execution does not exist")
        case .noSuchStage:
            ServiceError("StageNotFoundException", "Pipeline '\(key.name)' does not have a stage '\(stage)'")
        case .notRetryable(let reason):
            ServiceError("StageNotRetryableException", "Stage '\(stage)' cannot be retried: \(reason)")
        case .notLatest:
            ServiceError(
                "NotLatestPipelineExecutionException",
                "The stage has moved to a later pipeline execution, so it cannot be changed for this one")
        case .alreadyStopping:
            ServiceError("DuplicatedStopRequestException", "The pipeline execution is already in the Stopping state")
        case .notStoppable:
            ServiceError("PipelineExecutionNotStoppableException", "The pipeline execution has already finished")
        case .outdated:
            ServiceError(
                "PipelineExecutionOutdatedException",
                "The target execution ran another version of the pipeline's structure than the present one")
        case .cannotRollBack(let reason):
            ServiceError("UnableToRollbackStageException", "Stage '\(stage)' cannot be rolled back: \(reason)")
        case .notOverridable:
            ServiceError("ConditionNotOverridableException", "The stage has no condition that can be overridden now")
        }
    }
}
