import AWSModel

/// Builds that were started together, by a buildspec's `batch` section.
struct BatchRecord: Codable, Sendable {
    struct Member: Codable, Sendable {
        var identifier: String
        var dependsOn: [String]
        var ignoreFailure: Bool
        var buildID: String?
        var status: BuildRecord.Status?
        /// Its builds of earlier tries of the batch; the first one first.
        var earlier: [Try]?
    }
    struct Try: Codable, Sendable {
        var buildID: String
        var status: BuildRecord.Status
    }

    var id: String
    var project: String
    var number: Int64
    var started: Double
    var ended: Double?
    var status = BuildRecord.Status.inProgress
    var members: [Member]
    var environment: AWSValue
    var source: AWSValue
    var sourceVersion: String?
    var serviceRole: String
    var initiator: String
    var isStopping = false
    var token: StartToken?
    /// What it was started with, for another try: the buildspec, and the members of the call.
    var spec: String?
    var call: AWSValue?
    var retryToken: StartToken?

    func value(account: String, region: String) -> AWSValue {
        .structure([
            "id": .string(id), "arn": .string("arn:aws:codebuild:\(region):\(account):build-batch/\(id)"),
            "startTime": .timestamp(started), "endTime": ended.map(AWSValue.timestamp),
            "currentPhase": .string(ended == nil ? "IN_PROGRESS" : status == .succeeded ? "SUCCEEDED" : "FAILED"),
            "buildBatchStatus": .string(status.rawValue), "projectName": .string(project), "source": source,
            "sourceVersion": sourceVersion.map(AWSValue.string), "environment": environment,
            "serviceRole": .string(serviceRole), "initiator": .string(initiator), "complete": .bool(ended != nil),
            "buildBatchNumber": .integer(number),
            "buildGroups": .list(
                members.map { member in
                    .structure([
                        "identifier": .string(member.identifier),
                        "dependsOn": .list(member.dependsOn.map(AWSValue.string)),
                        "ignoreFailure": .bool(member.ignoreFailure),
                        "currentBuildSummary": member.buildID.map {
                            Self.summary(of: $0, member.status ?? .inProgress, account, region)
                        },
                        "priorBuildSummaryList": member.earlier.map { tries in
                            .list(tries.map { Self.summary(of: $0.buildID, $0.status, account, region) })
                        },
                    ])
                }),
        ])
    }

    private static func summary(
        of build: String, _ status: BuildRecord.Status, _ account: String, _ region: String
    ) -> AWSValue {
        .structure([
            "arn": .string("arn:aws:codebuild:\(region):\(account):build/\(build)"),
            "buildStatus": .string(status.rawValue),
        ])
    }
}
