import AWSModel

/// A pipeline's structure, read from its declaration.
struct PipelineDefinition: Sendable {
    enum Mode: String, Sendable, Codable {
        case superseded = "SUPERSEDED", queued = "QUEUED", parallel = "PARALLEL"
    }

    struct Store: Sendable {
        var bucket: String
        var encryptionKey: String?
    }

    struct Variable: Sendable {
        var name: String
        var defaultValue: String?
    }

    struct Stage: Sendable {
        var name: String
        var actions: [Action]
        var beforeEntry: [Condition] = []
        var onSuccess: [Condition] = []
        var onFailure: [Condition] = []
        /// What a failure leads to without further conditions: `ROLLBACK` or `RETRY`.
        var failureResult: String?
        /// `FAILED_ACTIONS` or `ALL_ACTIONS`, for the result `RETRY`.
        var retryMode = "ALL_ACTIONS"

        func action(_ name: String) -> Action? { actions.first { $0.name == name } }
        func conditions(_ kind: ConditionKind) -> [Condition] {
            switch kind {
            case .beforeEntry: beforeEntry
            case .onSuccess: onSuccess
            case .onFailure: onFailure
            }
        }
    }

    struct ActionType: Sendable, Hashable {
        var category: String
        var owner: String
        var provider: String
        var version: String

        var value: AWSValue {
            [
                "category": .string(category), "owner": .string(owner), "provider": .string(provider),
                "version": .string(version),
            ]
        }
    }

    struct Output: Sendable {
        var name: String
        var files: [String]
    }

    struct Action: Sendable {
        var name: String
        var type: ActionType
        var runOrder = 1
        var configuration: [(name: String, value: String)] = []
        var inputs: [String] = []
        var outputs: [Output] = []
        var roleARN: String?
        var region: String?
        var namespace: String?
        var timeoutInMinutes: Int?
        var commands: [String] = []
        var outputVariables: [String] = []
        var environment: [(name: String, value: String, type: String)] = []

        func setting(_ name: String) -> String? { configuration.first { $0.name == name }?.value }
    }

    enum ConditionKind: String, Sendable, Codable, CaseIterable {
        case beforeEntry = "BEFORE_ENTRY", onSuccess = "ON_SUCCESS", onFailure = "ON_FAILURE"
    }

    struct Condition: Sendable {
        /// `FAIL`, `SKIP`, `ROLLBACK` or `RETRY`: what happens when a rule is not met.
        var result: String
        var rules: [Rule]
    }

    struct Rule: Sendable {
        var name: String
        var provider: String
        var configuration: [(name: String, value: String)] = []
        var commands: [String] = []
        var inputs: [String] = []
        var roleARN: String?
        var region: String?
        var timeoutInMinutes: Int?

        func setting(_ name: String) -> String? { configuration.first { $0.name == name }?.value }
    }

    var name: String
    var roleARN: String
    var version: Int
    var mode: Mode
    var type: String
    /// `artifactStore`.
    var store: Store?
    /// `artifactStores`, by region.
    var stores: [String: Store]
    /// The store that artifacts go to: the pipeline's own region's.
    var bucket: String
    var encryptionKey: String?
    var stages: [Stage]
    var variables: [Variable]
    /// The source actions whose pushes and pull requests start it.
    var triggerSources: [String]

    func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }
    func index(of stage: String) -> Int? { stages.firstIndex { $0.name == stage } }
}
