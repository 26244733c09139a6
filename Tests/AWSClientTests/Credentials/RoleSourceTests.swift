import AWSSigning
import Foundation
import Testing

@testable import AWSClient

/// What a role can be assumed with: each kind of source, and what is said when it has nothing.
@Suite struct RoleSourceTests {
    private let home: CredentialsHome
    private let sts: TestServer

    init() throws {
        home = try CredentialsHome()
        sts = try CredentialsServer.sts()
    }

    private func role(_ settings: String, name: String = "r") -> String {
        "[profile \(name)]\nrole_arn = arn:aws:iam::111111111111:role/\(name)\n\(settings)\n"
    }

    @Test func anInstance() async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" { return connection.respond(body: "TOKEN") }
            if request.target.hasSuffix("/security-credentials/") { return connection.respond(body: "role") }
            return connection.respond(body: #"{"AccessKeyId":"IMDS","SecretAccessKey":"S","Token":"T"}"#)
        }
        var variables = [
            "AWS_ENDPOINT_URL": sts.url, "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url,
        ]
        let config = role("credential_source = Ec2InstanceMetadata")
        #expect(try await home.load(config: config, variables: variables, profile: "r").accessKeyID == "IMDS_r")
        variables["AWS_EC2_METADATA_DISABLED"] = "true"
        let error = await home.failure(config: config, variables: variables, profile: "r")
        #expect(error?.message.contains("from Ec2InstanceMetadata, which has none: AWS_EC2_METADATA_DISABLED") == true)
    }

    @Test func aContainer() async throws {
        let server = try TestServer { _, connection in
            connection.respond(body: #"{"AccessKeyId":"ECS","SecretAccessKey":"S","Token":"T"}"#)
        }
        var variables = ["AWS_ENDPOINT_URL": sts.url, "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url]
        let config = role("credential_source = EcsContainer")
        #expect(try await home.load(config: config, variables: variables, profile: "r").accessKeyID == "ECS_r")
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = nil
        let error = await home.failure(config: config, variables: variables, profile: "r")
        #expect(error?.message.contains("from EcsContainer, which has none") == true)
    }

    @Test func theEnvironmentWithoutKeys() async throws {
        let error = await home.failure(config: role("credential_source = Environment"), profile: "r")
        #expect(error?.message.contains("from Environment, which has none: AWS_ACCESS_KEY_ID is not set") == true)
    }

    /// Programs, web identities and the credentials file as the source of another profile's role.
    @Test func otherProfiles() async throws {
        let token = try home.directory.file("token", "web-token")
        let config = """
            \(role("source_profile = program", name: "one"))
            [profile program]
            credential_process = echo '{"Version":1,"AccessKeyId":"PROC","SecretAccessKey":"S"}'
            \(role("source_profile = web", name: "two"))
            \(role("web_identity_token_file = \(token)", name: "web"))
            \(role("source_profile = keys", name: "three"))
            \(role("source_profile = empty", name: "four"))
            [profile empty]
            region = eu-west-1
            """
        let keys = "[keys]\naws_access_key_id = FILE\naws_secret_access_key = S\n"
        let variables = ["AWS_ENDPOINT_URL": sts.url]
        for (profile, key) in [("one", "PROC_one"), ("two", "nobody_web_two"), ("three", "FILE_three")] {
            let found = try await home.load(config: config, credentials: keys, variables: variables, profile: profile)
            #expect(found.accessKeyID == key)
        }
        let error = await home.failure(config: config, credentials: keys, variables: variables, profile: "four")
        #expect(error?.message.contains("\"empty\", source of \"four\", has no credentials") == true)
    }

    @Test func whatIsSentToSTS() async throws {
        let config = role(
            "source_profile = keys\nrole_session_name = nightly\nduration_seconds = 900\nexternal_id = ours")
        let keys = "[keys]\naws_access_key_id = FILE\naws_secret_access_key = S\n"
        let variables = ["AWS_ENDPOINT_URL": sts.url]
        _ = try await home.load(config: config, credentials: keys, variables: variables, profile: "r")
        let body = String(decoding: try #require(sts.requests.first).body, as: UTF8.self)
        for part in ["RoleSessionName=nightly", "DurationSeconds=900", "ExternalId=ours"] {
            #expect(body.contains(part), "\(part) in \(body)")
        }
        let wrong = config.replacing("900", with: "an hour")
        let error = await home.failure(config: wrong, credentials: keys, variables: variables, profile: "r")
        #expect(error?.message.contains("duration_seconds") == true)
    }

    /// What STS says is told, with the role and the profile; keys and tokens are not.
    @Test func aRoleThatIsRefused() async throws {
        let server = try TestServer { _, connection in
            connection.respond(
                403,
                body:
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>")
        }
        let config = role("source_profile = keys")
        let keys = "[keys]\naws_access_key_id = FILE\naws_secret_access_key = HUSH\naws_session_token = HIDDEN\n"
        let error = try #require(
            await home.failure(
                config: config, credentials: keys, variables: ["AWS_ENDPOINT_URL": server.url], profile: "r"))
        let text = error.description
        #expect(
            text.contains("cannot assume arn:aws:iam::111111111111:role/r for the profile \"r\": AccessDenied: not you")
        )
        #expect(!text.contains("HUSH") && !text.contains("HIDDEN"))
    }

    /// Near their end the credentials of the whole chain are fetched anew, and a person is asked again.
    @Test func renewal() async throws {
        let config = role("source_profile = keys\nmfa_serial = my-device")
        let keys = "[keys]\naws_access_key_id = FILE\naws_secret_access_key = S\n"
        let codes = FakeClock(now: 0)
        let cache = try home.cache(
            config: config, credentials: keys, variables: ["AWS_ENDPOINT_URL": sts.url], profile: "r"
        ) { _ in
            codes.advance(1)
            return "12345\(Int(codes.now))"
        }
        #expect(try await cache.credentials().accessKeyID == "FILE_r_123451")
        home.clock.advance(2600)
        #expect(try await cache.credentials().accessKeyID == "FILE_r_123451")
        home.clock.advance(150)
        #expect(try await cache.credentials().accessKeyID == "FILE_r_123452")
    }

    /// `aws.client { role = … }`: assumed once, and again near its end.
    @Test func rolesThatACallerNames() async throws {
        let base = ClientConfiguration(
            session: session(
                ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "S", "AWS_ENDPOINT_URL": sts.url],
                clock: home.clock))
        let role = AssumedRole(role: "arn:aws:iam::111111111111:role/r", sessionName: "deploy", base: base)
        let cache = CredentialsCache(role, clock: home.clock)
        for _ in 0..<3 { #expect(try await cache.credentials().accessKeyID == "ENV_r") }
        #expect(sts.requests.count == 1)
        home.clock.advance(3000)
        #expect(try await cache.credentials().accountID == "111111111111")
        #expect(sts.requests.count == 2)
        #expect(sts.requests.allSatisfy { String(decoding: $0.body, as: UTF8.self).contains("RoleSessionName=deploy") })
    }

    /// A token that was replaced in its file is read when the credentials are renewed.
    @Test func webIdentityTokensAreReadAnew() async throws {
        let token = try home.directory.file("token", "first")
        let variables = [
            "AWS_ENDPOINT_URL": sts.url, "AWS_WEB_IDENTITY_TOKEN_FILE": token,
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/web",
            "AWS_ROLE_SESSION_NAME": "pod",
        ]
        let cache = try home.cache(variables: variables)
        _ = try await cache.credentials()
        _ = try home.directory.file("token", "second")
        home.clock.advance(3000)
        _ = try await cache.credentials()
        let bodies = sts.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.count == 2 && bodies.allSatisfy { $0.contains("RoleSessionName=pod") })
        #expect(bodies.first?.contains("=first") == true && bodies.last?.contains("=second") == true)
    }
}
