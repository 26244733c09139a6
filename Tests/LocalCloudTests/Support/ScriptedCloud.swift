import Foundation
import LocalCloud
import Testing

/// Runs a Python script of Tests/LocalCloudTests/Scripts, with boto3 as the client, against a cloud of its own.
enum ScriptedCloud {
    static func run(
        _ script: String, clock: ClockMode = .fast, log: (@Sendable (String) -> Void)? = nil
    ) async throws {
        let cloud = try await Cloud(CloudConfiguration(port: 0, clock: clock, log: log))
        let result: Tools.Result
        do {
            let endpoint = try await cloud.start()
            result = try await Tools.run(
                [Tools.python, "\(directory)/\(script).py"], environment: environment(endpoint))
        } catch {
            await cloud.stop()
            throw error
        }
        await cloud.stop()
        let hint = result.output.contains("No module named 'boto3'") ? "run scripts/setup.sh --tests first\n" : ""
        #expect(result.status == 0, "\(script).py:\n\(hint)\(result.output)")
    }

    static let directory = Tools.root.appending(path: "Tests/LocalCloudTests/Scripts").path

    static func environment(_ endpoint: String) -> [String: String] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "PYTHONDONTWRITEBYTECODE": "1",
        ]
    }
}
