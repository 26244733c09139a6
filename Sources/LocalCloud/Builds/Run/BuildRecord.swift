import AWSModel

/// A build, from its start to long after its end.
struct BuildRecord: Codable, Sendable {
    enum Status: String, Codable, Sendable {
        case succeeded = "SUCCEEDED", failed = "FAILED", fault = "FAULT", timedOut = "TIMED_OUT"
        case inProgress = "IN_PROGRESS", stopped = "STOPPED"
    }

    struct Context: Codable, Sendable {
        var code: String
        var message: String
    }

    struct Phase: Codable, Sendable {
        var type: String
        var status: Status?
        var started: Double
        var ended: Double?
        var contexts: [Context] = []
    }

    /// What a pipeline's action gives a build and wants of it, instead of the project's source and artifacts.
    struct PipelineJob: Codable, Sendable {
        struct Input: Codable, Sendable {
            var name: String
            var place: S3Place
        }
        struct Output: Codable, Sendable {
            var name: String
            var place: S3Place
            /// The buildspec's secondary artifact, where it is not called like the output.
            var artifact: String?
        }
        var inputs: [Input]
        var primary: String
        var outputs: [Output]
        var revision: String?
    }

    struct ArtifactResult: Codable, Sendable {
        var location: String
        var sha256: String?
        var md5: String?
        var identifier: String?
    }

    var id: String
    var project: String
    var number: Int64
    var started: Double
    var ended: Double?
    var status = Status.inProgress
    var currentPhase = "SUBMITTED"
    var phases: [Phase] = []
    var sourceVersion: String?
    var resolvedVersion: String?
    var source: AWSValue
    var secondarySources: [AWSValue] = []
    var secondaryVersions: [String: String] = [:]
    var artifacts: AWSValue
    var secondaryArtifacts: [AWSValue] = []
    var result: ArtifactResult?
    var secondaryResults: [ArtifactResult] = []
    var environment: AWSValue
    var cache: AWSValue?
    var logsConfig: AWSValue?
    var logGroup: String?
    var logStream: String?
    var serviceRole: String
    var timeoutInMinutes: Int
    var queuedTimeoutInMinutes: Int
    var encryptionKey: String
    var initiator: String
    var exported: [Variable] = []
    var reportARNs: [String] = []
    var pipeline: PipelineJob?
    var batchARN: String?
    var token: StartToken?
    /// Why it is to end early.
    var stopRequest: Status?

    struct Variable: Codable, Sendable {
        var name: String
        var value: String
    }

    var isComplete: Bool { status != .inProgress }

    func value(account: String, region: String) -> AWSValue {
        let arn = "arn:aws:codebuild:\(region):\(account):build/\(id)"
        return .structure([
            "id": .string(id), "arn": .string(arn), "buildNumber": .integer(number), "startTime": .timestamp(started),
            "endTime": ended.map(AWSValue.timestamp), "currentPhase": .string(currentPhase),
            "buildStatus": .string(status.rawValue), "sourceVersion": sourceVersion.map(AWSValue.string),
            "resolvedSourceVersion": resolvedVersion.map(AWSValue.string), "projectName": .string(project),
            "phases": .list(phases.map(Self.value)), "source": source, "secondarySources": .list(secondarySources),
            "secondarySourceVersions": .list(
                secondaryVersions.sorted { $0.key < $1.key }.map {
                    ["sourceIdentifier": .string($0.key), "sourceVersion": .string($0.value)]
                }),
            "artifacts": result.map(Self.value) ?? ["location": ""],
            "secondaryArtifacts": secondaryResults.isEmpty ? nil : .list(secondaryResults.map(Self.value)),
            "cache": cache ?? ["type": "NO_CACHE"], "environment": environment, "serviceRole": .string(serviceRole),
            "logs": logs(account: account, region: region), "timeoutInMinutes": .integer(Int64(timeoutInMinutes)),
            "queuedTimeoutInMinutes": .integer(Int64(queuedTimeoutInMinutes)), "buildComplete": .bool(isComplete),
            "initiator": .string(initiator), "encryptionKey": .string(encryptionKey),
            "exportedEnvironmentVariables": .list(
                exported.map { ["name": .string($0.name), "value": .string($0.value)] }),
            "reportArns": reportARNs.isEmpty ? nil : .list(reportARNs.map(AWSValue.string)),
            "buildBatchArn": batchARN.map(AWSValue.string),
        ])
    }

    private static func value(_ phase: Phase) -> AWSValue {
        .structure([
            "phaseType": .string(phase.type), "phaseStatus": phase.status.map { .string($0.rawValue) },
            "startTime": .timestamp(phase.started), "endTime": phase.ended.map(AWSValue.timestamp),
            "durationInSeconds": phase.ended.map { .integer(Int64($0 - phase.started)) },
            "contexts": phase.status == nil || phase.contexts.isEmpty
                ? nil : .list(phase.contexts.map { ["statusCode": .string($0.code), "message": .string($0.message)] }),
        ])
    }

    private static func value(_ artifact: ArtifactResult) -> AWSValue {
        .structure([
            "location": .string(artifact.location), "sha256sum": artifact.sha256.map(AWSValue.string),
            "md5sum": artifact.md5.map(AWSValue.string), "artifactIdentifier": artifact.identifier.map(AWSValue.string),
        ])
    }

    private func logs(account: String, region: String) -> AWSValue {
        let console = "https://console.aws.amazon.com/cloudwatch/home?region=\(region)#logsV2:log-groups"
        guard let logGroup, let logStream else { return ["deepLink": .string(console)] }
        func escaped(_ text: String) -> String {
            text.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "$252F")
        }
        return .structure([
            "groupName": .string(logGroup), "streamName": .string(logStream),
            "deepLink": .string("\(console)/log-group/\(escaped(logGroup))/log-events/\(escaped(logStream))"),
            "cloudWatchLogsArn": .string(
                "arn:aws:logs:\(region):\(account):log-group:\(logGroup):log-stream:\(logStream)"),
            "cloudWatchLogs": logsConfig?["cloudWatchLogs"] ?? ["status": "ENABLED"],
        ])
    }
}
