import AWSModel
import AWSSigning

/// The credentials of a role, assumed with those of a client's configuration.
///
/// ```swift
/// var configuration = ClientConfiguration()
/// configuration.credentials = .provider(AssumedRole(role: arn, sessionName: "deploy", base: configuration))
/// ```
public struct AssumedRole: CredentialsProvider {
    let role: String
    let sessionName: String
    let externalID: String?
    /// Seconds.
    let duration: Double
    let base: ClientConfiguration

    /// - Parameters:
    ///   - role: its ARN.
    ///   - duration: seconds that the credentials last.
    ///   - base: how STS is reached, with the credentials that assume the role.
    public init(
        role: String, sessionName: String, externalID: String? = nil, duration: Double = 3600,
        base: ClientConfiguration
    ) {
        self.role = role
        self.sessionName = sessionName
        self.externalID = externalID
        self.duration = duration
        self.base = base
    }

    public var name: String { "role \(role)" }

    public func load() async throws -> CredentialsOffer {
        guard let sts = Catalog.builtIn.service("sts"), let operation = sts.operation("AssumeRole") else {
            throw CredentialsFailure("this build has no model of sts")
        }
        var configuration = base
        // STS's regional endpoints need a region; IAM's roles are of no region.
        if AWSClient(service: sts, configuration: base).region == nil { configuration.region = "us-east-1" }
        var input: AWSValue = [
            "RoleArn": .string(role), "RoleSessionName": .string(sessionName),
            "DurationSeconds": .integer(Int64(duration)),
        ]
        if let externalID { input["ExternalId"] = .string(externalID) }
        do {
            let answer = try await AWSClient(service: sts, configuration: configuration).call(operation, input).output
            guard
                let credentials = Credentials(
                    answer["Credentials"], accountID: Self.account(of: role), source: name)
            else { throw CredentialsFailure("STS gave no credentials for the role \(role)") }
            return .found(credentials)
        } catch let error as AWSError {
            throw CredentialsFailure("cannot assume \(role): \(error.code): \(error.message)")
        }
    }

    /// arn:aws:iam::123456789012:role/name
    static func account(of role: String) -> String? {
        role.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first.map(String.init)
    }
}
