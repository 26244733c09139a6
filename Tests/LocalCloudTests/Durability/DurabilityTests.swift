import Foundation
import Testing

/// What a killed server had acknowledged is there when it starts again.
@Suite struct DurabilityTests {
    @Test func acknowledgedWorkSurvivesAKill() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "awscicd-durable-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for round in 0..<3 {
            let command = try await LocalCommand(["--data", directory.path])
            let script = Task { try await command.run(script: "durable", arguments: [directory.path, String(round)]) }
            // Every round checks what the ones before had acknowledged, then writes until it is killed.
            try await waitForFile(directory.appending(path: "writing-\(round)").path)
            await command.end(SIGKILL)
            let result = try await script.value
            #expect(result.status == 0, "round \(round):\n\(result.output)")
        }
    }

    @Test func theCommandStopsCleanly() async throws {
        let before = try temporaryFolders()
        let command = try await LocalCommand([])
        #expect(command.exports.hasPrefix("export AWS_ENDPOINT_URL=http://127.0.0.1:"))
        let result = try await command.run(script: "ssm")
        #expect(result.status == 0, "\(result.output)")
        #expect(await command.end(SIGTERM) == 0)
        #expect(command.process.terminationReason == .exit)
        let left = try temporaryFolders().subtracting(before).filter {
            $0.contains("-\(command.process.processIdentifier)-")
        }
        #expect(left.isEmpty)
    }

    @Test func oneDirectoryServesOneServer() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "awscicd-locked-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let first = try await LocalCommand(["--data", directory.path])
        let second = try await Tools.run([try LocalCommand.path, "--port", "0", "--data", directory.path])
        #expect(second.status != 0)
        #expect(second.output.contains("is in use by another server"))
        await first.end(SIGTERM)
    }

    private func temporaryFolders() throws -> Set<String> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: FileManager.default.temporaryDirectory.path)
                .filter { $0.hasPrefix("awscicd-local-") })
    }

    private func waitForFile(_ path: String) async throws {
        for _ in 0..<1200 where !FileManager.default.fileExists(atPath: path) {
            try await Task.sleep(for: .milliseconds(50))
        }
        try #require(FileManager.default.fileExists(atPath: path), "the script did not come to writing")
    }
}
