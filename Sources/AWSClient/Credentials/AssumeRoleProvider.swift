import AWSModel
import AWSSigning

/// A profile that assumes a role with the credentials of another profile, or of a named source.
struct AssumeRoleProvider: CredentialsProvider {
    let name = "assume-role profile"
    let setting: CredentialsSetting
    let profileName: String
    /// The profiles on the way here, which must not come again.
    let visited: [String]

    func load() async throws -> CredentialsOffer {
        guard let section = setting.section(profileName) else {
            return .nothing(reason: "there is no profile \"\(profileName)\"")
        }
        guard let role = section["role_arn"], section["web_identity_token_file"] == nil else {
            return .nothing(reason: "the profile \"\(profileName)\" has no role_arn")
        }
        var input: AWSValue = [
            "RoleArn": .string(role),
            "RoleSessionName": .string(section["role_session_name"] ?? "awscicd-\(Int(setting.session.clock.now))"),
        ]
        if let externalID = section["external_id"] { input["ExternalId"] = .string(externalID) }
        if let text = section["duration_seconds"] {
            guard let seconds = Int64(text) else {
                throw CredentialsFailure(
                    "duration_seconds of the profile \"\(profileName)\" must be a number, not \"\(text)\"")
            }
            input["DurationSeconds"] = .integer(seconds)
        }
        let source = try await sourceCredentials(section)
        if let serial = section["mfa_serial"] {
            guard let prompt = setting.session.promptForMFA else {
                throw CredentialsFailure(
                    "the profile \"\(profileName)\" needs a code of the device \(serial), and nobody can be asked for it here"
                )
            }
            input["SerialNumber"] = .string(serial)
            input["TokenCode"] = .string(try await prompt(serial))
        }
        return .found(try await assume(role, input, source))
    }

    private func assume(_ role: String, _ input: AWSValue, _ source: Credentials) async throws -> Credentials {
        do {
            let answer = try await setting.call(
                "sts", "AssumeRole", input, credentials: .fixed(source), region: setting.stsRegion(profileName))
            guard
                let credentials = Credentials(
                    answer["Credentials"], accountID: AssumedRole.account(of: role),
                    source: "role \(role) of the profile \(profileName)")
            else { throw CredentialsFailure("STS gave no credentials for the role \(role)") }
            return credentials
        } catch let error as AWSError {
            throw CredentialsFailure(
                "cannot assume \(role) for the profile \"\(profileName)\": \(error.code): \(error.message)")
        }
    }

    private func sourceCredentials(_ section: SharedConfig.Section) async throws -> Credentials {
        switch (section["source_profile"], section["credential_source"]) {
        case (.some, .some):
            throw CredentialsFailure(
                "the profile \"\(profileName)\" has both source_profile and credential_source; keep one")
        case (nil, nil):
            throw CredentialsFailure(
                "the profile \"\(profileName)\" has a role_arn but neither source_profile nor credential_source")
        case (nil, let kind?): return try await namedSource(kind)
        case (let other?, nil): return try await credentials(ofProfile: other)
        }
    }

    private func namedSource(_ kind: String) async throws -> Credentials {
        let provider: any CredentialsProvider
        switch kind.lowercased() {
        case "environment": provider = EnvironmentProvider(environment: setting.environment)
        case "ec2instancemetadata": provider = InstanceMetadataProvider(setting: setting, profileName: profileName)
        case "ecscontainer": provider = ContainerProvider(setting: setting)
        default:
            throw CredentialsFailure(
                "credential_source of the profile \"\(profileName)\" must be Environment, Ec2InstanceMetadata or EcsContainer, not \"\(kind)\""
            )
        }
        switch try await provider.load() {
        case .found(let credentials): return credentials
        case .nothing(let reason):
            throw CredentialsFailure(
                "the profile \"\(profileName)\" takes its credentials from \(kind), which has none: \(reason)")
        }
    }

    private func credentials(ofProfile other: String) async throws -> Credentials {
        guard let section = setting.section(other) else {
            throw CredentialsFailure(
                "the profile \"\(profileName)\" names the source_profile \"\(other)\", which does not exist")
        }
        let hasKeys = section["aws_access_key_id"] != nil || section["aws_secret_access_key"] != nil
        let path = visited + [profileName]
        // A profile may name itself: then its own keys are meant.
        if path.contains(other), !(other == profileName && hasKeys) {
            throw CredentialsFailure(
                "profiles assume each other's roles in a circle: \((path + [other]).joined(separator: " → "))")
        }
        var providers = setting.profileProviders(other, usesEnvironment: false)
        if !hasKeys {
            providers.insert(AssumeRoleProvider(setting: setting, profileName: other, visited: path), at: 0)
        }
        for provider in providers {
            if case .found(let credentials) = try await provider.load() { return credentials }
        }
        throw CredentialsFailure(
            "the profile \"\(other)\", source of \"\(profileName)\", has no credentials: give it keys, a role or an sso_session"
        )
    }
}

/// A token of another identity provider, exchanged for a role's credentials.
struct WebIdentityProvider: CredentialsProvider {
    let name = "web identity"
    let setting: CredentialsSetting
    let profileName: String
    let usesEnvironment: Bool

    func load() async throws -> CredentialsOffer {
        func value(_ variable: String, _ key: String) -> String? {
            (usesEnvironment ? setting.environment[variable] : nil) ?? setting.section(profileName)?[key]
        }
        guard let path = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else {
            return .nothing(
                reason: usesEnvironment
                    ? "neither AWS_WEB_IDENTITY_TOKEN_FILE nor web_identity_token_file is set"
                    : "the profile \"\(profileName)\" has no web_identity_token_file")
        }
        guard let role = value("AWS_ROLE_ARN", "role_arn") else {
            throw CredentialsFailure(
                "there is a web identity token file (\(path)) but no role: set AWS_ROLE_ARN or role_arn")
        }
        // Read anew each time: the file is renewed by whoever runs us.
        guard let bytes = try readText(setting.environment.expand(path)) else {
            throw CredentialsFailure("the web identity token file \(path) does not exist")
        }
        let input: AWSValue = [
            "RoleArn": .string(role), "WebIdentityToken": .string(bytes),
            "RoleSessionName": .string(
                value("AWS_ROLE_SESSION_NAME", "role_session_name") ?? "awscicd-\(Int(setting.session.clock.now))"),
        ]
        do {
            let answer = try await setting.call(
                "sts", "AssumeRoleWithWebIdentity", input, credentials: .anonymous,
                region: setting.stsRegion(profileName))
            guard let credentials = Credentials(answer["Credentials"], source: "web identity for \(role)") else {
                throw CredentialsFailure("STS gave no credentials for the web identity")
            }
            return .found(credentials)
        } catch let error as AWSError {
            throw CredentialsFailure("cannot assume \(role) with the web identity: \(error.code): \(error.message)")
        }
    }

    private func readText(_ path: String) throws -> String? {
        do throws(SettingsFailure) {
            return try INIFile.readFile(path).map { String(decoding: $0, as: UTF8.self) }
                .map { String($0.reversed().drop(while: \.isWhitespace).reversed()) }
        } catch { throw CredentialsFailure(error.message) }
    }
}
