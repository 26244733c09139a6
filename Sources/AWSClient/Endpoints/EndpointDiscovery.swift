import AWSModel

/// Endpoints that a service names itself, asked for when they are needed and kept for as long as it says: what Timestream
/// wants and DynamoDB allows (the trait `endpointdiscovery`).
///
/// No published model gives an operation endpoints of its own (`endpointdiscoveryid`), so a client has one list.
actor EndpointDiscovery {
    private struct Known {
        let address: String
        let expiration: Double
    }

    /// After a failure the service is not asked again for so many seconds, unless nothing else will do.
    private static let pause: Double = 60

    private let clock: any ClientClock
    private var known: [Known] = []
    private var silentUntil: Double = 0
    private var question: Task<[Known], any Error>?

    init(clock: any ClientClock) { self.clock = clock }

    /// The address to send to; nil for the usual one.
    ///
    /// - Parameters:
    ///   - isRequired: whether the usual endpoint does not take the operation.
    ///   - ask: the answer of the operation that names the endpoints.
    func address(isRequired: Bool, ask: @escaping @Sendable () async throws -> AWSValue) async throws -> String? {
        let now = clock.now
        if let fresh = known.first(where: { now < $0.expiration }) { return fresh.address }
        if now >= silentUntil || isRequired && known.isEmpty {
            do {
                return try await asked(ask).first?.address
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                if isRequired, known.isEmpty { throw error }
            }
        }
        // A stale address is better than none.
        return known.first?.address
    }

    /// The service said that an address is no good any more.
    func forget() { known = [] }

    /// One question at a time, for all who wait.
    private func asked(_ ask: @escaping @Sendable () async throws -> AWSValue) async throws -> [Known] {
        let task =
            question
            ?? Task {
                defer { question = nil }
                do {
                    let now = clock.now
                    known = (try await ask()["Endpoints"]?.list ?? []).compactMap { endpoint in
                        guard let address = endpoint["Address"]?.string else { return nil }
                        return Known(
                            address: address.contains("://") ? address : "https://\(address)",
                            expiration: now + 60 * (endpoint["CachePeriodInMinutes"]?.double ?? 0))
                    }
                    return known
                } catch {
                    silentUntil = clock.now + Self.pause
                    throw error
                }
            }
        question = task
        return try await task.value
    }
}

extension ClientContext {
    /// The operation's endpoint, or the one that the service names in its place.
    @inline(never)
    func discovered(_ operation: Operation, instead endpoint: Endpoint) async throws -> Endpoint {
        guard operation.usesEndpointDiscovery, settings.endpoint == nil else { return endpoint }
        let isRequired = operation.requiresEndpointDiscovery
        switch settings.endpointDiscovery {
        case .off where isRequired:
            throw SettingsFailure(
                "\(operation.name) needs endpoint discovery, which AWS_ENABLE_ENDPOINT_DISCOVERY or endpoint_discovery_enabled turns off"
            )
        case .off: return endpoint
        case .auto where !isRequired: return endpoint
        case .auto, .on: break
        }
        guard let name = service.operationNames.first(where: { service.operation($0)?.isEndpointOperation == true }),
            let question = service.operation(name)
        else { return endpoint }
        let address = try await discovery.address(isRequired: isRequired) { [self] in
            let call = Call(
                service: service, operation: question, input: [:], options: CallOptions(), region: settings.region)
            return try await RetryLoop(context: self, call: call).run { call, plan in try await attempt(call, plan) }
                .output
        }
        if let address { return try endpoint.replacing(url: address) }
        if !isRequired { return endpoint }
        throw AWSError(
            .response, code: "EndpointDiscovery", message: "\(name) named no endpoint for it", service: service.name,
            operation: operation.name)
    }
}
