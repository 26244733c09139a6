import AWSClient
import AWSModel
import AWSSigning

/// The credentials of a role that a script names: `aws.client { role = "arn:aws:iam::…:role/NAME" }`.
struct ScriptRole: CredentialsProvider {
    let role: String
    let sessionName: String
    let externalID: String?
    /// Seconds.
    let duration: Double
    /// How STS is reached, with the credentials that assume the role.
    let base: ClientConfiguration

    var name: String { "role \(role)" }

    func load() async throws -> CredentialsOffer {
        guard let sts = Catalog.builtIn.service("sts"), let operation = sts.operation("AssumeRole") else {
            throw CredentialsFailure("the model of STS is missing")
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
            guard let given = answer["Credentials"], let key = given["AccessKeyId"]?.string,
                let secret = given["SecretAccessKey"]?.string
            else { throw CredentialsFailure("STS gave no credentials for the role \(role)") }
            return .found(
                Credentials(
                    accessKeyID: key, secretAccessKey: secret, sessionToken: given["SessionToken"]?.string,
                    expiration: given["Expiration"]?.double, source: name))
        } catch let error as AWSError {
            throw CredentialsFailure("cannot assume \(role): \(error.code): \(error.message)")
        }
    }
}
