import Synchronization

/// Finds a REST service's operation for a request. The most particular form wins: more literal path, more of the query
/// fixed or required, more required headers present.
final class RESTRouter: Sendable {
    private struct Route: Sendable {
        let operation: Operation
        let template: URITemplate
        let requiredQuery: [String]
        let requiredHeaders: [String]
    }

    /// Routes by method.
    private let routes: [String: [Route]]

    private static let cache = Mutex<[ObjectIdentifier: RESTRouter]>([:])
    /// Keeps the service's storage, and with it the cache's key, alive.
    private let service: ServiceModel

    static func of(_ service: ServiceModel) -> RESTRouter {
        let key = ObjectIdentifier(service.storage)
        if let router = cache.withLock({ $0[key] }) { return router }
        let router = RESTRouter(service)
        return cache.withLock { cache in
            if let earlier = cache[key] { return earlier }
            cache[key] = router
            return router
        }
    }

    private init(_ service: ServiceModel) {
        self.service = service
        var routes: [String: [Route]] = [:]
        for operation in service.operationNames.compactMap({ service.operation($0) }) {
            let required = operation.input?.members.filter(\.isRequired) ?? []
            routes[operation.httpMethod, default: []].append(
                Route(
                    operation: operation, template: URITemplate(operation.requestURI),
                    requiredQuery: required.filter { $0.location == .querystring && $0.shape.kind != .map }.map(
                        \.wireName),
                    requiredHeaders: required.filter { $0.location == .header }.map(\.wireName)))
        }
        self.routes = routes
    }

    /// The path's segments; a slash at the end makes none.
    static func segments(_ path: String) -> [Substring] {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if segments.last?.isEmpty == true { segments = segments.dropLast() }
        return Array(segments)
    }

    func route(_ request: WireRequest) -> Operation? {
        let exact = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let segments = Self.segments(request.path)
        let names = Set(request.query.map { QueryString.decode($0.name, plusIsSpace: true) ?? $0.name })
        var best: (operation: Operation, score: Int)?
        for route in routes[request.method] ?? [] {
            // A key may end with a slash ("folder/"), which then belongs to it.
            guard route.template.match(segments) != nil || route.template.match(Array(exact)) != nil,
                let score = score(route, request, names)
            else { continue }
            if score > best?.score ?? -1 { best = (route.operation, score) }
        }
        return best?.operation
    }

    private func score(_ route: Route, _ request: WireRequest, _ names: Set<String>) -> Int? {
        // Deprecated forms share their address with what replaced them (GetBucketLifecycle).
        var score = route.operation.isDeprecated ? -1 : 0
        for segment in route.template.segments {
            switch segment {
            case .literal: score += 100
            case .label: score += 10
            case .greedy: score += 5
            }
        }
        for (name, value) in route.template.query {
            // Clients may leave this hint out: it only helps to tell requests apart in logs.
            if name == "x-id", !names.contains(name) { continue }
            guard let found = request.query.first(where: { $0.name == name }) else { return nil }
            if let value, found.value != value { return nil }
            score += 50
        }
        for name in route.requiredQuery { if names.contains(name) { score += 20 } else { score -= 1000 } }
        for name in route.requiredHeaders { if request.header(name) != nil { score += 20 } else { score -= 1000 } }
        // A request without a required part still finds its operation when there is no better: validation then says
        // what is missing.
        return score + 100_000
    }
}
