import AWSModel
import FuzzSupport
import Foundation
import Testing

@testable import AWSClient

/// Mutated settings files and what else of the user's is parsed before a call: an error that names the file, or settings.
@Suite struct SettingsFuzzTests {
    private static let config = """
        [default]
        region = eu-west-1
        s3 =
          addressing_style = path
          max_concurrent_requests = 20
        [profile dev]
        role_arn = arn:aws:iam::1:role/r
        source_profile = default ; not a comment
        # a comment
        services = local
        [services local]
        s3 =
          endpoint_url = http://127.0.0.1:1
        [sso-session "with space"]
        sso_region = eu-west-1
        credential_process = sh -c "echo 'x' \\"y\\""
        """

    @Test func settingsFiles() throws {
        var fuzzer = Fuzzer([Self.config, "[a]\r\nb=c\r\n", "[profile 'x y']\nk : v\n  more\n"])
        fuzzer.runTexts { text in
            do throws(SettingsFailure) {
                for section in try INIFile.parse(text, path: "config").values {
                    #expect(!section.values.keys.contains { $0.contains("\n") })
                }
            } catch {
                #expect(error.message.hasPrefix("config, line "), "\(error.message)")
            }
        }
    }

    /// The whole way from two files to a client: every setting that is read has its error or its value.
    @Test func clientsOfMutatedFiles() throws {
        let directory = try TemporaryDirectory()
        let service = try Catalog.builtIn.open("s3")
        var fuzzer = Fuzzer([Self.config], rounds: 300)
        try fuzzer.runTexts { text in
            _ = try directory.file(".aws/config", text)
            _ = try directory.file(".aws/credentials", String(text.reversed()))
            for profile in [nil, "dev"] {
                var configuration = ClientConfiguration(session: session([:], home: directory.path))
                configuration.profile = profile
                do throws(SettingsFailure) {
                    _ = try Settings(configuration, service: service)
                } catch { #expect(!error.message.isEmpty) }
            }
        }
    }

    @Test func commandLinesOfHelpers() {
        var fuzzer = Fuzzer([#"sh -c "echo 'a b' \"c\"" d\ e"#, "'open", #"\"#])
        fuzzer.runTexts { text in
            if let words = ShellWords.split(text) { #expect(words.joined().count <= text.count) }
        }
    }

    @Test func namesAndPaths() {
        var fuzzer = Fuzzer(["~/x/$HOME/${USER}/y", "http://user@[::1]:80/p", "https://host.example:443"])
        let environment = Environment(variables: ["HOME": "/h", "USER": "u"], home: "/h")
        fuzzer.runTexts { text in
            _ = environment.expand(text)
            let host = HostName(url: text)
            _ = (host.isLoopback, host.isAddress)
        }
    }
}
