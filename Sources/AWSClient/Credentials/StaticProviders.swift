import AWSModel
import AWSSigning

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
struct EnvironmentProvider: CredentialsProvider {
    let name = "environment"
    let environment: Environment

    func load() async throws -> CredentialsOffer {
        guard let accessKeyID = environment["AWS_ACCESS_KEY_ID"] else {
            return .nothing(reason: "AWS_ACCESS_KEY_ID is not set")
        }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw CredentialsFailure("AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not")
        }
        return .found(
            Credentials(
                accessKeyID: accessKeyID, secretAccessKey: secret,
                sessionToken: environment["AWS_SESSION_TOKEN"] ?? environment["AWS_SECURITY_TOKEN"],
                expiration: environment["AWS_CREDENTIAL_EXPIRATION"].flatMap(Timestamps.parse),
                accountID: environment["AWS_ACCOUNT_ID"], source: name))
    }
}

/// Keys that stand in a profile of one of the two files.
struct ProfileKeysProvider: CredentialsProvider {
    let name: String
    let profileName: String
    let section: SharedConfig.Section?
    let path: String

    init(file: String, profileName: String, section: SharedConfig.Section?, path: String) {
        name = "\(file) file"
        self.profileName = profileName
        self.section = section
        self.path = path
    }

    func load() async throws -> CredentialsOffer {
        guard let section else { return .nothing(reason: "\(path) has no profile \"\(profileName)\"") }
        guard let accessKeyID = section["aws_access_key_id"] else {
            return .nothing(reason: "the profile \"\(profileName)\" in \(path) has no aws_access_key_id")
        }
        guard let secret = section["aws_secret_access_key"] else {
            throw CredentialsFailure(
                "the profile \"\(profileName)\" in \(path) has aws_access_key_id but no aws_secret_access_key")
        }
        return .found(
            Credentials(
                accessKeyID: accessKeyID, secretAccessKey: secret,
                sessionToken: section["aws_session_token"] ?? section["aws_security_token"],
                accountID: section["aws_account_id"], source: "profile \(profileName) in \(path)"))
    }
}
