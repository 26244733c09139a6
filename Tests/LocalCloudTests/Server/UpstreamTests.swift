import Foundation
import LocalCloud
import ServerSupport
import Testing

/// What is not built goes to another emulator: here a moto server.
@Suite struct UpstreamTests {
    @Test func operationsThatAreNotBuiltAreForwarded() async throws {
        let moto = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try MotoServer(python: Tools.python) })
            }
        }
        defer { withExtendedLifetime(moto) {} }
        let cloud = try await Cloud(CloudConfiguration(port: 0, upstream: moto.endpoint))
        let endpoint = try await cloud.start()
        let result = try await Tools.run(
            [Tools.python, "\(ScriptedCloud.directory)/upstream.py"], environment: ScriptedCloud.environment(endpoint))
        await cloud.stop()
        #expect(result.status == 0, "upstream.py:\n\(result.output)")
    }

    @Test func anUpstreamHasToBeAPlainURL() async throws {
        for url in ["https://127.0.0.1:1", "127.0.0.1:4566", "http://:99999"] {
            let cloud = try await Cloud(CloudConfiguration(port: 0, upstream: url))
            await #expect(throws: ServiceError.self) { try await cloud.start() }
            await cloud.stop()
        }
    }
}
