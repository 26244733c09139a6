import Foundation
import Testing

@testable import AWSClient

/// Programs, containers and instances that give credentials.
@Suite struct MachineTests {
    private let home: CredentialsHome
    private var directory: TemporaryDirectory { home.directory }
    private var clock: FakeClock { home.clock }

    init() throws { home = try CredentialsHome() }

    @Test func processes() async throws {
        let script = try directory.file(
            "give keys.sh",
            "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"PROC'$1'\",\"SecretAccessKey\":\"S\",\"Expiration\":\"2023-11-14T23:13:20Z\"}'\n"
        )
        let config = "[profile p]\ncredential_process = sh \"\(script)\" 'ESS'\n"
        let credentials = try await home.load(config: config, profile: "p")
        #expect(credentials.accessKeyID == "PROCESS" && credentials.expiration == 1_700_003_600)
        let failing = "[profile p]\ncredential_process = sh -c 'echo to stderr >&2; echo SECRET; exit 3'\n"
        let error = await home.failure(config: failing, profile: "p")
        #expect(error?.message.contains("status 3: to stderr") == true && error?.message.contains("SECRET") == false)
        for (line, part) in [
            ("echo nonsense", "JSON"), ("echo '{\"Version\":2}'", "version"), ("sh -c 'open", "quote"),
            ("/no/such/program", "cannot run"),
        ] {
            let error = await home.failure(config: "[profile p]\ncredential_process = \(line)\n", profile: "p")
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
        let credentials = try await home.load(
            variables: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
            ])
        #expect(credentials.accessKeyID == "ECS" && credentials.sessionToken == "T")
        let refused = await home.failure(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/creds"])
        #expect(refused?.message.contains("example.com") == true)
        let before = clock.sleeps.count
        let failing = await home.failure(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
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
        let credentials = try await home.load(variables: variables)
        #expect(credentials.accessKeyID == "IMDS" && credentials.source == "instance role my-role")
        #expect(server.requests.map(\.target).last == "/latest/meta-data/iam/security-credentials/my-role")
    }

    /// A machine without the service costs a second for each version, not a hang: also when it takes the connection and says
    /// nothing.
    @Test func instanceMetadataGivesUpQuickly() async throws {
        let server = try TestServer { _, connection in
            connection.stall()
            return false
        }
        let error = await home.failure(
            variables: ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        #expect(error?.attempts.last?.reason.contains("no metadata service answers") == true)
        #expect(server.requests.map(\.method) == ["PUT", "GET"])
    }

    /// The answer with a token does not get into a container behind a bridge.
    @Test(arguments: [false, true]) func instanceMetadataWhereTheTokenIsLost(isVersion1Disabled: Bool) async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" {
                connection.stall()
                return false
            }
            if request.target.hasSuffix("/security-credentials/") { return connection.respond(body: "my-role") }
            return connection.respond(
                body: #"{"AccessKeyId":"V1","SecretAccessKey":"S","Token":"T","Expiration":"2023-11-15T04:00:00Z"}"#)
        }
        var variables = ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]
        if isVersion1Disabled {
            variables["AWS_EC2_METADATA_V1_DISABLED"] = "true"
            let error = await home.failure(variables: variables)
            #expect(error?.attempts.last?.reason.contains("no metadata service answers") == true)
        } else {
            #expect(try await home.load(variables: variables).accessKeyID == "V1")
        }
    }

    @Test func instanceMetadataOfVersionOneOnlyWhereAllowed() async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" { return connection.respond(404) }
            if request.target.hasSuffix("/security-credentials/") { return connection.respond(body: "old-role") }
            return connection.respond(
                body: #"{"AccessKeyId":"V1","SecretAccessKey":"S","Token":"T","Expiration":"2023-11-15T04:00:00Z"}"#)
        }
        var variables = ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url]
        #expect(try await home.load(variables: variables).accessKeyID == "V1")
        variables["AWS_EC2_METADATA_V1_DISABLED"] = "true"
        #expect(
            await home.failure(variables: variables)?.attempts.last?.reason.contains("version 1 is disabled") == true)
    }

    @Test func programsThatPrintWhatNobodyCanUse() async throws {
        for (command, part) in [
            (
                #"echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"2023-11-14T22:00:00Z"}'"#,
                "expired"
            ),
            (#"echo '{"Version":1,"AccessKeyId":"A"}'"#, "no AccessKeyId and SecretAccessKey"),
            ("head -c 2000000 /dev/zero", "more than 1024 KB"), ("sh -c 'kill -9 $$'", "status 137"),
        ] {
            let error = await home.failure(config: "[profile p]\ncredential_process = \(command)\n", profile: "p")
            #expect(error?.message.contains(part) == true, "\(command): \(error as Any)")
        }
    }

    @Test func containersAreAskedThreeTimes() async throws {
        let server = try TestServer.scripted(
            Script.json(500), Script.close, Script.json(200, #"{"AccessKeyId":"ECS","SecretAccessKey":"S"}"#))
        let found = try await home.load(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url])
        #expect(found.accessKeyID == "ECS" && clock.sleeps == [1, 1])
        #expect(server.requests.allSatisfy { $0.header("authorization") == nil })
    }

    /// EKS replaces the token in its file: it is read for every fetch.
    @Test func containersGetTheTokenThatIsInItsFileNow() async throws {
        let server = try TestServer.scripted(
            Script.json(200, #"{"AccessKeyId":"POD","SecretAccessKey":"S","Expiration":"2023-11-14T23:13:20Z"}"#))
        let token = try directory.file("token", "first")
        let cache = try home.cache(variables: [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
        ])
        _ = try await cache.credentials()
        _ = try directory.file("token", "second")
        clock.advance(3000)
        _ = try await cache.credentials()
        #expect(server.requests.map { $0.header("authorization") } == ["first", "second"])
        _ = try directory.file("token", "broken\nheader: x")
        let error = await home.failure(variables: [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
        ])
        #expect(error?.message.contains("line break") == true)
    }

    @Test func instancesWithoutARoleSaySo() async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" { return connection.respond(body: "TOKEN") }
            return connection.respond(404)
        }
        let error = await home.failure(
            variables: ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        #expect(error?.attempts.last?.reason == "the instance has no role")
    }

    @Test func instanceMetadataIsAskedAgainOnlyWhenToldTo() async throws {
        let variables = ["AWS_EC2_METADATA_DISABLED": "false"]
        for (attempts, requests) in [("1", 1), ("3", 3)] {
            let server = try TestServer.scripted(Script.json(500))
            let error = await home.failure(
                variables: variables.merging([
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_METADATA_SERVICE_NUM_ATTEMPTS": attempts,
                ]) { $1 })
            #expect(error?.attempts.last?.reason == "the metadata service fails")
            #expect(server.requests.count == requests)
        }
    }

    /// When AWS cannot renew a role's credentials the service gives the old ones, which stay valid: they are used.
    @Test func expiredCredentialsOfAnInstanceAreUsedForAWhile() async throws {
        let server = try TestServer { request, connection in
            if request.method == "PUT" { return connection.respond(body: "TOKEN") }
            if request.target.hasSuffix("/security-credentials/") { return connection.respond(body: "role") }
            return connection.respond(
                body: #"{"AccessKeyId":"OLD","SecretAccessKey":"S","Expiration":"2023-11-14T22:00:00Z"}"#)
        }
        let credentials = try await home.load(
            variables: ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url])
        #expect(credentials.accessKeyID == "OLD")
        #expect((credentials.expiration ?? 0) > clock.now + CredentialsCache.advisory)
    }
}
