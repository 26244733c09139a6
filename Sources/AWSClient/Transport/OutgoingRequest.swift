/// A request as those hold it who send it. An object, because it passes through many hands, and a copy of an ``HTTPRequest``
/// counts each of its strings.
final class OutgoingRequest: Sendable {
    let http: HTTPRequest
    // Asked more than once on the way.
    let hasBody: Bool
    let isSecure: Bool
    /// Loopback addresses never go through the environment's proxy.
    let proxy: HTTPRequest.Proxy

    init(_ http: consuming HTTPRequest) {
        hasBody = http.body.count > 0 || ["POST", "PUT", "PATCH"].contains(http.method)
        isSecure = http.url.hasScheme("https:")
        // Without `??`, whose right side would hold a copy of the request.
        let isLoopback = if let known = http.isLoopback { known } else { HostName(url: http.url).isLoopback }
        proxy = if isLoopback, case .environment = http.proxy { .none } else { http.proxy }
        self.http = consume http
    }
}
