import AWSModel
import AWSSigning

/// IAM Identity Center: the token of `aws sso login` is exchanged for a role's credentials.
struct SSOProvider: CredentialsProvider {
    let name = "SSO"
    let setting: CredentialsSetting
    let profileName: String

    func load() async throws -> CredentialsOffer {
        guard let section = setting.section(profileName),
            section["sso_role_name"] != nil || section["sso_account_id"] != nil
        else { return .nothing(reason: "the profile \"\(profileName)\" has no sso_account_id and sso_role_name") }
        let values = try resolved(section)
        func required(_ name: String) throws -> String {
            guard let value = values[name] else {
                throw CredentialsFailure("the profile \"\(profileName)\" is set up for SSO but \(name) is missing")
            }
            return value
        }
        let account = try required("sso_account_id")
        let role = try required("sso_role_name")
        let region = try required("sso_region")
        let startURL = try required("sso_start_url")
        let token = try await SSOToken(
            setting: setting, startURL: startURL, region: region, sessionName: values["sso_session"],
            profileName: profileName
        ).load()
        do {
            let answer = try await setting.call(
                "sso", "GetRoleCredentials",
                ["roleName": .string(role), "accountId": .string(account), "accessToken": .string(token)],
                credentials: .anonymous, region: region)
            guard
                var credentials = Credentials(
                    answer["roleCredentials"], accountID: account,
                    source: "SSO role \(role) of the profile \(profileName)")
            else { throw CredentialsFailure("SSO gave no credentials for \(role)") }
            credentials.expiration = credentials.expiration.map { $0 / 1000 }  // given in milliseconds
            return .found(credentials)
        } catch let error as AWSError {
            if error.code == "UnauthorizedException" { throw SSOToken.expired(profileName) }
            throw CredentialsFailure("cannot get SSO credentials for the role \(role): \(error.code): \(error.message)")
        }
    }

    /// The profile's settings with those of its sso-session, which must not contradict each other.
    private func resolved(_ section: SharedConfig.Section) throws -> [String: String] {
        guard let session = section["sso_session"] else { return section.values }
        guard let shared = setting.shared.ssoSessions[session] else {
            throw CredentialsFailure(
                "the profile \"\(profileName)\" names the sso-session \"\(session)\", which does not exist in \(setting.shared.configPath)"
            )
        }
        return try section.values.merging(shared.values) { own, shared in
            if own != shared {
                throw CredentialsFailure(
                    "the profile \"\(profileName)\" and its sso-session \"\(session)\" disagree: \"\(own)\" and \"\(shared)\""
                )
            }
            return own
        }
    }
}

/// The access token of IAM Identity Center, renewed where `sso_session` allows it.
struct SSOToken {
    let setting: CredentialsSetting
    let startURL: String
    let region: String
    /// nil for the older settings, whose tokens cannot be renewed.
    let sessionName: String?
    let profileName: String

    static let refreshWindow: Double = 15 * 60

    static func expired(_ profileName: String) -> CredentialsFailure {
        CredentialsFailure("the SSO session has expired; run `aws sso login --profile \(profileName)`")
    }

    func load() async throws -> String {
        let file = TokenFile(
            directory: setting.environment.expand("~/.aws/sso/cache"),
            hash: Digest.hash(Array((sessionName ?? startURL).utf8), .sha1))
        guard let token = try file.read(), let accessToken = token["accessToken"]?.string,
            let expiration = token["expiresAt"]?.string.flatMap(Timestamps.parse)
        else { throw CredentialsFailure("nobody is signed in; run `aws sso login --profile \(profileName)`") }
        let left = expiration - setting.session.clock.now
        if sessionName != nil, left < Self.refreshWindow, let renewed = try await renew(token, file) { return renewed }
        if left <= 0 { throw Self.expired(profileName) }
        return accessToken
    }

    /// nil when the token cannot be renewed; the old one may still do.
    private func renew(_ token: AWSMap, _ file: TokenFile) async throws -> String? {
        guard let refreshToken = token["refreshToken"]?.string, let clientID = token["clientId"]?.string,
            let clientSecret = token["clientSecret"]?.string,
            let registered = token["registrationExpiresAt"]?.string.flatMap(Timestamps.parse),
            registered > setting.session.clock.now
        else { return nil }
        let answer: AWSValue
        do {
            answer = try await setting.call(
                "sso-oidc", "CreateToken",
                [
                    "grantType": "refresh_token", "clientId": .string(clientID), "clientSecret": .string(clientSecret),
                    "refreshToken": .string(refreshToken),
                ], credentials: .anonymous, region: region)
        } catch is AWSError {
            return nil
        }
        guard let accessToken = answer["accessToken"]?.string, let lifetime = answer["expiresIn"]?.double else {
            return nil
        }
        var renewed = token
        renewed["accessToken"] = .string(accessToken)
        renewed["expiresAt"] = .string(
            Timestamps.format((setting.session.clock.now + lifetime).rounded(.down), as: .iso8601))
        if let next = answer["refreshToken"] { renewed["refreshToken"] = next }
        file.write(renewed)
        return accessToken
    }
}

extension AWSSession {
    /// The variable of a service's token: `AWS_BEARER_TOKEN_BEDROCK`.
    private func bearerTokenVariable(_ service: ServiceModel) -> String {
        "AWS_BEARER_TOKEN_"
            + service.signingName.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined().uppercased()
    }

    /// Whether somebody has given a token for the service on purpose, which then goes before a signature.
    func hasBearerToken(_ service: ServiceModel) -> Bool {
        environment[bearerTokenVariable(service)]?.isEmpty == false
    }

    /// The token for services that take one instead of a signature (CodeCatalyst, Bedrock).
    func bearerToken(_ context: ClientContext) async throws -> String {
        let variable = bearerTokenVariable(context.service)
        if let token = environment[variable] { return token }
        let setting = try CredentialsSetting(session: self, region: context.settings.region)
        let profileName = context.settings.profileName
        guard let session = context.settings.profile["sso_session"], let section = setting.shared.ssoSessions[session],
            let region = section["sso_region"], let startURL = section["sso_start_url"]
        else {
            throw CredentialsFailure(
                "\(context.service.serviceID) takes a bearer token: set \(variable), or sso_session in the profile \"\(profileName)\""
            )
        }
        return try await SSOToken(
            setting: setting, startURL: startURL, region: region, sessionName: session, profileName: profileName
        ).load()
    }
}
