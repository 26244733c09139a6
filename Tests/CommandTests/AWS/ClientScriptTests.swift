import Foundation
import ServerSupport
import Testing

/// Scripts that test the table `aws` from the inside, each against a moto server of its own.
struct ClientScriptTests {
    private static let folder = Command.package.appendingPathComponent("Tests/Scripts")

    @Test(arguments: ["roles", "pages", "input"]) func script(_ name: String) throws {
        let server = try MotoServer()
        let path = Self.folder.appendingPathComponent("aws/\(name).lua").path
        var environment = server.environment
        environment["AWSCICD_PATH"] = Self.folder.path
        let result = try withExtendedLifetime(server) {
            try Command(arguments: [path], environment: environment).run()
        }
        #expect(result.status == 0, "\(result.error)")
    }

    @Test func withoutANetwork() throws {
        let path = Self.folder.appendingPathComponent("aws/offline.lua").path
        let result = try Command(
            arguments: [path],
            environment: ["AWSCICD_PATH": Self.folder.path, "AWS_ENDPOINT_URL": nil, "AWS_PROFILE": nil]
        ).run()
        #expect(result.status == 0, "\(result.error)")
    }

    @Test func rolesRunOutOnTheServicesClock() throws {
        let path = Self.folder.appendingPathComponent("aws/expiry.lua").path
        let result = try Command(
            arguments: [path],
            environment: [
                "AWSCICD_PATH": Self.folder.path, "AWS_PROFILE": nil,
                "AWSCICD_LOCAL": Command.products.appendingPathComponent("awscicd-local").path,
            ]
        ).run()
        #expect(result.status == 0, "\(result.error)")
    }

    @Test func callsAreGivenUpWhereverTheyAre() throws {
        let folder = try TemporaryFolder()
        let files = try TemporaryFolder()
        let config = try folder.write("config", "[profile slow]\ncredential_process = sleep 600\n")
        let server = try HTTPServer()
        let path = Self.folder.appendingPathComponent("aws/cancel.lua").path
        let result = try withExtendedLifetime(server) {
            try Command(
                arguments: [path, server.url, files.path],
                environment: ["AWSCICD_PATH": Self.folder.path, "AWS_CONFIG_FILE": config, "AWS_PROFILE": nil]
            ).run()
        }
        #expect(result.status == 0, "\(result.error)")
    }

    /// Requests of two profiles and two regions, built by tasks at the same time: each with its own keys and address.
    @Test func profilesAndRegionsSideBySide() throws {
        let folder = try TemporaryFolder()
        let keys = #"{"Version": 1, "AccessKeyId": "KEYTWO", "SecretAccessKey": "s"}"#
        let program = try folder.write("keys.sh", "sleep 0.1; echo '\(keys)'\n")
        let config = try folder.write(
            "config",
            """
            [profile one]
            region = eu-west-1
            aws_access_key_id = KEYONE
            aws_secret_access_key = s
            [profile two]
            region = cn-north-1
            credential_process = sh \(program)
            """)
        let script = """
            local running = {}
            for _, options in ipairs { { profile = "one" }, { profile = "two" }, { profile = "one", region = "us-west-2" } } do
              running[#running + 1] = task.spawn(function()
                local request = aws.client(options).sqs:prepare("list_queues", {})
                return request.url, request.headers.Authorization:match "Credential=([^/]+)/%d+/([^/]+)"
              end)
            end
            for _, one in ipairs(running) do print(one:join()) end
            """
        let result = try Command(
            arguments: ["-e", script],
            environment: [
                "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_REGION": nil,
                "AWS_DEFAULT_REGION": nil, "AWS_PROFILE": nil, "AWS_ENDPOINT_URL": nil, "AWS_ACCESS_KEY_ID": "other",
                "AWS_SECRET_ACCESS_KEY": "s",
            ]
        ).run()
        #expect(
            result.output == """
                https://sqs.eu-west-1.amazonaws.com/\tKEYONE\teu-west-1
                https://sqs.cn-north-1.amazonaws.com.cn/\tKEYTWO\tcn-north-1
                https://sqs.us-west-2.amazonaws.com/\tKEYONE\tus-west-2

                """, "\(result.error)")
    }

    @Test func rolesOfTheLocalCloud() throws {
        let path = Self.folder.appendingPathComponent("aws/cloud_roles.lua").path
        let result = try Command(arguments: ["--local", path], environment: ["AWSCICD_PATH": Self.folder.path])
            .run()
        #expect(result.status == 0, "\(result.error)")
    }

    /// Every way that a call can speak of itself, and none of them holds what is secret.
    @Test func secretsAreNowhere() throws {
        let server = try MotoServer()
        var environment = server.environment
        environment["AWS_ACCESS_KEY_ID"] = "AKIAEXAMPLEOFTESTS12"
        environment["AWS_SECRET_ACCESS_KEY"] = "sEcReTaCcEsSkEyOfTests"
        environment["AWS_SESSION_TOKEN"] = "tOkEnOfTests"
        let script = """
            local value = "hunter2-" .. "of-tests"
            aws.secretsmanager.create_secret { Name = "s", SecretString = value, SecretBinary = nil }
            aws.secretsmanager.put_secret_value { SecretId = "s", SecretString = value }
            aws.ssm.put_parameter { Name = "/p", Type = "SecureString", Value = value }
            aws.iam.create_user { UserName = "u" }
            aws.iam.create_login_profile { UserName = "u", Password = value }
            local _, err = aws.secretsmanager.try.put_secret_value { SecretId = "none", SecretString = value }
            print(err, err.message, json.encode { err.code })
            log.info("failed", { error = tostring(err) })
            print(pcall(function() aws.iam.create_login_profile { UserName = "u", Passwrd = value } end))
            print(pcall(function() aws.iam.create_login_profile { UserName = 1, Password = value } end))
            local other = aws.client { credentials = { access_key_id = "AKIAOTHER", secret_access_key = "oThErSeCrEt",
              session_token = "oThErToKeN" } }
            print(other, other.sts.get_caller_identity {}.Account)
            print(pcall(function() return aws.client { credentials = { access_key_id = "a", secret_acces_key = "oThErSeCrEt" } } end))
            print(pcall(function() aws.client { endpoint = "http://127.0.0.1:1", retries = 0 }.s3.put_object { Bucket = "b",
              Key = "k", Body = value, SSECustomerKey = value, SSECustomerAlgorithm = "AES256" } end))
            -- What was read from a secret is covered where no model knows it, and where a line is cut. Last, since it is
            -- covered everywhere from here on.
            local read = secrets.read "s"
            aws.ssm.put_parameter { Name = "/q", Type = "String", Value = "v", Description = "of " .. read }
            aws.ssm.put_parameter { Name = "/r", Type = "String", Value = "v", Description = ("x"):rep(900) .. read:rep(3) }
            """
        let result = try withExtendedLifetime(server) {
            try Command(arguments: ["--trace", "-e", script], environment: environment).run()
        }
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("secretsmanager.PutSecretValue") && result.error.contains("***"))
        for secret in [
            "hunter2-of", "sEcReTaCcEsSkEyOfTests", "tOkEnOfTests", "oThErSeCrEt", "oThErToKeN", "Signature=",
        ] {
            #expect(!result.output.contains(secret), "\(secret) in \(result.output)")
            #expect(!result.error.contains(secret), "\(secret) in \(result.error)")
        }
    }

    /// Models of the user's own, from both places, and from text.
    @Test func furtherModels() throws {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("home-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: home) }
        let model = """
            {"metadata": {"protocol": "json", "jsonVersion": "1.0", "endpointPrefix": "NAME", "serviceId": "NAME",
              "signatureVersion": "v4", "targetPrefix": "NAME"},
             "operations": {"SayHello": {"name": "SayHello", "http": {"method": "POST", "requestUri": "/"},
               "input": {"shape": "In"}}},
             "shapes": {"In": {"type": "structure", "required": ["Name"], "members": {"Name": {"shape": "Text"}}},
               "Text": {"type": "string"}}}
            """
        for (folder, name) in [(".aws/models", "homely"), ("more", "foreign")] {
            let place = home.appendingPathComponent("\(folder)/\(name)/2020-01-01")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try model.replacing("NAME", with: name).write(
                to: place.appendingPathComponent("service-2.json"), atomically: true, encoding: .utf8)
        }
        let script = """
            for _, name in ipairs { "homely", "foreign" } do
              local request = aws[name]:prepare("say_hello", { Name = "x" })
              print(name, request.headers["X-Amz-Target"], request.body)
              print(select(2, pcall(function() aws[name].say_hello { Nam = "x" } end)))
            end
            local broken = pcall(aws.model, "{")
            print(broken)
            """
        let result = try Command(
            arguments: ["-e", script],
            environment: [
                "HOME": home.path, "AWS_DATA_PATH": home.appendingPathComponent("more").path,
                "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_PROFILE": nil,
            ]
        ).run()
        #expect(result.status == 0, "\(result.error)")
        for name in ["homely", "foreign"] {
            #expect(result.output.contains("\(name)\t\(name).SayHello\t{\"Name\":\"x\"}"), "\(result.output)")
            #expect(result.output.contains("\(name).SayHello: ParamValidation: Nam:"), "\(result.output)")
        }
        #expect(result.output.hasSuffix("false\n"))
    }
}
