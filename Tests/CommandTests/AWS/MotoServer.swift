import Foundation
import ServerSupport

extension MotoServer {
    /// The folder of programs of the tests' Python environment.
    static let programs: URL = {
        let named = ProcessInfo.processInfo.environment["AWSCICD_TEST_VENV"].map { URL(fileURLWithPath: $0) }
        return (named ?? Command.package.appendingPathComponent(".build/python")).appendingPathComponent("bin")
    }()

    convenience init() throws { try self.init(python: Self.programs.appendingPathComponent("python3").path) }

    /// What points a program at the server.
    var environment: [String: String?] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1", "AWS_PROFILE": nil, "AWS_SESSION_TOKEN": nil, "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }
}
