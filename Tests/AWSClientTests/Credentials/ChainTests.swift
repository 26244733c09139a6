import AWSModel
import AWSSigning
import Foundation
import Synchronization
import Testing

@testable import AWSClient

/// The order of the sources, keys, and roles.
@Suite struct ChainTests {
    private let home: CredentialsHome
    private var directory: TemporaryDirectory { home.directory }

    init() throws { home = try CredentialsHome() }

    @Test func theEnvironmentComesFirstUnlessAProfileIsNamed() async throws {
        let variables = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T"]
        let keys = "[default]\naws_access_key_id = FILE\naws_secret_access_key = S\n"
        let first = try await home.load(credentials: keys, variables: variables)
        #expect(first.accessKeyID == "ENV" && first.sessionToken == "T" && first.source == "environment")
        #expect(try await home.load(credentials: keys, variables: variables, profile: "default").accessKeyID == "FILE")
        #expect(try await home.load(credentials: keys).accessKeyID == "FILE")
        #expect(
            try await home.load(
                config: keys.replacing("[default]", with: "[profile x]").replacing("FILE", with: "CONFIG"), profile: "x"
            ).accessKeyID == "CONFIG")
    }

    @Test func halfAPairOfKeysIsAnErrorThatSaysWhichHalf() async {
        #expect(
            await home.failure(variables: ["AWS_ACCESS_KEY_ID": "A"])?.message.contains("AWS_SECRET_ACCESS_KEY is not")
                == true)
        #expect(
            await home.failure(credentials: "[default]\naws_access_key_id = A\n")?.message.contains(
                "no aws_secret_access_key") == true)
    }

    @Test func withoutAnySourceTheErrorListsThemAll() async throws {
        let error = try #require(await home.failure())
        #expect(
            error.attempts.map(\.source) == [
                "environment", "assume-role profile", "web identity", "SSO", "credentials file", "login session",
                "credential_process", "config file", "container", "instance metadata",
            ])
        let folder = directory.path + "/.aws"
        #expect(
            error.attempts.map(\.reason) == [
                "AWS_ACCESS_KEY_ID is not set", "there is no profile \"default\"",
                "neither AWS_WEB_IDENTITY_TOKEN_FILE nor web_identity_token_file is set",
                "the profile \"default\" has no sso_account_id and sso_role_name",
                "\(folder)/credentials has no profile \"default\"", "the profile \"default\" has no login_session",
                "the profile \"default\" has no credential_process", "\(folder)/config has no profile \"default\"",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set",
                "AWS_EC2_METADATA_DISABLED is true",
            ])
        #expect(error.message.contains("aws sso login"))
    }

    /// A source that is set up and fails ends the search: the sources before it are told, none behind it is asked.
    @Test func aSourceThatFailsIsNamedWithTheOnesBeforeIt() async throws {
        let failing =
            "[default]\ncredential_process = sh -c 'exit 9'\naws_access_key_id = A\naws_secret_access_key = S\n"
        let error = try #require(await home.failure(config: failing))
        #expect(error.message.contains("credential_process is set up but fails: sh ended with status 9"))
        #expect(
            error.attempts.map(\.source) == [
                "environment", "assume-role profile", "web identity", "SSO", "credentials file", "login session",
            ])
    }

    @Test func everythingThatTheEnvironmentSaysOfKeys() async throws {
        let variables = [
            "AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SECURITY_TOKEN": "older",
            "AWS_CREDENTIAL_EXPIRATION": "2023-11-14T23:13:20Z", "AWS_ACCOUNT_ID": "111111111111",
        ]
        let credentials = try await home.load(variables: variables)
        #expect(credentials.sessionToken == "older" && credentials.accountID == "111111111111")
        #expect(credentials.expiration == 1_700_003_600)
        let newer = try await home.load(variables: variables.merging(["AWS_SESSION_TOKEN": "newer"]) { $1 })
        #expect(newer.sessionToken == "newer")
    }

    // MARK: Roles

    @Test func rolesAreAssumedAlongAChain() async throws {
        let server = try CredentialsServer.sts()
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
        let credentials = try await home.load(
            config: config, variables: ["AWS_ENDPOINT_URL": server.url], profile: "top")
        #expect(credentials.accessKeyID == "BASE_middle_top_ext")
        #expect(credentials.accountID == "222222222222" && credentials.expiration == 1_700_003_600)
    }

    /// A role's keys hold in every region: it is assumed once, with one code.
    @Test func aRoleIsAssumedOnceForAllRegions() async throws {
        let server = try CredentialsServer.sts()
        let config = """
            [profile base]
            aws_access_key_id = BASE
            aws_secret_access_key = S
            [profile role]
            role_arn = arn:aws:iam::111111111111:role/r
            source_profile = base
            mfa_serial = arn:aws:iam::111111111111:mfa/me
            """
        _ = try home.directory.file(".aws/config", config)
        let codes = Mutex(0)
        let session = session(
            ["AWS_ENDPOINT_URL": server.url], home: directory.path, clock: home.clock,
            prompt: { _ in
                codes.withLock { $0 += 1 }
                return "123456"
            })
        for region in ["eu-west-1", "us-east-1", "ap-south-1"] {
            var configuration = ClientConfiguration(session: session)
            configuration.profile = "role"
            configuration.region = region
            let client = AWSClient(service: try Catalog.builtIn.open("codepipeline"), configuration: configuration)
            let request = try await client.prepare("ListPipelines")
            #expect(request.header("authorization")?.contains("Credential=BASE_r_123456/") == true)
            #expect(request.header("authorization")?.contains("/\(region)/codepipeline/") == true)
        }
        #expect(server.requests.count == 1 && codes.withLock { $0 } == 1)
    }

    @Test func aProfileMayNameItselfButNoCircle() async throws {
        let server = try CredentialsServer.sts()
        let itself = """
            [profile self]
            role_arn = arn:aws:iam::111111111111:role/r
            source_profile = self
            aws_access_key_id = OWN
            aws_secret_access_key = S
            """
        #expect(
            try await home.load(config: itself, variables: ["AWS_ENDPOINT_URL": server.url], profile: "self")
                .accessKeyID
                == "OWN_r")
        let circle = """
            [profile a]
            role_arn = arn:aws:iam::1:role/a
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/b
            source_profile = a
            """
        #expect(await home.failure(config: circle, profile: "a")?.message.contains("a → b → a") == true)
        let both = "[profile a]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n"
        #expect(await home.failure(config: both, profile: "a")?.message.contains("keep one") == true)
        #expect(
            await home.failure(config: "[profile a]\nrole_arn = r\n", profile: "a")?.message.contains("neither") == true
        )
        let missing = "[profile a]\nrole_arn = r\nsource_profile = none\n"
        #expect(await home.failure(config: missing, profile: "a")?.message.contains("does not exist") == true)
        let unknown = "[profile a]\nrole_arn = r\ncredential_source = Cloud\n"
        #expect(await home.failure(config: unknown, profile: "a")?.message.contains("EcsContainer") == true)
    }

    @Test func mfaCodesAreAskedFor() async throws {
        let server = try CredentialsServer.sts()
        let config = """
            [profile mfa]
            role_arn = arn:aws:iam::111111111111:role/r
            credential_source = Environment
            mfa_serial = arn:aws:iam::111111111111:mfa/me
            """
        let variables = ["AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "S"]
        let credentials = try await home.load(config: config, variables: variables, profile: "mfa") { serial in
            serial.hasSuffix("mfa/me") ? "123456" : "wrong"
        }
        #expect(credentials.accessKeyID == "ENV_r_123456")
        #expect(
            await home.failure(config: config, variables: variables, profile: "mfa")?.message.contains(
                "nobody can be asked")
                == true)
    }

    @Test func webIdentities() async throws {
        let server = try CredentialsServer.sts()
        let token = try directory.file("token", "web-token\n")
        let credentials = try await home.load(
            variables: [
                "AWS_ENDPOINT_URL_STS": server.url, "AWS_WEB_IDENTITY_TOKEN_FILE": token,
                "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/web", "AWS_REGION": "eu-west-1",
            ])
        #expect(credentials.accessKeyID == "nobody_web")
        let body = String(decoding: try #require(server.requests.first).body, as: UTF8.self)
        #expect(body.contains("WebIdentityToken=web-token&") || body.hasSuffix("WebIdentityToken=web-token"))
        #expect(
            await home.failure(variables: ["AWS_WEB_IDENTITY_TOKEN_FILE": token])?.message.contains("AWS_ROLE_ARN")
                == true)
        #expect(
            await home.failure(variables: ["AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": "r"])?.message
                .contains("does not exist") == true)
    }
}
