import AWSModel
import NIOCore
import NIOHTTP1
import NIOPosix

/// Another emulator that answers what is not built here. Requests go there as they came.
struct Upstream: Sendable {
    private let client: HTTPClient
    private let address: HTTPClient.Address

    /// - Throws: ``ServiceError`` for a URL that is not of the form `http://HOST[:PORT]`.
    init(_ url: String, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) throws(ServiceError) {
        guard let (address, _) = HTTPClient.Address.parse(url) else {
            throw ServiceError("InvalidUpstream", "--upstream must be of the form http://HOST[:PORT], not \(url)")
        }
        self.address = address
        client = HTTPClient(group: group)
    }

    func forward(_ request: ServerRequest) async -> ServerResponse {
        let skipped: Set<String> = ["connection", "content-length", "transfer-encoding", "expect", "keep-alive"]
        let headers = request.headers.filter { !skipped.contains($0.name.lowercased()) }
        let target = request.query.isEmpty ? request.path : "\(request.path)?\(request.query)"
        do {
            var answer = try await client.perform(
                request.method, target, at: address, headers: headers, body: request.body, timeout: 300)
            answer.headers.removeAll { skipped.contains($0.name.lowercased()) }
            return answer
        } catch {
            return ServerResponse(
                status: 502, headers: [("content-type", "text/plain")],
                bytes: Array("The upstream \(address.host):\(address.port) did not answer: \(error)\n".utf8))
        }
    }
}
