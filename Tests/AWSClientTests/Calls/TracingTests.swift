import AWSModel
import Synchronization
import Testing

@testable import AWSClient

/// What `--trace` shows of a call, and what it never shows.
@Suite struct TracingTests {
    private func lines(_ server: TestServer, _ call: (AWSClient) async throws -> Void) async throws -> [String] {
        let lines = Mutex<[String]>([])
        let client = try client("codepipeline", server, clock: FakeClock(now: 1000)) {
            $0.trace = { event in lines.withLock { $0.append(event.line) } }
        }
        try? await call(client)
        // Calls are numbered through the whole process.
        return lines.withLock { $0 }.map { $0.replacing(/aws \d+/, with: "aws N") }
    }

    @Test func eachAttemptAndWaitHasALine() async throws {
        let server = try TestServer.scripted(
            Script.json(503, "busy"), Script.error("ThrottlingException", headers: ["x-amzn-RequestId": "r-1"]),
            Script.json(200, "{}", headers: ["x-amzn-RequestId": "r-2"]))
        let found = try await lines(server) { _ = try await $0.call("GetPipeline", ["name": "site"]) }
        #expect(
            found == [
                #"[aws N] codepipeline.GetPipeline eu-west-1 {"name":"site"}"#,
                "[aws N]   attempt 1: 503 0.0 ms", "[aws N]   waits 50.0 ms",
                "[aws N]   attempt 2: 400 ThrottlingException 0.0 ms request r-1", "[aws N]   waits 2000.0 ms",
                "[aws N]   attempt 3: 200 0.0 ms request r-2",
                "[aws N] codepipeline.GetPipeline ended: 3 attempts, 2050.0 ms",
            ])
    }

    @Test func aCallWithoutAnAnswer() async throws {
        let server = try TestServer.scripted(Script.close)
        let found = try await lines(server) {
            _ = try await $0.call("ListPipelines", options: CallOptions(maxAttempts: 1))
        }
        #expect(found[1] == "[aws N]   attempt 1: no answer ConnectionClosed 0.0 ms")
    }

    @Test(
        arguments: [
            ("secretsmanager", "CreateSecret", ["Name": "shown", "SecretString": "hush"], "shown"),
            ("ssm", "PutParameter", ["Name": "shown", "Value": "hush"], "shown"),
            ("iam", "ChangePassword", ["OldPassword": "hush", "NewPassword": "hush"], "***"),
            (
                "lambda", "CreateFunction", ["FunctionName": "shown", "Environment": ["Variables": ["A": "hush"]]],
                "shown"
            ),
            (
                "codebuild", "CreateProject",
                [
                    "environment": [
                        "environmentVariables": [
                            ["name": "API_KEY", "value": "hush"], ["name": "A", "value": "shown"],
                        ]
                    ]
                ],
                "shown"
            ),
            (
                "dynamodb", "PutItem", ["TableName": "shown", "Item": ["password": ["S": "hush"], "n": ["S": "x"]]],
                "shown"
            ),
            (
                "cloudformation", "CreateStack",
                ["Parameters": [["ParameterKey": "DbPassword", "ParameterValue": "hush"]]], "DbPassword"
            ),
            (
                "sns", "CreatePlatformApplication", ["Name": "shown", "Attributes": ["PlatformCredential": "hush"]],
                "shown"
            ),
            (
                "s3", "PutObject", ["Key": "shown", "SSECustomerKey": "hush", "Body": .blob(Array("hush".utf8))],
                "<4 bytes>"
            ),
            (
                "codepipeline", "PutWebhook",
                ["webhook": ["name": "shown", "authenticationConfiguration": ["SecretToken": "hush"]]], "shown"
            ),
            ("apigateway", "CreateApiKey", ["name": "shown", "value": "hush"], "shown"),
            (
                "lambda", "CreateFunction",
                [
                    "FunctionName": "f",
                    "Tags": ["DB_PASS": "hush", "github-pat": "hush", "COMPASS": "shown", "PATH": "x"],
                ], "shown"
            ),
            ("sts", "GetSessionToken", ["SerialNumber": "shown", "TokenCode": "hush"], "shown"),
            (
                "cognito-idp", "InitiateAuth",
                ["AuthFlow": "shown", "AuthParameters": ["USERNAME": "u", "PASSWORD": "hush"]], "shown"
            ),
            ("secretsmanager", "GetSecretValue", ["SecretId": "shown"], "shown"),
            ("ecs", "ListTasks", ["nextToken": "shown"], "shown"),
        ] as [(String, String, AWSValue, String)])
    func inputsAreMasked(service: String, operation: String, input: AWSValue, shown: String) throws {
        let shape = try Catalog.builtIn.open(service).operation(operation)?.input
        let text = String(decoding: JSON.write(Masking.mask(input, shape: shape)), as: UTF8.self)
        #expect(!text.contains("hush") && text.contains(shown), "\(text)")
    }
}
