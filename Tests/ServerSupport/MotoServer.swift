import Foundation

/// A moto server of a test's own: AWS's APIs in memory, written by others. Ends with this object, or after ten minutes.
public final class MotoServer: Sendable {
    public let endpoint: String
    private let program: Program

    /// Returns once it listens, on a port that was free. Blocks the thread until then.
    ///
    /// - Parameter python: The Python that has moto; scripts/setup.sh --tests makes one.
    public init(python: String) throws {
        program = try Program(["timeout", "600", python, "-c", Self.code], output: .pipe, error: .null)
        guard let port = program.output?.line() else {
            throw Program.NotStarted(description: "no moto server from \(python): run scripts/setup.sh --tests")
        }
        endpoint = "http://127.0.0.1:\(port)"
    }

    // The whole group: `timeout` ends without its command when it is killed.
    deinit { program.send(SIGKILL, toGroup: true) }

    private static let code = """
        import os
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server
        server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
        os.environ["MOTO_PORT"] = str(server.port)
        print(server.port, flush=True)
        server.serve_forever()
        """
}
