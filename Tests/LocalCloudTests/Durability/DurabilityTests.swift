import Foundation
import Testing

@testable import LocalCloud

/// What a killed server had acknowledged is there when it starts again.
@Suite struct DurabilityTests {
    @Test func acknowledgedWorkSurvivesAKill() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "awscicd-durable-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let last = 3
        for round in 0...last {
            let command = try await LocalCommand(["--data", directory.path])
            let script = Task {
                try await command.run(script: "durable", arguments: [directory.path, String(round), String(last)])
            }
            // Every round checks what the ones before had acknowledged, then writes until it is killed; the last only checks.
            if round < last { try await waitForFile(directory.appending(path: "writing-\(round)").path, or: script) }
            if round == last { _ = try await script.value }
            await command.end(SIGKILL)
            let result = try await script.value
            #expect(result.status == 0, "round \(round):\n\(result.output)")
        }
    }

    /// Kills at moments that are drawn, while nine kinds of things are written, changed and deleted: the script owns its server,
    /// and tells its seed.
    @Test func nothingAcknowledgedIsLostAtDrawnMoments() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "awscicd-kills-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let result = try await Tools.run([
            Tools.python, "\(ScriptedCloud.directory)/kills.py", try LocalCommand.path, directory.path,
        ])
        #expect(result.status == 0, "\(result.output)")
    }

    /// Builds fault, deployments fail, approvals and fleets are there again. Needs bubblewrap (scripts/setup.sh installs it).
    /// A stop leaves what a kill leaves.
    @Test(.timeLimit(.minutes(10)), arguments: [SIGKILL, SIGTERM])
    func workInFlightGoesOnOrFailsAfterTheServerEnded(by ending: Int32) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "awscicd-flight-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for (round, signal) in [ending, SIGTERM].enumerated() {
            let command = try await LocalCommand(["--data", directory.appending(path: "data").path])
            let result = try await command.run(script: "restart", arguments: [directory.path, String(round)])
            await command.end(signal)
            #expect(result.status == 0, "round \(round):\n\(result.output)")
        }
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func deploymentsThatWaitGoOnWaiting(by ending: Int32) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "awscicd-waits-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for (round, signal) in [ending, ending, SIGTERM].enumerated() {
            let command = try await LocalCommand(["--data", directory.appending(path: "data").path])
            let result = try await command.run(script: "restart_waits", arguments: [directory.path, String(round)])
            await command.end(signal)
            try #require(result.status == 0, "round \(round):\n\(result.output)")
        }
    }

    @Test func theCommandStopsCleanly() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-clean-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let command = try await LocalCommand([], environment: ["TMPDIR": folder])
        #expect(command.exports.hasPrefix("export AWS_ENDPOINT_URL=http://127.0.0.1:"))
        let result = try await command.run(script: "ssm")
        #expect(result.status == 0, "\(result.output)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        #expect(await command.end(SIGTERM) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
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

    /// What the user gave as a directory and cannot be one is named, with what is wrong with it.
    @Test @CloudActor func aDirectoryThatCannotBeUsedIsNamed() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-start-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["garbage", "newer"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try Data("a file".utf8).write(to: URL(filePath: "\(folder)/file"))
        try Data(repeating: 7, count: 5000).write(to: URL(filePath: "\(folder)/garbage/state.sqlite"))
        let store = try Store(directory: "\(folder)/newer")
        let table = try store.table("ssm.parameters", of: [String: Int].self)
        table["1", "us-east-1", "x"] = ["not": 1]
        try await store.committed()
        await store.close()
        let cases = [
            "file": "Not a directory", "file/below": "Not a directory", "garbage": "file is not a database",
            "newer": "table ssm.parameters cannot be read",
        ]
        for (name, words) in cases {
            let ended = try await Tools.run([
                try LocalCommand.path, "--port", "0", "--data", "\(folder)/\(name)",
            ])
            #expect(ended.status == 1)
            #expect(ended.output.hasPrefix("Error: "), "\(ended.output)")
            #expect(ended.output.contains("\(folder)/\(name)") || name == "newer")
            #expect(ended.output.contains(words), "\(ended.output)")
        }
    }

    /// A folder that takes nothing, for root neither.
    @Test(arguments: ["/sys/awscicd-data", "/sys/kernel"])
    func aDirectoryThatTakesNothingIsNamed(_ folder: String) async throws {
        let ended = try await Tools.run([try LocalCommand.path, "--port", "0", "--data", folder])
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix("Error: "), "\(ended.output)")
        #expect(ended.output.contains("\(folder)") && ended.output.contains("not permitted"), "\(ended.output)")
    }

    /// A state that a later version wrote is not read as if it were known.
    @Test @CloudActor func aNewerFormatIsNamed() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-newer-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(directory: folder)
        await store.close()
        let path = "\(folder)/state.sqlite"
        var bytes = try Data(contentsOf: URL(filePath: path))
        // SQLite's header keeps the user's version in four bytes from the 60th on, the most significant first.
        #expect(Array(bytes[60..<64]) == [0, 0, 0, 1])
        bytes[63] = 9
        try bytes.write(to: URL(filePath: path))
        let ended = try await Tools.run([try LocalCommand.path, "--port", "0", "--data", folder])
        #expect(ended.status == 1)
        #expect(
            ended.output.contains("\(path) is of a newer version of awscicd (format 9; this one reads 1)"),
            "\(ended.output)")
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
    }

    /// A damaged database is not opened as if it were whole, and nothing in its folder is changed.
    @Test(arguments: ["cut off", "page of noise", "page of nothing"]) @CloudActor
    func aDamagedDatabaseIsNamed(_ damage: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-damaged-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store(directory: folder)
        let table = try store.table("logs.groups", of: [String].self)
        for at in 0..<2000 { table["1", "us-east-1", "group \(at)"] = ["some text that fills the file", "\(at)"] }
        try await store.committed()
        await store.close()
        let path = "\(folder)/state.sqlite"
        var bytes = try Data(contentsOf: URL(filePath: path))
        let pageSize = 4096
        let page = bytes.count / pageSize / 2 * pageSize
        switch damage {
        case "cut off": bytes = bytes.prefix(page + 1000)
        case "page of noise":
            bytes.replaceSubrange(page..<page + pageSize, with: (0..<pageSize).map { _ in UInt8.random(in: 0...255) })
        default: bytes.replaceSubrange(page..<page + pageSize, with: [UInt8](repeating: 0, count: pageSize))
        }
        try bytes.write(to: URL(filePath: path))
        let before = try FileManager.default.contentsOfDirectory(atPath: folder)
        let ended = try await Tools.run([try LocalCommand.path, "--port", "0", "--data", folder])
        #expect(ended.status == 1)
        #expect(ended.output.contains("\(path) is damaged"), "\(ended.output)")
        #expect(ended.output.contains("Nothing in it was changed"), "\(ended.output)")
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
        #expect(try Set(before).isSubset(of: FileManager.default.contentsOfDirectory(atPath: folder)))
    }

    /// The scratch folder of a server that was killed goes with the next start; that of one that runs stays.
    @Test func theFolderOfAKilledServerIsRemovedAtTheNextStart() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-stale-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func left() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: folder)) }
        let running = try await LocalCommand([], environment: ["TMPDIR": folder])
        let own = try left()
        #expect(own.count == 1)
        let killed = try await LocalCommand([], environment: ["TMPDIR": folder])
        await killed.end(SIGKILL)
        #expect(try left().count == 2)
        let next = try await LocalCommand([], environment: ["TMPDIR": folder])
        #expect(try left().count == 2)
        #expect(try left().isSuperset(of: own))
        #expect(try left().contains { $0.contains("-\(next.program.id)-") })
        #expect(await next.end(SIGTERM) == 0)
        #expect(await running.end(SIGTERM) == 0)
        #expect(try left().isEmpty)
    }

    /// What ran for a server that is killed ends with it, whatever session it is in; its files go with the next start.
    @Test(.timeLimit(.minutes(10)), arguments: [false, true])
    func nothingRunsOnAfterAKill(keepsState: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-left-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: "\(folder)/tmp", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let name = "awscicd\(UInt64.random(in: 0 ... .max))"
        let options = keepsState ? ["--data", "\(folder)/data"] : []
        let killed = try await LocalCommand(options, environment: ["TMPDIR": "\(folder)/tmp"])
        let result = try await killed.run(script: "left_running", arguments: [name])
        #expect(result.status == 0, "\(result.output)")
        func running(_ kind: String) -> Int { HostProcesses.count(named: "\(name)-\(kind)") }
        while result.status == 0, running("instance") < 2 || running("build") < 2 {
            try await Task.sleep(for: .milliseconds(20))
        }
        let mark = URL(filePath: folder).lastPathComponent
        #expect(!HostProcesses.mounts(ofFolderNamed: mark).isEmpty)
        await killed.end(SIGKILL)
        // The kernel ends them; nobody is left who could be asked whether it has.
        while running("instance") + running("build") > 0 { try await Task.sleep(for: .milliseconds(20)) }
        // So do the namespaces that they had, and what was mounted there.
        while !HostProcesses.mounts(ofFolderNamed: mark).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        let next = try await LocalCommand(options, environment: ["TMPDIR": "\(folder)/tmp"])
        let left = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tmp")
        #expect(left.allSatisfy { $0.contains("-\(next.program.id)-") }, "\(left)")
        #expect(await next.end(SIGTERM) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/tmp").isEmpty)
    }

    /// Nobody waits for subscribers that do not answer.
    @Test func aStopWaitsForNoSubscriber() async throws {
        let result = try await Tools.run(
            [Tools.python, "\(ScriptedCloud.directory)/stops.py", try LocalCommand.path],
            environment: ScriptedCloud.environment(""))
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func aTerminalIsTheServersAlone() async throws {
        let result = try await Tools.run(
            [Tools.python, "\(ScriptedCloud.directory)/terminal.py", try LocalCommand.path],
            environment: ScriptedCloud.environment(""))
        #expect(result.status == 0, "\(result.output)")
    }

    /// What cannot be kept is not acknowledged, and once there is room the server goes on.
    @Test func aFullDiskLosesNothing() async throws {
        let result = try await Tools.run(
            [Tools.python, "\(ScriptedCloud.directory)/full_disk.py", try LocalCommand.path],
            environment: ScriptedCloud.environment(""))
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(arguments: [
        (["--port", "abc"], "is invalid for '--port"), (["--port", "70000"], "between 0 and 65535"),
        (["--data", ""], "must name a directory"), (["--region", ""], "a region's name"),
        (["--account", "12"], "twelve digits"), (["--clock", "slow"], "'fast', 'real' or 'manual'"),
    ])
    func badOptionsAreNamed(_ options: [String], _ words: String) async throws {
        let ended = try await Tools.run([try LocalCommand.path] + options)
        #expect(ended.status == 64)
        #expect(ended.output.contains(words), "\(ended.output)")
    }

    @Test func aTakenPortIsNamed() async throws {
        let first = try await LocalCommand([])
        let port = try #require(first.endpoint.split(separator: ":").last)
        let second = try await Tools.run([try LocalCommand.path, "--port", String(port)])
        #expect(second.status == 1)
        #expect(second.output.contains("another program listens there"), "\(second.output)")
        await first.end(SIGTERM)
    }

    /// Waits until the script has written so far; what it said, when it did not come to that.
    private func waitForFile(_ path: String, or script: Task<Tools.Result, any Error>) async throws {
        for _ in 0..<4800 where !FileManager.default.fileExists(atPath: path) {
            try await Task.sleep(for: .milliseconds(50))
        }
        guard !FileManager.default.fileExists(atPath: path) else { return }
        script.cancel()
        Issue.record("the script did not come to writing:\n\(try await script.value.output)")
    }
}
