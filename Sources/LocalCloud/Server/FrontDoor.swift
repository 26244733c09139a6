/// From a request to its answer: routes first, then the APIs.
struct FrontDoor: Sendable {
    let cloud: Cloud
    let routes: [any HTTPRoute]
    let api: APIDoor

    func respond(_ request: ServerRequest) async -> ServerResponse {
        let host = request.header("host") ?? ""
        for route in routes where route.accepts(method: request.method, path: request.path, host: host) {
            let response = await answer(route, request)
            cloud.configuration.log?("\(request.method) \(request.path) \(response.status)")
            return response
        }
        return await api.respond(request)
    }

    @CloudActor
    private func answer(_ route: any HTTPRoute, _ request: ServerRequest) async -> ServerResponse {
        do {
            let response = try await route.handle(request)
            try await cloud.store.committed()
            return response
        } catch {
            let text = Array("\(error)\n".utf8)
            let status = (error as? ServiceError)?.status ?? 500
            return ServerResponse(status: status, headers: [("content-type", "text/plain")], bytes: text)
        }
    }
}
