import AWSModel
import AWSSigning
import Foundation
import Testing

@testable import AWSClient

/// The sources of credentials, each against files and servers of its own.
@Suite struct ChainTests {
    let directory: TemporaryDirectory
    let clock = FakeClock(now: 1_700_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func load(
        config: String = "", credentials: String = "", variables: [String: String] = [:], profile: String? = nil,
        prompt: (@Sendable (String) async throws -> String)? = nil
    ) async throws -> Credentials {
        _ = try directory.file(".aws/config", config)
        _ = try directory.file(".aws/credentials", credentials)
        let session = session(variables, home: directory.path, clock: clock, prompt: prompt)
        return try await session.credentials(profile: profile).credentials()
    }

    private func failure(
        config: String = "", credentials: String = "", variables: [String: String] = [:], profile: String? = nil
    ) async -> CredentialsFailure? {
        do {
            _ = try await load(config: config, credentials: credentials, variables: variables, profile: profile)
            return nil
        } catch { return error as? CredentialsFailure }
    }

    @Test func theEnvironmentComesFirstUnlessAProfileIsNamed() async throws {
        let variables = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T"]
        let keys = "[default]\naws_access_key_id = FILE\naws_secret_access_key = S\n"
        let first = try await load(credentials: keys, variables: variables)
        #expect(first.accessKeyID == "ENV" && first.sessionToken == "T" && first.source == "environment")
        #expect(try await load(credentials: keys, variables: variables, profile: "default").accessKeyID == "FILE")
        #expect(try await load(credentials: keys).accessKeyID == "FILE")
        #expect(
            try await load(
                config: keys.replacing("[default]", with: "[profile x]").replacing("FILE", with: "CONFIG"), profile: "x"
            ).accessKeyID == "CONFIG")
    }

    @Test func halfAPairOfKeysIsAnErrorThatSaysWhichHalf() async {
        #expect(
            await failure(variables: ["AWS_ACCESS_KEY_ID": "A"])?.message.contains("AWS_SECRET_ACCESS_KEY is not")
                == true)
        #expect(
            await failure(credentials: "[default]\naws_access_key_id = A\n")?.message.contains(
                "no aws_secret_access_key") == true)
    }

    @Test func withoutAnySourceTheErrorListsThemAll() async throws {
        let error = try #require(await failure())
        #expect(
            error.attempts.map(\.source) == [
                "environment", "assume-role profile", "web identity", "SSO", "credentials file", "login session",
                "credential_process", "config file", "container", "instance metadata",
            ])
        let text = error.description
        for part in [
            "AWS_ACCESS_KEY_ID is not set", "has no role_arn", "AWS_EC2_METADATA_DISABLED is true", "aws sso login",
        ] {
            #expect(text.contains(part) || text.contains("there is no profile"), "\(part) in \(text)")
        }
    }

    // MARK: Roles

    /// STS as far as it is needed: names the assumed role in the access key.
    private func sts() throws -> TestServer {
        try TestServer { request, connection in
            let form = Dictionary(
                (try? QueryString.parseForm(request.body))?.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { $1 })
            let action = form["Action"] ?? ""
            let role = form["RoleArn"]?.split(separator: "/").last.map(String.init) ?? ""
            let signer =
                request.header("authorization")?.firstMatch(of: /Credential=(\w+)\//).map { String($0.1) } ?? "nobody"
            let key =
                "\(signer)-\(role)\(form["TokenCode"].map { "-" + $0 } ?? "")\(form["ExternalId"].map { "-" + $0 } ?? "")"
                .replacing("-", with: "_")
            return connection.respond(
                body: """
                    <\(action)Response><\(action)Result><Credentials><AccessKeyId>\(key)</AccessKeyId>\
                    <SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>\
                    <Expiration>2023-11-14T23:13:20Z</Expiration></Credentials></\(action)Result></\(action)Response>
                    """)
        }
    }

    @Test func rolesAreAssumedAlongAChain() async throws {
        let server = try sts()
        let config = """
            [profile base]
            aws_access_key_id = BASE
            aws_secret_access_key = S
            [profile middle]
            role_arn = arn:aws:iam::111111111111:role/middle
            source_profile = base
            [profile top]
            role_arn = arn:aws:iam::222222222222:role/top
            source_profile = middle
            external_id = ext
            duration_seconds = 900
            """
        let credentials = try await load(
            config: config, variables: ["AWS_ENDPOINT_URL": server.url], profile: "top")
        #expect(credentials.accessKeyID == "BASE_middle_top_ext")
        #expect(credentials.accountID == "222222222222" && credentials.expiration == 1_700_003_600)
    }

    @Test func aProfileMayNameItselfButNoCircle() async throws {
        let server = try sts()
        let itself = """
            [profile self]
            role_arn = arn:aws:iam::111111111111:role/r
            source_profile = self
            aws_access_key_id = OWN
            aws_secret_access_key = S
            """
        #expect(
            try await load(config: itself, variables: ["AWS_ENDPOINT_URL": server.url], profile: "self").accessKeyID
                == "OWN_r")
        let circle = """
            [profile a]
            role_arn = arn:aws:iam::1:role/a
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/b
            source_profile = a
            """
        #expect(await failure(config: circle, profile: "a")?.message.contains("a → b → a") == true)
        let both = "[profile a]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n"
        #expect(await failure(config: both, profile: "a")?.message.contains("keep one") == true)
        #expect(await failure(config: "[profile a]\nrole_arn = r\n", profile: "a")?.message.contains("neither") == true)
        let missing = "[profile a]\nrole_arn = r\nsource_profile = none\n"
        #expect(await failure(config: missing, profile: "a")?.message.contains("does not exist") == true)
        let unknown = "[profile a]\nrole_arn = r\ncredential_source = Cloud\n"
        #expect(await failure(config: unknown, profile: "a")?.message.contains("EcsContainer") == true)
    }

    @Test func mfaCodesAreAskedFor() async throws {
        let server = try sts()
        let config = """
            [profile mfa]
            role_arn = arn:aws:iam::111111111111:role/r
            credential_source = Environment
            mfa_serial = arn:aws:iam::111111111111:mfa/me
            """
        let variables = ["AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "S"]
        let credentials = try await load(config: config, variables: variables, profile: "mfa") { serial in
            serial.hasSuffix("mfa/me") ? "123456" : "wrong"
        }
        #expect(credentials.accessKeyID == "ENV_r_123456")
        #expect(
            await failure(config: config, variables: variables, profile: "mfa")?.message.contains("nobody can be asked")
                == true)
    }

    @Test func webIdentities() async throws {
        let server = try sts()
        let token = try directory.file("token", "web-token\n")
        let credentials = try await load(
            variables: [
                "AWS_ENDPOINT_URL_STS": server.url, "AWS_WEB_IDENTITY_TOKEN_FILE": token,
                "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/web", "AWS_REGION": "eu-west-1",
            ])
        #expect(credentials.accessKeyID == "nobody_web")
        let body = String(decoding: try #require(server.requests.first).body, as: UTF8.self)
        #expect(body.contains("WebIdentityToken=web-token&") || body.hasSuffix("WebIdentityToken=web-token"))
        #expect(
            await failure(variables: ["AWS_WEB_IDENTITY_TOKEN_FILE": token])?.message.contains("AWS_ROLE_ARN") == true)
        #expect(
            await failure(variables: ["AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": "r"])?.message
                .contains("does not exist") == true)
    }

    // MARK: Single sign-on

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
            await failure(config: sso, variables: variables, profile: "dev")?.message.contains(
                "aws sso login --profile dev") == true)
        _ = try ssoToken("corp", #"{"accessToken":"kept","expiresAt":"2023-11-15T10:00:00Z"}"#)
        let credentials = try await load(config: sso, variables: variables, profile: "dev")
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
        let credentials = try await load(config: sso, variables: ["AWS_ENDPOINT_URL": server.url], profile: "dev")
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
        #expect(try await load(config: legacy, variables: variables, profile: "old").accessKeyID == "SSO_legacy")
        _ = try ssoToken(
            "https://old.awsapps.com/start", #"{"accessToken":"legacy","expiresAt":"2023-11-14T22:13:00Z"}"#)
        #expect(
            await failure(config: legacy, variables: variables, profile: "old")?.message.contains("expired") == true)
        _ = try ssoToken(
            "https://old.awsapps.com/start", #"{"accessToken":"stale","expiresAt":"2023-11-15T22:13:00Z"}"#)
        #expect(
            await failure(config: legacy, variables: variables, profile: "old")?.message.contains("aws sso login")
                == true)
        #expect(
            await failure(config: sso.replacing("sso_region = eu-west-1", with: ""), profile: "dev")?.message
                .contains("sso_region is missing") == true)
        #expect(
            await failure(
                config: sso.replacing("sso_account_id", with: "sso_region = us-east-1\nsso_account_id"), profile: "dev")?
                .message.contains("disagree") == true)
        #expect(
            await failure(config: sso.replacing("[sso-session corp]", with: "[sso-session other]"), profile: "dev")?
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
        #expect(try await load(config: config, variables: variables, profile: "login").accessKeyID == "LOGIN1")
        let path = try directory.file(file, token("2023-11-14T22:14:00Z"))
        let credentials = try await load(config: config, variables: variables, profile: "login")
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

    // MARK: Programs and metadata

    @Test func processes() async throws {
        let script = try directory.file(
            "give keys.sh",
            "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"PROC'$1'\",\"SecretAccessKey\":\"S\",\"Expiration\":\"2023-11-14T23:13:20Z\"}'\n"
        )
        let config = "[profile p]\ncredential_process = sh \"\(script)\" 'ESS'\n"
        let credentials = try await load(config: config, profile: "p")
        #expect(credentials.accessKeyID == "PROCESS" && credentials.expiration == 1_700_003_600)
        let failing = "[profile p]\ncredential_process = sh -c 'echo to stderr >&2; echo SECRET; exit 3'\n"
        let error = await failure(config: failing, profile: "p")
        #expect(error?.message.contains("status 3: to stderr") == true && error?.message.contains("SECRET") == false)
        for (line, part) in [
            ("echo nonsense", "JSON"), ("echo '{\"Version\":2}'", "version"), ("sh -c 'open", "quote"),
            ("/no/such/program", "cannot run"),
        ] {
            let error = await failure(config: "[profile p]\ncredential_process = \(line)\n", profile: "p")
            #expect(error?.message.contains(part) == true, "\(line): \(String(describing: error))")
        }
    }

    @Test func containers() async throws {
        let server = try TestServer { request, connection in
            guard request.header("authorization") == "token" else { return connection.respond(403) }
            return connection.respond(
                body: #"{"AccessKeyId":"ECS","SecretAccessKey":"S","Token":"T","Expiration":"2023-11-14T23:13:20Z"}"#)
        }
        let token = try directory.file("token", "token")
        let credentials = try await load(
            variables: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
            ])
        #expect(credentials.accessKeyID == "ECS" && credentials.sessionToken == "T")
        let refused = await failure(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/creds"])
        #expect(refused?.message.contains("example.com") == true)
        let before = clock.sleeps.count
        let failing = await failure(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
        #expect(failing?.message.contains("HTTP 403") == true && clock.sleeps.count == before + 2)
    }

    @Test func instanceMetadata() async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" {
                return connection.respond(
                    request.header("x-aws-ec2-metadata-token-ttl-seconds") == "21600" ? 200 : 400, body: "TOKEN")
            }
            guard request.header("x-aws-ec2-metadata-token") == "TOKEN" else { return connection.respond(401) }
            if request.target.hasSuffix("/security-credentials/") { return connection.respond(body: "my-role") }
            return connection.respond(
                body:
                    #"{"Code":"Success","AccessKeyId":"IMDS","SecretAccessKey":"S","Token":"T","Expiration":"2023-11-15T04:00:00Z"}"#
            )
        }
        let variables = ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]
        let credentials = try await load(variables: variables)
        #expect(credentials.accessKeyID == "IMDS" && credentials.source == "instance role my-role")
        #expect(server.requests.map(\.target).last == "/latest/meta-data/iam/security-credentials/my-role")
    }

    /// A machine without the service costs a second, not a hang: also when it takes the connection and says nothing.
    @Test func instanceMetadataGivesUpQuickly() async throws {
        let server = try TestServer { _, connection in
            connection.stall()
            return false
        }
        let error = await failure(
            variables: ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        #expect(error?.attempts.last?.reason.contains("no metadata service answers") == true)
        #expect(server.requests.count == 1)
    }

    @Test func instanceMetadataOfVersionOneOnlyWhereAllowed() async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" { return connection.respond(404) }
            if request.target.hasSuffix("/security-credentials/") { return connection.respond(body: "old-role") }
            return connection.respond(
                body: #"{"AccessKeyId":"V1","SecretAccessKey":"S","Token":"T","Expiration":"2023-11-15T04:00:00Z"}"#)
        }
        var variables = ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]
        #expect(try await load(variables: variables).accessKeyID == "V1")
        variables["AWS_EC2_METADATA_V1_DISABLED"] = "true"
        #expect(await failure(variables: variables)?.attempts.last?.reason.contains("version 1 is disabled") == true)
    }
}
