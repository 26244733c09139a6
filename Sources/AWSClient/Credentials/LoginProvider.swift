import AWSModel
import AWSSigning

/// A session of `aws login`: credentials and a token to renew them, which is bound to a key (RFC 9449, "DPoP").
struct LoginProvider: CredentialsProvider {
    let name = "login session"
    let setting: CredentialsSetting
    let profileName: String

    private static let refreshWindow: Double = 5 * 60

    func load() async throws -> CredentialsOffer {
        guard let session = setting.section(profileName)?["login_session"] else {
            return .nothing(reason: "the profile \"\(profileName)\" has no login_session")
        }
        let directory = setting.environment.expand(
            setting.environment["AWS_LOGIN_CACHE_DIRECTORY"] ?? "~/.aws/login/cache")
        let name = Array(String(session.reversed().drop(while: \.isWhitespace).reversed()).utf8)
        let file = TokenFile(directory: directory, hash: Digest.hash(name, .sha256))
        guard let token = try file.read() else { throw failure("nobody is signed in") }
        for name in ["accessToken", "refreshToken", "dpopKey", "clientId"] where token[name] == nil {
            throw failure("the kept session lacks \(name)")
        }
        guard let credentials = credentials(token["accessToken"]) else {
            throw failure("the kept session has no credentials")
        }
        let left = (credentials.expiration ?? .infinity) - setting.session.clock.now
        if left > Self.refreshWindow { return .found(credentials) }
        return .found(try await renewed(token, file))
    }

    private func failure(_ reason: String) -> CredentialsFailure {
        CredentialsFailure("\(reason); run `aws login --profile \(profileName)`")
    }

    private func credentials(_ value: AWSValue?) -> Credentials? {
        guard var credentials = Credentials(value, source: "login session of the profile \(profileName)") else {
            return nil
        }
        credentials.expiration = value?["expiresAt"]?.string.flatMap(Timestamps.parse)
        return credentials
    }

    private func renewed(_ token: AWSMap, _ file: TokenFile) async throws -> Credentials {
        guard let key = token["dpopKey"]?.string.flatMap(ECKey.init(pem:)) else {
            throw failure("the kept key is unreadable")
        }
        let region = setting.stsRegion(profileName)
        let input: AWSValue = [
            "tokenInput": [
                "clientId": token["clientId"] ?? .null, "refreshToken": token["refreshToken"] ?? .null,
                "grantType": "refresh_token",
            ]
        ]
        let answer: AWSValue
        do {
            let url = try await url(input, region: region)
            let proof = DPoP.proof(key: key, url: url, at: setting.session.clock.now)
            answer = try await setting.call(
                "signin", "CreateOAuth2Token", input, credentials: .anonymous, region: region,
                headers: [("DPoP", proof)])
        } catch let error as AWSError {
            switch error.fields["error"]?.string {
            case "TOKEN_EXPIRED": throw failure("the login session has expired")
            case "USER_CREDENTIALS_CHANGED": throw failure("the user's credentials have changed")
            case "INSUFFICIENT_PERMISSIONS":
                throw CredentialsFailure(
                    "the login session may not be renewed: the user lacks the permission to sign in")
            default: throw CredentialsFailure("cannot renew the login session: \(error.code): \(error.message)")
            }
        }
        guard let output = answer["tokenOutput"], var access = output["accessToken"],
            let lifetime = output["expiresIn"]?.double
        else { throw failure("the service gave no new credentials") }
        access["accountId"] = token["accessToken"]?["accountId"]
        access["expiresAt"] = .string(
            Timestamps.format((setting.session.clock.now + lifetime).rounded(.down), as: .iso8601))
        var kept = token
        kept["accessToken"] = access
        if let next = output["refreshToken"] { kept["refreshToken"] = next }
        file.write(kept)
        guard let credentials = credentials(access) else { throw failure("the service gave no new credentials") }
        return credentials
    }

    /// Where the request will go, which the proof has to name.
    private func url(_ input: AWSValue, region: String) async throws -> String {
        guard let service = Catalog.builtIn.service("signin"), let operation = service.operation("CreateOAuth2Token")
        else {
            throw CredentialsFailure("this build has no model of signin")
        }
        var configuration = ClientConfiguration(session: setting.session)
        configuration.credentials = .anonymous
        configuration.region = region
        configuration.profile = setting.profile.flatMap { setting.section($0) == nil ? nil : $0 }
        return try await AWSClient(service: service, configuration: configuration).prepare(operation, input).url
    }
}

/// The proof that the caller holds the key that a token is bound to.
enum DPoP {
    static func proof(key: ECKey, url: String, at seconds: Double, id: String = SecureRandom.uuid()) -> String {
        let point = key.publicPoint
        let header: AWSValue = [
            "typ": "dpop+jwt", "alg": "ES256",
            "jwk": [
                "kty": "EC", "x": .string(encode(Array(point.dropFirst().prefix(32)))),
                "y": .string(encode(Array(point.dropFirst(33)))), "crv": "P-256",
            ],
        ]
        let payload: AWSValue = [
            "htm": "POST", "htu": .string(url), "iat": .integer(Int64(seconds)), "jti": .string(id),
        ]
        let signed = "\(encode(JSON.write(header))).\(encode(JSON.write(payload)))"
        return "\(signed).\(encode(key.signRaw(Array(signed.utf8))))"
    }

    /// Base64 for URLs, without padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }
}
