import AWSModel

struct ScalingGroup: Codable, Sendable {
    enum Lifecycle: String, Codable, Sendable {
        case pending = "Pending", pendingWait = "Pending:Wait", pendingProceed = "Pending:Proceed", inService =
            "InService"
        case terminating = "Terminating", terminatingWait = "Terminating:Wait", terminatingProceed =
            "Terminating:Proceed"
        case terminated = "Terminated", standby = "Standby", detaching = "Detaching"

        var isEnding: Bool {
            [.terminating, .terminatingWait, .terminatingProceed, .terminated, .detaching].contains(self)
        }
        var isStarting: Bool { [.pending, .pendingWait, .pendingProceed].contains(self) }
    }
    struct Member: Codable, Sendable {
        var id: String
        var zone: String
        var lifecycle: Lifecycle
        var isHealthy = true
        var type: String
        var template: Template?
        var isProtected: Bool
        var activityID: String?
        /// Epoch seconds of its entry into service.
        var inServiceSince: Double?
        /// Hooks that have not been completed: hook's name → token.
        var waits: [String: String] = [:]
    }
    struct Template: Codable, Sendable, Equatable {
        var id: String
        var name: String
        /// As it was given: a number, `$Latest`, `$Default`.
        var version: String?

        var value: AWSValue {
            .structure([
                "LaunchTemplateId": .string(id), "LaunchTemplateName": .string(name),
                "Version": version.map { .string($0) },
            ])
        }
    }
    struct Hook: Codable, Sendable {
        var name: String
        var transition: String
        var timeout: Int
        var defaultResult: String
        var metadata: String?
        var targetARN: String?
        var roleARN: String?
    }
    struct GroupTag: Codable, Sendable {
        var key: String
        var value: String
        var propagates: Bool
    }
    struct Policy: Codable, Sendable {
        var name: String
        var arn: String
        var type: String
        /// The call's input, which the answer repeats.
        var settings: AWSValue
        /// When it last changed the group's size, and what the size was before.
        var lastScaled: Double?
        var sizeBefore: Int?
    }
    struct Refresh: Codable, Sendable {
        var id: String
        var status: String
        var startedAt: Double
        var endedAt: Double?
        var percentage: Int
        var minimumHealthy: Int
        var skipsMatching: Bool
        /// How long a new instance is in service before it counts; nil is the group's own time.
        var warmup: Int?
        var remaining: [String]
        var total: Int
        var reason: String?
        /// What a rollback goes back to: the template before the refresh, when it was given another one.
        var before: Template?
        var desired: AWSValue?
        var rollback: Rollback?
    }
    struct Scheduled: Codable, Sendable, Equatable {
        var name: String
        var arn: String
        var minimum: Int?
        var maximum: Int?
        var desired: Int?
        /// Epoch seconds: of the only time, or of the first.
        var start: Double?
        var end: Double?
        /// Five fields as cron has them.
        var recurrence: String?
        var timeZone: String?
    }
    struct Rollback: Codable, Sendable {
        var reason: String
        var startedAt: Double
        /// How far the refresh had come.
        var percentage: Int
        var remaining: Int
    }

    var name: String
    var arn: String
    var template: Template?
    /// The group's `MixedInstancesPolicy` as it was given; its template is `template`.
    var mixedPolicy: AWSValue?
    var minimum: Int
    var maximum: Int
    var desired: Int
    var cooldown: Int
    var zones: [String]
    var subnetIDs: [String]
    var targetGroupARNs: [String]
    var healthCheckType: String
    var gracePeriod: Int
    var members: [Member] = []
    var suspended: [String] = []
    /// When each process was suspended.
    var suspendedAt: [String: Double]?
    var hooks: [Hook] = []
    var tags: [GroupTag] = []
    var terminationPolicies: [String]
    var protectsNew: Bool
    var createdAt: Double
    var isBeingDeleted = false
    var roleARN: String
    var policies: [Policy] = []
    var refreshes: [Refresh] = []
    var scheduled: [Scheduled]?
    var metrics: [String] = []
    var capacityRebalance = false
    var maximumLifetime: Int?
    /// "prevent-force-deletion", "prevent-all-deletion"; nil or "none" without protection.
    var deletionProtection: String?
    var defaultWarmup: Int?
    /// When a policy last changed the size, and when one last raised it.
    var lastScaled: Double?
    var lastGrown: Double?
    /// Why the desired size is what it is: what the next activities give as their cause.
    var changeCause: String?
    /// Launches that failed one after the other, for the pause between them.
    var failures = 0
}

struct ScalingActivity: Codable, Sendable {
    var id: String
    var group: String
    var description: String
    var cause: String
    var startedAt: Double
    var endedAt: Double?
    var status: String
    var message: String?
    var progress: Int
    var details: String
    /// Order of activities that began at the same moment.
    var number: Int
}
