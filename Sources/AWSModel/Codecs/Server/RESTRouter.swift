import Synchronization

/// Finds a REST service's operation for a request. The most particular form wins: more literal path, more of the query
/// fixed or required, more required headers present.
final class RESTRouter: Sendable {
    private struct Route: Sendable {
        let operation: Operation
        /// What the query has to hold.
        let query: [(name: String, value: String?)]
        let requiredQuery: [String]
        let requiredHeaders: [String]
    }
    /// The operations of one path: S3 has a hundred of them in three paths, told apart by the query.
    private struct Form: Sendable {
        let template: URITemplate
        let score: Int
        var routes: [Route]
    }

    /// Forms by method.
    private let forms: [String: [Form]]
    private let templates: [String: URITemplate]

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
        var forms: [String: [Form]] = [:]
        var templates: [String: URITemplate] = [:]
        for operation in service.operationNames.compactMap({ service.operation($0) }) {
            let required = operation.input?.members.filter(\.isRequired) ?? []
            let template = URITemplate(operation.requestURI)
            templates[operation.name] = template
            let route = Route(
                operation: operation, query: template.query,
                requiredQuery: required.filter { $0.location == .querystring && $0.shape.kind != .map }.map(\.wireName),
                requiredHeaders: required.filter { $0.location == .header }.map(\.wireName))
            var sameMethod = forms[operation.httpMethod] ?? []
            if let at = sameMethod.firstIndex(where: { $0.template.segments == template.segments }) {
                sameMethod[at].routes.append(route)
            } else {
                sameMethod.append(Form(template: template, score: Self.score(template), routes: [route]))
            }
            forms[operation.httpMethod] = sameMethod
        }
        self.forms = forms
        self.templates = templates
    }

    /// The form of an operation's address.
    func template(of operation: Operation) -> URITemplate {
        templates[operation.name] ?? URITemplate(operation.requestURI)
    }

    /// The path's segments; a slash at the end makes none.
    static func segments(_ path: String) -> [Substring] {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        if segments.last?.isEmpty == true { segments = segments.dropLast() }
        return Array(segments)
    }

    func route(_ request: WireRequest) -> Operation? {
        let exact = Array(request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst())
        let segments = exact.last?.isEmpty == true ? Array(exact.dropLast()) : exact
        let names = request.query.map { QueryString.decode($0.name, plusIsSpace: true) ?? $0.name }
        var best: (operation: Operation, score: Int)?
        // A key may end with a slash ("folder/"), which then belongs to it.
        for form in forms[request.method] ?? [] where form.template.fits(segments) || form.template.fits(exact) {
            for route in form.routes {
                guard let particular = score(route, request, names) else { continue }
                let score = form.score + particular
                if score > best?.score ?? -1 { best = (route.operation, score) }
            }
        }
        return best?.operation
    }

    private static func score(_ template: URITemplate) -> Int {
        template.segments.reduce(0) { score, segment in
            switch segment {
            case .literal: score + 100
            case .label: score + 10
            case .greedy: score + 5
            }
        }
    }

    private func score(_ route: Route, _ request: WireRequest, _ names: [String]) -> Int? {
        // Deprecated forms share their address with what replaced them (GetBucketLifecycle).
        var score = route.operation.isDeprecated ? -1 : 0
        for (name, value) in route.query {
            // Clients may leave this hint out: it only helps to tell requests apart in logs.
            if name == "x-id", !names.contains(name) { continue }
            guard let found = request.query.first(where: { $0.name == name }) else { return nil }
            if let value, found.value != value { return nil }
            // What names the operation counts for more than a part that is missing: `?attributes` without its header is
            // no GetObject.
            score += name == "x-id" ? 50 : 2000
        }
        for name in route.requiredQuery { if names.contains(name) { score += 20 } else { score -= 1000 } }
        for name in route.requiredHeaders { if request.header(name) != nil { score += 20 } else { score -= 1000 } }
        // A request without a required part still finds its operation when there is no better: validation then says
        // what is missing.
        return score + 100_000
    }
}
