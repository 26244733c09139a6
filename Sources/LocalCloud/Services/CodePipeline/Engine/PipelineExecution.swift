import AWSModel

/// Statuses as the API spells them.
enum ExecutionStatus: String, Sendable, Codable {
    case cancelled = "Cancelled", inProgress = "InProgress", stopped = "Stopped", stopping = "Stopping"
    case succeeded = "Succeeded", superseded = "Superseded", failed = "Failed"
    var isFinal: Bool { self != .inProgress && self != .stopping }
}

enum StageStatus: String, Sendable, Codable {
    case cancelled = "Cancelled", inProgress = "InProgress", failed = "Failed", stopped = "Stopped", stopping =
        "Stopping"
    case succeeded = "Succeeded", skipped = "Skipped"
    var isFinal: Bool { self != .inProgress && self != .stopping }
}

enum ActionStatus: String, Sendable, Codable {
    case inProgress = "InProgress", abandoned = "Abandoned", succeeded = "Succeeded", failed = "Failed"
}

enum ConditionStatus: String, Sendable, Codable {
    case inProgress = "InProgress", failed = "Failed", errored = "Errored", succeeded = "Succeeded"
    case cancelled = "Cancelled", abandoned = "Abandoned", overridden = "Overridden"
}

struct S3Place: Sendable, Codable, Hashable {
    var bucket: String
    var key: String
}

/// One artifact that an action put out.
struct PipelineArtifact: Sendable, Codable, Equatable {
    var name: String
    var place: S3Place
    /// Of a source action: the commit or object version, and its summary.
    var revisionID: String?
    var revisionSummary: String?
    var revisionURL: String?
    var created: Double?
}

/// One run of one action.
struct ActionRun: Sendable, Codable, Equatable {
    var id: String
    var stage: String
    var action: String
    var status = ActionStatus.inProgress
    var started: Double
    var changed: Double
    var summary: String?
    var externalID: String?
    var externalURL: String?
    var percentComplete: Int?
    var errorCode: String?
    var errorMessage: String?
    /// Of an open approval.
    var token: String?
    /// Of an approval that was answered.
    var answeredToken: String?
    var updatedBy: String?
    var revisionID: String?
    var revisionSummary: String?
    var revisionURL: String?
    var entityURL: String?
    var logStreamARN: String?
    var resolvedConfiguration: [String: String] = [:]
    var inputs: [PipelineArtifact] = []
    var outputs: [PipelineArtifact] = []
    var variables: [String: String] = [:]
}

/// One rule of a condition while and after it is checked.
struct RuleRun: Sendable, Codable {
    var id: String
    var stage: String
    var kind: PipelineDefinition.ConditionKind
    var condition: Int
    var rule: String
    var status = ActionStatus.inProgress
    var started: Double
    var changed: Double
    var summary: String?
    var externalID: String?
    var errorCode: String?
    var errorMessage: String?
    var resolvedConfiguration: [String: String] = [:]
}

/// What a stage of one execution is doing.
struct StageRun: Sendable, Codable {
    enum Phase: String, Sendable, Codable { case beforeEntry, actions, onSuccess, onFailure, done }

    var name: String
    var status = StageStatus.inProgress
    var phase = Phase.actions
    /// Actions that have not started yet in this attempt.
    var pending: [String]
    /// Ids of the action runs of this attempt.
    var attempt: [String] = []
    /// Ids of the rule runs being waited for.
    var rules: [String] = []
    var conditionStatus: [String: ConditionStatus] = [:]
    var automaticRetries = 0
    var manualRetries = 0
    var lastRetryTrigger: String?
}

/// One execution of a pipeline.
struct PipelineExecution: Sendable, Codable {
    struct SourceOverride: Sendable, Codable {
        var action: String
        var type: String
        var value: String
    }

    var id: String
    /// Later executions have larger numbers.
    var sequence: Int
    var version: Int
    var mode: PipelineDefinition.Mode
    var status = ExecutionStatus.inProgress
    var statusSummary: String?
    var started: Double
    var changed: Double
    var triggerType: String
    var triggerDetail: String
    var isRollback = false
    var rollbackTarget: String?
    var rolledBackStage: String?
    var stopReason: String?
    var isAbandoning = false
    var sourceOverrides: [SourceOverride] = []
    var variables: [String: String] = [:]
    var stages: [StageRun] = []
    var actions: [ActionRun] = []
    var rules: [RuleRun] = []
    var artifacts: [PipelineArtifact] = []
    /// Output variables by namespace.
    var namespaces: [String: [String: String]] = [:]
    /// The stage before whose entry it waits.
    var waitingFor: String?

    func stage(_ name: String) -> StageRun? { stages.first { $0.name == name } }
    /// The latest run of an action.
    func latest(_ action: String, in stage: String) -> ActionRun? {
        actions.last { $0.action == action && $0.stage == stage }
    }
    func action(id: String) -> ActionRun? { actions.first { $0.id == id } }
    func artifact(_ name: String) -> PipelineArtifact? { artifacts.last { $0.name == name } }
}

/// What a pipeline remembers of a stage between executions.
struct StageSlot: Sendable, Codable {
    var enabled = true
    var changedBy: String?
    var changedAt: Double?
    var disabledReason: String?
    /// The execution that is in the stage; nil when the stage is free. Not used in PARALLEL mode.
    var holder: String?
    var inbound: [String] = []
    var latest: String?
    /// The execution that last ran each action.
    var latestByAction: [String: String] = [:]
    var latestConditions: [String: String] = [:]
}

/// What the engine asks of the world.
enum PipelineEffect: Sendable, Equatable {
    case run(execution: String, stage: String, action: String, id: String)
    /// Its result will be ignored; what it started should end where that is possible.
    case abandon(execution: String, stage: String, action: String, id: String)
    case check(execution: String, stage: String, rule: String, id: String)
    case event(PipelineEvent)
}

/// A state change, as EventBridge and notification rules hear of it.
struct PipelineEvent: Sendable, Equatable {
    enum Level: String, Sendable { case pipeline, stage, action }
    var level: Level
    var execution: String
    var stage: String?
    var action: String?
    var actionID: String?
    /// STARTED, SUCCEEDED, FAILED, CANCELED, RESUMED, STOPPED, STOPPING, SUPERSEDED, ABANDONED
    var state: String
}
