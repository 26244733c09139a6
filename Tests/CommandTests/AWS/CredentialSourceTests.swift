import Foundation
import ServerSupport
import Testing

/// Where credentials come from, through the real program: what only a process of its own can show.
struct CredentialSourceTests {
    private static let folder = Command.package.appendingPathComponent("Tests/Scripts/aws")

    private func outcome<T: Decodable>(_ script: String, _ arguments: String..., as type: T.Type) throws -> T {
        let program = try Program(
            ["python3", Self.folder.appendingPathComponent(script).path, Command.program.path] + arguments,
            output: .pipe, error: .inherited)
        let data = program.output?.all() ?? Data()
        #expect(program.wait() == 0, "\(script) failed")
        return try JSONDecoder().decode(type, from: data)
    }

    /// Credentials must not pass through a proxy, and none can reach the metadata service of this machine.
    @Test func theMetadataServiceIsNotAskedThroughAProxy() throws {
        struct Outcome: Decodable {
            let output: String
            let error: String
            let proxy: [String]
            let metadata: [String]
        }
        let outcome = try outcome("proxy.py", as: Outcome.self)
        #expect(outcome.output == "INSTANCE", "\(outcome.error)")
        #expect(outcome.proxy == ["POST http://sts.invalid/"])
        let path = "/latest/meta-data/iam/security-credentials/"
        #expect(outcome.metadata == ["PUT /latest/api/token", "GET \(path)", "GET \(path)my-role"])
    }

    #if os(Linux)
    /// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: the address is fixed, and no proxy may see what it answers.
    @Test func aTaskHasItsCredentialsFromTheContainersAddress() throws {
        struct Outcome: Decodable {
            let output: String
            let error: String
            let container: [[String?]]
            let proxy: [String]
        }
        let outcome = try outcome("container.py", as: Outcome.self)
        #expect(outcome.output == "TASK", "\(outcome.error)")
        #expect(outcome.container == [["169.254.170.2", "/v2/credentials/4711?a=b", "task token"]])
        #expect(outcome.proxy == ["http://sts.invalid/"])
    }

    /// A credential_process that waits for somebody ends with the command.
    @Test func helpersEndWithTheCommand() throws {
        struct End: Decodable {
            let status: Int
            let lives: Bool?
            let error: String?
        }
        let ends = try outcome("helper.py", as: [String: End].self)
        for (name, end) in ends { #expect(end.lives == false, "\(name): \(end.error ?? "the helper lives on")") }
        #expect(
            ends.mapValues(\.status) == [
                "end": 0, "exit": 7, "error": 1, "interrupt": 130, "terminate": 143, "stubborn": 130,
            ])
    }
    #endif

    private struct Asked: Decodable {
        struct End: Decodable {
            let status: Int
            let error: String?
            let seen: String?
        }
        let without: End
        let terminal: End
    }

    @Test func aCodeIsAskedForAtTheTerminal() throws {
        let outcome = try outcome("mfa.py", "123456", as: Asked.self)
        #expect(outcome.terminal.status == 0)
        #expect(
            outcome.terminal.seen
                == "MFA code of arn:aws:iam::111111111111:mfa/me: \nROLE123456\nROLE123456\n", "not shown, asked once")
        #expect(outcome.without.status == 1)
        #expect(outcome.without.error?.contains("nobody can be asked for it here") == true)
    }

    @Test func noCodeIsAnError() throws {
        let seen = try outcome("mfa.py", " ", as: Asked.self).terminal.seen ?? ""
        #expect(seen.contains("no code of the device arn:aws:iam::111111111111:mfa/me was given"), "\(seen)")
    }
}
