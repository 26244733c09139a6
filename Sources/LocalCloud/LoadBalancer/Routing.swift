import NIOHTTP1
import Synchronization

/// What a load balancer does with a request: its listeners' rules, in order.
struct Routing: Sendable {
    struct Rule: Sendable {
        var conditions: [Condition]
        var action: Action
    }
    enum Condition: Sendable {
        case path([String])
        case host([String])
        case method([String])
        case header(name: String, values: [String])
        case query([(key: String?, value: String)])
        case source([AddressBlock])
    }
    enum Action: Sendable {
        /// `stickySeconds`: how long a client stays with one of several target groups; nil when it does not.
        case forward([Share], stickySeconds: Int?)
        case redirect(Redirect)
        case fixed(status: Int, contentType: String, body: String)
    }
    struct Share: Sendable {
        var pool: TargetPool
        var weight: Int
    }
    /// `#{host}`, `#{path}`, `#{port}`, `#{protocol}` and `#{query}` stand for the request's own.
    struct Redirect: Sendable {
        var status: Int
        var scheme = "#{protocol}"
        var host = "#{host}"
        var port = "#{port}"
        var path = "/#{path}"
        var query = "#{query}"
    }

    /// By the listener's port.
    var rules: [Int: [Rule]] = [:]
    var idleSeconds: Int64 = 60

    func action(for head: HTTPRequestHead, port: Int, source: String) -> Action? {
        let request = RequestFacts(head, source: source)
        return rules[port]?.first { rule in rule.conditions.allSatisfy { $0.holds(for: request) } }?.action
    }
}

/// What conditions ask about a request.
struct RequestFacts {
    let head: HTTPRequestHead
    let path: String
    let query: String
    let host: String
    let source: String

    init(_ head: HTTPRequestHead, source: String) {
        self.head = head
        self.source = source
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        query = parts.count > 1 ? String(parts[1]) : ""
        host = head.headers.first(name: "host") ?? ""
    }

    var hostName: String {
        let end = host.lastIndex(of: ":") ?? host.endIndex
        return String(host[..<end]).lowercased()
    }
}

extension Routing.Condition {
    func holds(for request: RequestFacts) -> Bool {
        switch self {
        case .path(let patterns): patterns.contains { Wildcard.matches($0, request.path) }
        case .host(let patterns): patterns.contains { Wildcard.matches($0.lowercased(), request.hostName) }
        case .method(let methods): methods.contains(request.head.method.rawValue)
        case .header(let name, let values):
            request.head.headers[name].contains { value in
                values.contains { Wildcard.matches($0.lowercased(), value.lowercased()) }
            }
        case .query(let wanted):
            wanted.contains { key, value in
                request.query.split(separator: "&").contains { pair in
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                        String($0).removingPercentEncoding ?? String($0)
                    }
                    guard key == nil || Wildcard.matches(key?.lowercased() ?? "*", parts[0].lowercased()) else {
                        return false
                    }
                    return Wildcard.matches(value.lowercased(), (parts.count > 1 ? parts[1] : "").lowercased())
                }
            }
        case .source(let blocks):
            AddressBlock(request.source + "/32").map { address in blocks.contains { $0.contains(address) } } ?? false
        }
    }
}

extension Routing.Redirect {
    func location(for request: RequestFacts, port: Int) -> String {
        func fill(_ text: String) -> String {
            var filled = text
            for (name, value) in [
                ("protocol", "http"), ("host", request.hostName), ("port", String(port)),
                ("path", String(request.path.drop { $0 == "/" })), ("query", request.query),
            ] {
                filled = filled.replacing("#{\(name)}", with: value)
            }
            return filled
        }
        let filled = (scheme: fill(scheme).lowercased(), port: fill(self.port), query: fill(query))
        let isDefault = filled.port == (filled.scheme == "https" ? "443" : "80")
        return "\(filled.scheme)://\(fill(host))\(isDefault ? "" : ":" + filled.port)\(fill(path))"
            + (filled.query.isEmpty ? "" : "?" + filled.query)
    }
}

/// Chooses among weighted target groups: each in proportion, spread evenly.
final class WeightedChoice: Sendable {
    private let counter = Mutex(0)

    /// Shares in the order in which to try them.
    ///
    /// - Parameter token: Of the target group that the client is to stay with, while it has a weight.
    func order(_ shares: [Routing.Share], preferring token: String? = nil) -> [Routing.Share] {
        guard shares.count > 1 else { return shares }
        if let token, let known = shares.first(where: { $0.weight > 0 && $0.pool.token == token }) { return [known] }
        let total = shares.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return [] }
        // A step that shares no factor with the total visits every place once in `total` requests, far apart.
        let place = counter.withLock { counter in
            counter &+= 1
            return (counter &* 7919) % total
        }
        var sum = 0
        for share in shares {
            sum += share.weight
            if place < sum { return [share] }
        }
        return []
    }
}
