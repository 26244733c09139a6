import Foundation
import Testing

/// A moto server of the test's own: AWS's APIs in memory, written by others. Comes with the Python environment that
/// scripts/setup.sh --tests makes.
final class MotoServer {
    let endpoint: String
    private let process: DetachedProcess

    /// The folder of programs of the tests' Python environment.
    static let programs: URL = {
        let named = ProcessInfo.processInfo.environment["AWSCICD_TEST_VENV"].map { URL(fileURLWithPath: $0) }
        return (named ?? Command.package.appendingPathComponent(".build/python")).appendingPathComponent("bin")
    }()

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let program = Self.programs.appendingPathComponent("moto_server")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw Missing(description: "no \(program.path): run scripts/setup.sh --tests")
        }
        let port = try Self.freePort()
        endpoint = "http://127.0.0.1:\(port)"
        process = try DetachedProcess([program.path, "-H", "127.0.0.1", "-p", "\(port)"])
        let deadline = Date().addingTimeInterval(60)
        while !Self.accepts(port) {
            guard process.isRunning, Date() < deadline else {
                throw Missing(description: "moto_server did not start")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// What points a program at the server.
    var environment: [String: String?] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1", "AWS_PROFILE": nil, "AWS_SESSION_TOKEN": nil, "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocket<R>(_ port: UInt16, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var address = address(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func accepts(_ port: UInt16) -> Bool { withSocket(port) { connect($0, $1, $2) == 0 } }

    private static func freePort() throws -> UInt16 {
        let port: UInt16 = withSocket(0) { handle, address, size in
            guard bind(handle, address, size) == 0 else { return 0 }
            var bound = sockaddr_in()
            var length = size
            let status = withUnsafeMutablePointer(to: &bound) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(handle, $0, &length) }
            }
            return status == 0 ? UInt16(bigEndian: bound.sin_port) : 0
        }
        guard port != 0 else { throw Missing(description: "no free port") }
        return port
    }
}
