import AWSModel
import Foundation
import Testing

@testable import AWSClient

@Suite struct SharedConfigTests {
    @Test func sectionsGroupsCommentsAndContinuations() throws {
        let sections = try INIFile.parse(
            """
            # comment
            [default]
            region=eu-west-1
            Output = json   # stays
            empty =

            ; another
            [profile "two words"]
            s3 =
              addressing_style = path
              use_accelerate_endpoint=true
            note = first
              second
            [services dev]
            elastic_load_balancing_v2 =
                endpoint_url = http://127.0.0.1:1
            """, path: "config")
        #expect(sections["default"]?["region"] == "eu-west-1")
        #expect(sections["default"]?["output"] == "json   # stays")
        #expect(sections["default"]?["empty"] == nil)
        let profile = try #require(sections["profile \"two words\""])
        #expect(profile.groups["s3"] == ["addressing_style": "path", "use_accelerate_endpoint": "true"])
        #expect(profile["note"] == "first\nsecond")
        #expect(sections["services dev"]?.groups["elastic_load_balancing_v2"]?["endpoint_url"] == "http://127.0.0.1:1")
    }

    @Test func mistakesNameTheirLine() {
        for (text, part) in [
            ("[default", "line 1"), ("region = x", "line 1"), ("[default]\nnonsense\n", "line 2"),
            ("\n\n[a]\n[b\n", "line 4"),
        ] {
            do throws(SettingsFailure) {
                _ = try INIFile.parse(text, path: "/home/me/.aws/config")
                Issue.record("\(text) was accepted")
            } catch {
                #expect(error.message.contains("/home/me/.aws/config, \(part)"), "\(error)")
            }
        }
    }

    @Test func profilesOfBothFilesAreOne() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.file(
            ".aws/config",
            "[default]\nregion = r\n[profile \"two words\"]\nregion = s\n[other]\nx = 1\n[sso-session s]\nsso_region = t\n"
        )
        _ = try directory.file(
            ".aws/credentials", "[default]\naws_access_key_id = A\nregion = wins\n[two words]\nkey = B\n")
        let shared = try SharedConfig(environment: Environment(variables: [:], home: directory.path))
        #expect(shared.profiles["default"]?["region"] == "wins")
        #expect(shared.profiles["two words"]?.values == ["region": "s", "key": "B"])
        #expect(shared.profiles["other"] == nil && shared.ssoSessions["s"]?["sso_region"] == "t")
        #expect(shared.credentialProfiles["default"]?["aws_access_key_id"] == "A")
        let none = try SharedConfig(
            environment: Environment(variables: ["AWS_CONFIG_FILE": "~/none"], home: "/nonexistent"))
        #expect(none.profiles.isEmpty && none.configPath == "/nonexistent/none")
    }

    /// A shell's `<(command)` is read to its end; a pipe that nobody writes to is an error, not a hang.
    @Test func pipesInAFilesPlace() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: SettingsFailure.self) { try INIFile.readFile(path, patience: 50) }
        Thread.detachNewThread {
            try? Array("[default]\n".utf8).withUnsafeBytes { try Data($0).write(to: URL(filePath: path)) }
        }
        #expect(try INIFile.readFile(path) == Array("[default]\n".utf8))
        #expect(try INIFile.readFile("/dev/null") == [])
    }

    @Test func pathsExpand() {
        let environment = Environment(variables: ["DIR": "/d"], home: "/home/me")
        #expect(environment.expand("~/x") == "/home/me/x")
        #expect(environment.expand("$DIR/x${DIR}y$NONE") == "/d/x/dy$NONE")
        #expect(environment.expand("a~b") == "a~b")
    }
}

@Suite struct SettingsTests {
    private func settings(
        _ service: String = "codepipeline", variables: [String: String] = [:], config: String = "",
        _ change: (inout ClientConfiguration) -> Void = { _ in }
    ) throws -> Settings {
        let directory = try TemporaryDirectory()
        _ = try directory.file(".aws/config", config)
        var configuration = ClientConfiguration(session: session(variables, home: directory.path))
        change(&configuration)
        return try Settings(configuration, service: try Catalog.builtIn.open(service))
    }

    private func message(_ make: () throws -> Settings) -> String {
        do {
            _ = try make()
            return ""
        } catch { return "\(error)" }
    }

    @Test func theFirstThatSaysSomethingCounts() throws {
        let config = "[default]\nregion = file\n[profile p]\nregion = named\nmax_attempts = 7\nretry_mode = adaptive\n"
        #expect(try settings(config: config).region == "file")
        #expect(try settings(variables: ["AWS_DEFAULT_REGION": "old"], config: config).region == "old")
        #expect(
            try settings(variables: ["AWS_DEFAULT_REGION": "old", "AWS_REGION": "new"], config: config).region == "new")
        #expect(try settings(variables: ["AWS_REGION": "new"], config: config) { $0.region = "mine" }.region == "mine")
        let named = try settings(variables: ["AWS_PROFILE": "p"], config: config)
        #expect(named.region == "named" && named.maxAttempts == 7 && named.retryMode == .adaptive)
        #expect(try settings(config: config) { $0.profile = "p" }.region == "named")
        #expect(try settings(variables: ["AWS_USE_FIPS_ENDPOINT": "TRUE"]).usesFIPS)
        #expect(try settings("s3", config: "[default]\ns3 =\n  use_dualstack_endpoint = true\n").usesDualStack)
    }

    @Test func wrongValuesSayWhereTheyStand() {
        #expect(
            message { try settings(variables: ["AWS_PROFILE": "none"], config: "[profile a]\n") }.contains(
                "they have a"))
        #expect(message { try settings { $0.profile = "none" } }.contains("\"none\" is in neither"))
        #expect(message { try settings(variables: ["AWS_MAX_ATTEMPTS": "many"]) }.contains("AWS_MAX_ATTEMPTS"))
        #expect(message { try settings(config: "[default]\nmax_attempts = 0\n") }.contains("at least 1"))
        #expect(
            message { try settings(config: "[default]\nretry_mode = wild\n") }.contains("standard, adaptive, legacy"))
        #expect(message { try settings(variables: ["AWS_USE_FIPS_ENDPOINT": "yes"]) }.contains("true or false"))
        #expect(message { try settings { $0.region = "eu-west-1.evil.com/" } }.contains("not a region"))
        #expect(message { try settings { $0.endpoint = "localhost:4566" } }.contains("http"))
        #expect(message { try settings(config: "[default]\nservices = none\n") }.contains("\"none\""))
        #expect(
            message { try settings(config: "[default]\ns3 =\n  addressing_style = odd\n") }.contains(
                "auto, virtual or path"))
    }

    private static let endpoints = """
        [default]
        endpoint_url = https://file-global
        services = dev
        [services dev]
        elastic_load_balancing_v2 =
          endpoint_url = https://file-elb
        """

    /// The service's variable, the global variable, the service's section, the profile.
    @Test func endpointsOfOnesOwn() throws {
        let global = ["AWS_ENDPOINT_URL": "https://env-global"]
        let specific = global.merging(["AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": "https://env-elb"]) { $1 }
        let config = Self.endpoints
        #expect(try settings("elbv2", variables: specific, config: config).endpoint == "https://env-elb")
        #expect(try settings("elbv2", variables: global, config: config).endpoint == "https://env-global")
        #expect(try settings("elbv2", config: config).endpoint == "https://file-elb")
        #expect(try settings("s3", config: config).endpoint == "https://file-global")
        #expect(
            try settings("s3", variables: specific, config: config) { $0.endpoint = "http://mine" }.endpoint
                == "http://mine")
        let ignore = specific.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }
        #expect(try settings("elbv2", variables: ignore, config: config).endpoint == nil)
        #expect(try settings("s3", config: config) { $0.ignoresConfiguredEndpoints = true }.endpoint == nil)
    }
}

/// botocore's cases for endpoint settings.
@Suite(.enabled(if: BotocoreSource.path != nil, "set AWSCICD_BOTOCORE_SOURCE to run botocore's cases"))
struct EndpointSettingsSuite {
    @Test func everyCase() async throws {
        let path = "\(BotocoreSource.path ?? "")/tests/functional/configured_endpoint_urls/profile-tests.json"
        let file = try JSON.parse(Array(try Data(contentsOf: URL(filePath: path))))
        let suite = try #require(file["testSuites"]?.list?.first)
        var count = 0
        for test in suite["endpointUrlTests"]?.list ?? [] {
            let profile = try #require(test["profile"]?.string)
            let directory = try TemporaryDirectory()
            _ = try directory.file(".aws/config", config(suite, profile))
            var variables: [String: String] = ["AWS_PROFILE": profile]
            for (name, value) in suite["environments"]?[test["environment"]?.string ?? ""]?.map ?? [:] {
                variables[name] = value.string
            }
            var configuration = ClientConfiguration(session: session(variables, home: directory.path))
            let change = suite["client_configs"]?[test["client_config"]?.string ?? ""]
            configuration.endpoint = change?["endpoint_url"]?.string
            configuration.ignoresConfiguredEndpoints = change?["ignore_configured_endpoint_urls"]?.bool
            let service = try #require(test["service"]?.string)
            let client = AWSClient(service: try Catalog.builtIn.open(service), configuration: configuration)
            let request = try await client.prepare(service == "s3" ? "ListBuckets" : "ListTables")
            let base = request.url.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(
                separator: "/")
            #expect(base == test["output"]?["endpointUrl"]?.string, "\(test["name"]?.string ?? "")")
            count += 1
        }
        #expect(count >= 39)
        print("Endpoint settings suite: \(count) cases")
    }

    private func config(_ suite: AWSValue, _ profile: String) -> String {
        var text = "[profile \(profile)]\n"
        let values = suite["profiles"]?[profile]?.map ?? [:]
        for (name, value) in values { text += "\(name) = \(value.string ?? "")\n" }
        guard let services = values["services"]?.string else { return text }
        text += "[services \(services)]\n"
        for (service, settings) in suite["services"]?[services]?.map ?? [:] {
            text += "\(service) =\n"
            for (name, value) in settings.map ?? [:] { text += "  \(name) = \(value.string ?? "")\n" }
        }
        return text
    }
}
