import AWSModel

struct DeploymentTarget: Codable, Sendable {
    struct Event: Codable, Sendable {
        var name: String
        var status = "Pending"
        var started: Double?
        var ended: Double?
        var diagnostics: EventDiagnostics?
    }

    var instance: String
    /// The ARN of an on-premises instance; nil for one of EC2.
    var onPremisesARN: String?
    /// "Blue" or "Green", of blue/green deployments.
    var label: String?
    var status = "Pending"
    var changed: Double
    var events: [Event]
}

/// A deployment, from its creation to long after its end.
struct DeploymentRecord: Codable, Sendable {
    enum Status: String, Codable, Sendable {
        case created = "Created", queued = "Queued", inProgress = "InProgress", baking = "Baking"
        case succeeded = "Succeeded", failed = "Failed", stopped = "Stopped", ready = "Ready"
        var isFinal: Bool { self == .succeeded || self == .failed || self == .stopped }
    }

    var id: String
    var application: String
    var group: String
    var groupID: String
    var config: String
    var revision: AWSValue
    var previousRevision: AWSValue?
    var description: String?
    var status = Status.created
    var creator = "user"
    var created: Double
    var started: Double?
    var completed: Double?
    var errorCode: String?
    var errorMessage: String?
    var rollbackDeployment: String?
    var rollbackTrigger: String?
    var rollbackMessage: String?
    var autoRollback: AWSValue?
    var alarms: AWSValue?
    var style: AWSValue
    var blueGreen: AWSValue?
    var loadBalancer: AWSValue?
    var targetInstances: AWSValue?
    var ignoresApplicationStopFailures = false
    var updatesOutdatedOnly = false
    var fileExistsBehavior = "DISALLOW"
    var targets: [DeploymentTarget] = []
    var isWaitingForTermination = false
    /// Of blue/green: names of the groups.
    var blueGroup: String?
    var greenGroup: String?
    /// Whether traffic has begun to move.
    var hasMovedTraffic = false
    /// The only instances that it is for: of a launch, or of a rollback.
    var onlyInstances: [String]?
    var stopsWithRollback: Bool?

    /// Whether it waits for people or for AWS's own time, and nothing of it is under way on an instance.
    var isWaiting: Bool { isBlueGreen && (isWaitingForTermination || status == .ready) }

    var isBlueGreen: Bool { style["deploymentType"]?.string == "BLUE_GREEN" }
    var hasTrafficControl: Bool { style["deploymentOption"]?.string == "WITH_TRAFFIC_CONTROL" }

    var value: AWSValue {
        var overview: AWSValue?
        if !targets.isEmpty, !isBlueGreen || targets.contains(where: { $0.label == "Green" }) {
            var counts: AWSMap = [:]
            for state in ["Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"] {
                counts[state] = .integer(Int64(targets.filter { $0.status == state }.count))
            }
            overview = .map(counts)
        }
        return .structure([
            "applicationName": .string(application), "deploymentGroupName": .string(group),
            "deploymentConfigName": .string(config), "deploymentId": .string(id), "previousRevision": previousRevision,
            "revision": revision, "status": .string(status.rawValue),
            "errorInformation": errorCode.map {
                .structure(["code": .string($0), "message": errorMessage.map(AWSValue.string)])
            },
            "createTime": .timestamp(created), "startTime": started.map(AWSValue.timestamp),
            "completeTime": completed.map(AWSValue.timestamp), "deploymentOverview": overview,
            "description": description.map(AWSValue.string), "creator": .string(creator),
            "ignoreApplicationStopFailures": .bool(ignoresApplicationStopFailures),
            "autoRollbackConfiguration": autoRollback, "updateOutdatedInstancesOnly": .bool(updatesOutdatedOnly),
            "rollbackInfo": rollbackInfo, "deploymentStyle": style, "targetInstances": targetInstances,
            "instanceTerminationWaitTimeStarted": .bool(isWaitingForTermination),
            "blueGreenDeploymentConfiguration": blueGreen, "loadBalancerInfo": loadBalancer,
            "fileExistsBehavior": .string(fileExistsBehavior), "deploymentStatusMessages": [],
            "computePlatform": "Server",
            "overrideAlarmConfiguration": alarms,
        ])
    }

    private var rollbackInfo: AWSValue? {
        guard rollbackDeployment != nil || rollbackTrigger != nil || rollbackMessage != nil else { return nil }
        return .structure([
            "rollbackDeploymentId": rollbackDeployment.map(AWSValue.string),
            "rollbackTriggeringDeploymentId": rollbackTrigger.map(AWSValue.string),
            "rollbackMessage": rollbackMessage.map(AWSValue.string),
        ])
    }
}
