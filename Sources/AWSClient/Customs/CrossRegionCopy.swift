import AWSModel
import AWSSigning

/// Copies from another region. The region that is asked for one fetches it from the other, with a request that is signed for
/// there and handed along as a URL: no model says so.
///
/// Source: CopySnapshot, Amazon EC2 API Reference ("PresignedUrl"); CopyDBSnapshot, Amazon RDS API Reference ("PreSignedUrl").
struct CrossRegionCopy {
    let sourceRegion: String
    private let isEC2: Bool
    private var urlMember: String { isEC2 ? "PresignedUrl" : "PreSignedUrl" }

    private static let databaseOperations: Set = [
        "CopyDBSnapshot", "CopyDBClusterSnapshot", "CreateDBCluster", "CreateDBInstanceReadReplica",
        "StartDBInstanceAutomatedBackupsReplication",
    ]

    /// nil where an operation copies nothing from another region.
    init?(_ operation: Operation, _ input: AWSValue, of customs: ServiceCustoms) {
        switch customs {
        case .ec2 where operation.name == "CopySnapshot": isEC2 = true
        case .rds, .neptune, .docdb:
            guard Self.databaseOperations.contains(operation.name) else { return nil }
            isEC2 = false
        default: return nil
        }
        guard let region = input["SourceRegion"]?.string, !region.isEmpty else { return nil }
        sourceRegion = region
    }

    /// The input with the URL, unless the caller gave one.
    func completed(_ input: AWSValue, _ operation: Operation, _ context: ClientContext) async throws -> AWSValue {
        var input = input
        // It is the SDKs' own there; databases are named by their region's ARN.
        if !isEC2 { input["SourceRegion"] = nil }
        let destination = context.settings.region ?? sourceRegion
        if input[urlMember] == nil {
            input[urlMember] = .string(try await url(input, operation, context, destination: destination))
        }
        if isEC2 { input["DestinationRegion"] = .string(destination) }
        return input
    }

    private func url(
        _ input: AWSValue, _ operation: Operation, _ context: ClientContext, destination: String
    ) async throws -> String {
        var configuration = context.configuration
        configuration.region = sourceRegion
        let there = try ClientContext(service: context.service, configuration: configuration)
        let plan = CallPlan(isPresigned: true, isSent: false)
        let request = try await there.build(operation, input, plan: plan, headers: [])
        if case .bytes(let form) = request.body {
            request.body = .bytes(form + Array("&DestinationRegion=\(destination)".utf8))
        }
        guard let credentials = try await context.credentials(for: request, operation: operation, plan: plan) else {
            throw EncodingFailure(urlMember, "is missing, and there are no credentials to sign it with")
        }
        return there.presign(request, credentials: credentials, expires: 3600).url
    }
}
