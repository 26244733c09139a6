import AWSModel
import AWSSigning
import Foundation
import Testing

@testable import AWSClient

/// Sessions that a person opens: `aws sso login` and `aws login`.
@Suite struct SignInTests {
    private let home: CredentialsHome
    private var directory: TemporaryDirectory { home.directory }

    init() throws { home = try CredentialsHome() }

    private let sso = """
        [profile dev]
        sso_session = corp
        sso_account_id = 111111111111
        sso_role_name = Admin
        [sso-session corp]
        sso_region = eu-west-1
        sso_start_url = https://corp.awsapps.com/start
        """

    private func ssoServer() throws -> TestServer {
        try TestServer { request, connection in
            if request.target == "/token" {
                return connection.respond(
                    headers: ["Content-Type": "application/json"],
                    body: #"{"accessToken":"renewed","expiresIn":28800,"refreshToken":"next"}"#)
            }
            let token = request.header("x-amz-sso_bearer_token") ?? ""
            if token == "stale" {
                return connection.respond(
                    401, headers: ["x-amzn-ErrorType": "UnauthorizedException"], body: #"{"message":"no"}"#)
            }
            return connection.respond(
                body: """
                    {"roleCredentials":{"accessKeyId":"SSO_\(token)","secretAccessKey":"S","sessionToken":"T",\
                    "expiration":1700003600000}}
                    """)
        }
    }

    private func ssoToken(_ key: String, _ content: String) throws -> String {
        let name = Hex.encode(Digest.hash(Array(key.utf8), .sha1))
        return try directory.file(".aws/sso/cache/\(name).json", content)
    }

    @Test func ssoSessions() async throws {
        let server = try ssoServer()
        let variables = ["AWS_ENDPOINT_URL": server.url]
        #expect(
            await home.failure(config: sso, variables: variables, profile: "dev")?.message.contains(
                "aws sso login --profile dev") == true)
        _ = try ssoToken("corp", #"{"accessToken":"kept","expiresAt":"2023-11-15T10:00:00Z"}"#)
        let credentials = try await home.load(config: sso, variables: variables, profile: "dev")
        #expect(credentials.accessKeyID == "SSO_kept" && credentials.accountID == "111111111111")
        #expect(credentials.expiration == 1_700_003_600)
        #expect(server.requests.first?.target.contains("account_id=111111111111") == true)
    }

    @Test func ssoTokensAreRenewedAndKept() async throws {
        let server = try ssoServer()
        let path = try ssoToken(
            "corp",
            """
            {"accessToken":"old","expiresAt":"2023-11-14T22:14:00Z","refreshToken":"r","clientId":"c","clientSecret":"s",\
            "registrationExpiresAt":"2024-01-01T00:00:00Z","startUrl":"u","extra":"stays"}
            """)
        let credentials = try await home.load(config: sso, variables: ["AWS_ENDPOINT_URL": server.url], profile: "dev")
        #expect(credentials.accessKeyID == "SSO_renewed")
        let kept = try JSON.parse(Array(try Data(contentsOf: URL(filePath: path))))
        #expect(kept["accessToken"] == "renewed" && kept["refreshToken"] == "next" && kept["extra"] == "stays")
        #expect(kept["expiresAt"] == "2023-11-15T06:13:20Z")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func olderSSOSettingsAndTheirMistakes() async throws {
        let server = try ssoServer()
        let variables = ["AWS_ENDPOINT_URL": server.url]
        let legacy = """
            [profile old]
            sso_start_url = https://old.awsapps.com/start
            sso_region = eu-west-1
            sso_account_id = 1
            sso_role_name = R
            """
        _ = try ssoToken(
            "https://old.awsapps.com/start", #"{"accessToken":"legacy","expiresAt":"2023-11-14T22:14:00Z"}"#)
        #expect(try await home.load(config: legacy, variables: variables, profile: "old").accessKeyID == "SSO_legacy")
        _ = try ssoToken(
            "https://old.awsapps.com/start", #"{"accessToken":"legacy","expiresAt":"2023-11-14T22:13:00Z"}"#)
        #expect(
            await home.failure(config: legacy, variables: variables, profile: "old")?.message.contains("expired")
                == true)
        _ = try ssoToken(
            "https://old.awsapps.com/start", #"{"accessToken":"stale","expiresAt":"2023-11-15T22:13:00Z"}"#)
        #expect(
            await home.failure(config: legacy, variables: variables, profile: "old")?.message.contains("aws sso login")
                == true)
        #expect(
            await home.failure(config: sso.replacing("sso_region = eu-west-1", with: ""), profile: "dev")?.message
                .contains("sso_region is missing") == true)
        #expect(
            await home.failure(
                config: sso.replacing("sso_account_id", with: "sso_region = us-east-1\nsso_account_id"), profile: "dev")?
                .message.contains("disagree") == true)
        #expect(
            await home.failure(
                config: sso.replacing("[sso-session corp]", with: "[sso-session other]"), profile: "dev")?
                .message
                .contains("\"corp\"") == true)
    }

    @Test func loginSessionsAreRenewedWithAProofOfPossession() async throws {
        let server = try TestServer { request, connection in
            connection.respond(
                headers: ["Content-Type": "application/json"],
                body: """
                    {"accessToken":{"accessKeyId":"LOGIN2","secretAccessKey":"S2","sessionToken":"T2"},\
                    "tokenType":"urn:aws:params:oauth:token-type:access_token_sigv4","expiresIn":900,"refreshToken":"next"}
                    """)
        }
        let made = await Command.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"])
        let pem = String(decoding: JSON.write(.string(made.output)), as: UTF8.self)
        let session = "arn:aws:iam::111111111111:user/me"
        let file = "cache/\(Digest.sha256Hex(Array(session.utf8))).json"
        func token(_ expires: String) -> String {
            """
            {"accessToken":{"accessKeyId":"LOGIN1","secretAccessKey":"S","sessionToken":"T","accountId":"111111111111",\
            "expiresAt":"\(expires)"},"refreshToken":"r","clientId":"c","dpopKey":\(pem)}
            """
        }
        let variables = [
            "AWS_ENDPOINT_URL": server.url, "AWS_LOGIN_CACHE_DIRECTORY": directory.path + "/cache",
            "AWS_REGION": "eu-west-1",
        ]
        let config = "[profile login]\nlogin_session = \(session)\n"
        _ = try directory.file(file, token("2023-11-14T23:00:00Z"))
        #expect(try await home.load(config: config, variables: variables, profile: "login").accessKeyID == "LOGIN1")
        let path = try directory.file(file, token("2023-11-14T22:14:00Z"))
        let credentials = try await home.load(config: config, variables: variables, profile: "login")
        #expect(credentials.accessKeyID == "LOGIN2" && credentials.accountID == "111111111111")
        #expect(credentials.expiration == 1_700_000_900)
        let kept = try JSON.parse(Array(try Data(contentsOf: URL(filePath: path))))
        #expect(kept["refreshToken"] == "next" && kept["accessToken"]?["expiresAt"] == "2023-11-14T22:28:20Z")

        let request = try #require(server.requests.first)
        let proof = try #require(request.header("dpop")).split(separator: ".").map(String.init)
        #expect(proof.count == 3)
        let claims = try JSON.parse(try #require(decodeURLSafe(proof[1])))
        #expect(claims["htm"] == "POST" && claims["htu"] == .string(server.url + request.target))
        #expect(claims["iat"] == 1_700_000_000)
    }

    private func decodeURLSafe(_ text: String) -> [UInt8]? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        return Base64.decode(padded + String(repeating: "=", count: (4 - padded.count % 4) % 4))
    }
}
