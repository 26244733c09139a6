import Foundation
import ServerSupport
import Testing

/// The same calls from a script and from boto3, against one server: the data must be the same.
struct BotoComparisonTests {
    private static let folder = Command.package.appendingPathComponent("Tests/Scripts/aws")

    @Test func everyReadGivesWhatBoto3Gives() throws {
        let server = try MotoServer()
        let calls = Self.folder.appendingPathComponent("moto.json").path
        let ours = try Command(
            arguments: [Self.folder.appendingPathComponent("moto.lua").path, calls], environment: server.environment
        ).run()
        try #require(ours.status == 0, "\(ours.error)")

        let variables = FileManager.default.temporaryDirectory.appendingPathComponent("moto-\(UUID().uuidString).json")
        try Data(ours.output.utf8).write(to: variables)
        defer { try? FileManager.default.removeItem(at: variables) }
        let theirs = try run(
            MotoServer.programs.appendingPathComponent("python3"),
            [Self.folder.appendingPathComponent("boto.py").path, calls, variables.path, server.endpoint])

        let left = try reads(Data(ours.output.utf8))
        let right = try reads(theirs)
        #expect(left.count == right.count && left.count > 135)
        for (mine, its) in zip(left, right) where !(mine as NSDictionary).isEqual(to: its) {
            Issue.record("\(mine["call"] ?? ""): \(text(mine)) but boto3: \(text(its))")
        }
    }

    @Test func tracesWithoutSecrets() throws {
        let server = try MotoServer()
        let result = try Command(
            arguments: [
                "--trace", "-e",
                "aws.secretsmanager.create_secret { Name = 's', SecretString = 'hush-hush' } aws.s3.try.head_bucket { Bucket = 'none' }",
            ], environment: server.environment
        ).run()
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("secretsmanager.CreateSecret us-east-1"))
        #expect(result.error.contains("attempt 1: 200"))
        #expect(result.error.contains("attempt 1: 404"))
        #expect(!result.error.contains("hush-hush"))
    }

    private func reads(_ data: Data) throws -> [[String: Any]] {
        let all = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return try #require(all?["reads"] as? [[String: Any]])
    }

    private func text(_ value: [String: Any]) -> String {
        let data = (try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])) ?? Data()
        return String(decoding: data.prefix(1500), as: UTF8.self)
    }

    private func run(_ program: URL, _ arguments: [String]) throws -> Data {
        let program = try Program([program.path] + arguments, output: .pipe, error: .inherited)
        let data = program.output?.all() ?? Data()
        #expect(program.wait() == 0)
        return data
    }
}
