import Foundation
import Testing

/// The local cloud of somebody who is not root, as on most machines: user namespaces alone carry its isolation.
@Suite struct OrdinaryUserTests {
    private static let user = "4321"
    private static let launcher = ["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups"]

    /// Tests that run as an ordinary user have all tested that already; some machines allow namespaces to root alone.
    private static func canBeTested() async throws -> Bool {
        guard geteuid() == 0 else { return false }
        let probe = ["bwrap", "--unshare-user", "--unshare-net", "--ro-bind", "/", "/", "true"]
        return try await Tools.run(launcher + probe).status == 0
    }

    @Test(
        .enabled("needs root, and user namespaces for others") { try await canBeTested() },
        arguments: ["isolation", "in_place", "buildspecs"])
    func everythingRuns(script: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "awscicd-user-\(UUID().uuidString)").path
        let home = folder + "/home"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let id = NSNumber(value: Int(Self.user) ?? 0)
        try FileManager.default.setAttributes([.ownerAccountID: id, .groupOwnerAccountID: id], ofItemAtPath: home)
        // The folder where it was built may be closed to others. A copy that is written here would be busy in whatever another
        // test starts at the moment.
        let copied = try await Tools.run(["cp", try LocalCommand.path, folder + "/awscicd-local"])
        try #require(copied.status == 0, "\(copied.output)")
        let command = try await LocalCommand(
            [], environment: ["HOME": home, "TMPDIR": home], launcher: Self.launcher, path: folder + "/awscicd-local")
        let status = try String(contentsOfFile: "/proc/\(command.program.id)/status", encoding: .utf8)
        #expect(status.contains("\nUid:\t\(Self.user)\t\(Self.user)\t"), "\(status)")
        let result = try await command.run(script: script)
        #expect(result.status == 0, "\(result.output)")
        #expect(await command.end(SIGTERM) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home) == [])
    }
}
