import AWSModel
import AWSSigning

/// The sources of credentials in the order in which the AWS CLI and boto3 ask them:
///
///  1. environment (behind the profile when one is named on purpose)
///  2. a profile with `role_arn` (and `source_profile` or `credential_source`)
///  3. a web identity token (EKS, GitHub's OIDC)
///  4. IAM Identity Center (`sso_session`, or the older settings)
///  5. keys in the credentials file
///  6. a session of `aws login`
///  7. `credential_process`
///  8. keys in the config file
///  9. the container's endpoint (ECS, EKS Pod Identity)
/// 10. the instance's metadata (IMDSv2)
public struct CredentialsChain: CredentialsProvider {
    public let name: String
    let session: AWSSession
    let profile: String?
    let region: String?

    public init(session: AWSSession, profile: String? = nil, region: String? = nil) {
        self.session = session
        self.profile = profile
        self.region = region
        name = "credentials of the profile \"\(session.profileName(profile))\""
    }

    public func load() async throws -> CredentialsOffer {
        let setting = try CredentialsSetting(session: session, region: region, profile: profile)
        let profileName = session.profileName(profile)
        var providers: [any CredentialsProvider] = []
        if profile == nil { providers.append(EnvironmentProvider(environment: session.environment)) }
        providers.append(AssumeRoleProvider(setting: setting, profileName: profileName, visited: []))
        providers += setting.profileProviders(profileName, usesEnvironment: profile == nil)
        providers.append(ContainerProvider(setting: setting))
        providers.append(InstanceMetadataProvider(setting: setting, profileName: profileName))
        return try await ProviderChain(providers: providers).load()
    }
}

/// What all sources need: the files, the session, and a way to call AWS for credentials.
struct CredentialsSetting: Sendable {
    let session: AWSSession
    let shared: SharedConfig
    let region: String?
    /// The profile that was named on purpose, whose endpoints count for the calls from here, too.
    let profile: String?

    init(session: AWSSession, region: String?, profile: String? = nil) throws {
        self.profile = profile
        self.session = session
        self.region = region
        do throws(SettingsFailure) { shared = try session.sharedConfig() } catch {
            throw CredentialsFailure(error.message)
        }
    }

    var environment: Environment { session.environment }

    func section(_ profileName: String) -> SharedConfig.Section? { shared.profiles[profileName] }

    /// The sources that a profile itself may name, roles excepted.
    func profileProviders(_ profileName: String, usesEnvironment: Bool) -> [any CredentialsProvider] {
        [
            WebIdentityProvider(setting: self, profileName: profileName, usesEnvironment: usesEnvironment),
            SSOProvider(setting: self, profileName: profileName),
            ProfileKeysProvider(
                file: "credentials", profileName: profileName, section: shared.credentialProfiles[profileName],
                path: shared.credentialsPath),
            LoginProvider(setting: self, profileName: profileName),
            ProcessProvider(setting: self, profileName: profileName),
            ProfileKeysProvider(
                file: "config", profileName: profileName, section: shared.configProfiles[profileName],
                path: shared.configPath),
        ]
    }

    /// Calls a service in order to get credentials from it.
    func call(
        _ serviceName: String, _ operationName: String, _ input: AWSValue, credentials: CredentialsChoice,
        region: String?, headers: [(name: String, value: String)] = []
    ) async throws -> AWSValue {
        guard let service = Catalog.builtIn.service(serviceName), let operation = service.operation(operationName)
        else {
            throw CredentialsFailure("this build has no model of \(serviceName)")
        }
        var configuration = ClientConfiguration(session: session)
        configuration.credentials = credentials
        configuration.region = region
        configuration.profile = profile.flatMap { shared.profiles[$0] == nil ? nil : $0 }
        // Waiting for credentials is waiting that nobody sees: keep it short.
        configuration.callTimeout = 60
        configuration.connectTimeout = 5
        let client = AWSClient(service: service, configuration: configuration)
        return try await client.call(operation, input, options: CallOptions(headers: headers)).output
    }

    /// The region to ask STS in.
    func stsRegion(_ profileName: String) -> String {
        region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? section(profileName)?["region"]
            ?? "us-east-1"
    }
}

extension Credentials {
    /// From the structure that STS and its relatives answer with.
    init?(_ value: AWSValue?, accountID: String? = nil, source: String) {
        func text(_ name: String) -> String? {
            let lowered = name.prefix(1).lowercased() + name.dropFirst()
            return value?[name]?.string ?? value?[lowered]?.string
        }
        guard let accessKeyID = text("AccessKeyId"), let secret = text("SecretAccessKey"), !accessKeyID.isEmpty else {
            return nil
        }
        let expiration = (value?["Expiration"] ?? value?["expiration"]).flatMap { expiration in
            expiration.double ?? expiration.string.flatMap(Timestamps.parse)
        }
        self.init(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: text("SessionToken") ?? text("Token"),
            expiration: expiration, accountID: accountID ?? text("AccountId"), source: source)
    }
}
