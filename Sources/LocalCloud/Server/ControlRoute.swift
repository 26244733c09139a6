import AWSModel

/// The server's own paths, below `/_awscicd/`: its health, and the manual clock of tests.
@CloudActor
final class ControlRoute: HTTPRoute {
    private unowned let cloud: Cloud

    init(cloud: Cloud) { self.cloud = cloud }

    nonisolated func accepts(method: String, path: String, host: String) -> Bool { path.hasPrefix("/_awscicd/") }

    func handle(_ request: ServerRequest) async throws -> ServerResponse {
        switch (request.method, request.path) {
        case ("GET", "/_awscicd/health"):
            return json([
                "status": "running", "clock": .string(cloud.clock.mode.rawValue), "now": .double(cloud.clock.now),
                "services": .list(cloud.bindings.keys.sorted().map { .string($0) }),
            ])
        case ("POST", "/_awscicd/clock"):
            guard case .bytes(let bytes) = request.body, let body = try? JSON.parse(bytes),
                let seconds = body["advance"]?.double, seconds >= 0
            else { throw ServiceError("BadRequest", "Send {\"advance\": SECONDS}.", status: 400) }
            guard cloud.clock.mode == .manual else {
                throw ServiceError("BadRequest", "Only a server with --clock manual can be advanced.", status: 400)
            }
            await cloud.clock.advance(by: seconds)
            return json(["now": .double(cloud.clock.now), "sleepers": .integer(Int64(cloud.clock.sleeperCount))])
        default:
            throw ServiceError(
                "NotFound", "Here are GET /_awscicd/health and POST /_awscicd/clock {\"advance\": SECONDS}.",
                status: 404)
        }
    }

    private func json(_ value: AWSValue) -> ServerResponse {
        ServerResponse(status: 200, headers: [("content-type", "application/json")], bytes: JSON.write(value))
    }
}
