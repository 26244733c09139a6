import AWSModel

/// A running local cloud: its services, its clock, its state and the server in front of them.
@CloudActor
public final class Cloud {
    public nonisolated let configuration: CloudConfiguration
    public nonisolated let clock: CloudClock
    public let store: Store
    public let events = EventBus()
    /// The first process of sandboxes, once the cloud has started.
    public nonisolated var sandboxProgram: String { InstanceInit.path(in: workDirectory) }
    /// Scratch space: one folder below it for each user of it ("s3", "instances", "builds", …).
    public nonisolated let workDirectory: String

    private var services: [ObjectIdentifier: any CloudService] = [:]
    private var ordered: [any CloudService] = []
    private(set) var bindings: [String: ServiceBinding] = [:]
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var nextTask = 0
    private var isRunning = false
    private let ownsWorkDirectory: Bool
    /// Requests that are not calls of an API (git, health), asked in order before the APIs.
    public private(set) var routes: [any HTTPRoute] = []

    /// A cloud that is not serving yet: its services can be called in the process (``call(_:_:_:as:region:)``).
    ///
    /// - Throws: ``StartError`` when its folders or its state cannot be used.
    public init(_ configuration: CloudConfiguration = CloudConfiguration()) throws {
        self.configuration = configuration
        port = configuration.port
        clock = CloudClock(configuration.clock)
        (workDirectory, ownsWorkDirectory) = try WorkDirectory.make(configuration)
        do {
            store = try Store(directory: configuration.dataDirectory)
        } catch {
            if ownsWorkDirectory { WorkDirectory.remove(workDirectory) }
            throw error
        }
        routes = [ControlRoute(cloud: self)]
        do {
            for type in ServiceRegistry.types {
                let service = try type.init(cloud: self)
                services[ObjectIdentifier(type)] = service
                ordered.append(service)
                bindings[type.model] = ServiceBinding(service: service, handlers: service.operations)
            }
        } catch {
            store.database?.close()
            release()
            throw error
        }
    }

    /// Lets go of what holds on to the cloud, and of its scratch space.
    private func release() {
        services = [:]
        ordered = []
        bindings = [:]
        routes = []
        if ownsWorkDirectory { WorkDirectory.remove(workDirectory) }
    }

    public func service<S: CloudService>(_ type: S.Type) -> S {
        guard let service = services[ObjectIdentifier(type)] as? S else {
            preconditionFailure("\(type) is not in ServiceRegistry, or was asked for before Cloud.start()")
        }
        return service
    }

    public var iam: IAMService { service(IAMService.self) }

    /// Adds a route; services do so in `init`.
    public func add(_ route: any HTTPRoute) { routes.append(route) }

    /// What a service does for the user with a role's credentials: evaluated by IAM, then performed. It is also how a test
    /// calls an operation without a server.
    ///
    /// - Throws: ``ServiceError``; `AccessDenied…` names the missing action.
    public func call(
        _ service: String, _ operation: String, _ input: AWSValue, as principal: Principal, region: String
    ) async throws -> AWSValue {
        let context = CallContext(
            cloud: self, account: principal.account, region: region, requestID: Identifier.uuid(), principal: principal,
            sourceIP: "127.0.0.1")
        guard configuration.log != nil, CallLog.isChange(service, operation) else {
            return try await perform(service, operation, input, context)
        }
        var entry = CallLog(service: service, operation: operation, region: region, caller: principal.arn)
        defer { configuration.log?(entry.line) }
        do {
            return try await perform(service, operation, input, context)
        } catch {
            (entry.status, entry.code) =
                (error as? ServiceError).map { ($0.status, $0.code) } ?? (500, "InternalFailure")
            throw error
        }
    }

    /// Evaluates the caller's permissions and runs the operation.
    func perform(
        _ service: String, _ operation: String, _ input: AWSValue, _ context: CallContext
    ) async throws -> AWSValue {
        guard let binding = bindings[service], let handler = binding.handlers[operation] else {
            throw ServiceError.notImplemented(service: service, operation: operation)
        }
        for permission in binding.service.permissions(for: operation, input: input, context: context) {
            try iam.authorize(
                context.principal, action: permission.action, resource: permission.resource,
                context: permission.context.merging(["aws:RequestedRegion": [context.region]]) { given, _ in given },
                resourcePolicy: permission.resourcePolicy, owner: permission.owner, service: service)
        }
        return try await handler(input, context)
    }

    /// Runs `work` on the cloud's actor until it ends or the cloud stops, which cancels it.
    @discardableResult
    public func spawn(_ work: @escaping @CloudActor @Sendable () async -> Void) -> Task<Void, Never> {
        let id = nextTask
        nextTask += 1
        let task = Task { @CloudActor in
            await work()
            self.tasks[id] = nil
        }
        tasks[id] = task
        if isStopping { task.cancel() }
        return task
    }

    private var isStopping = false
    private var server: HTTPServer?
    /// The port that is served; the configured one before ``start()``.
    public private(set) var port: Int
    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// Starts the services and the server.
    ///
    /// - Returns: The endpoint for clients.
    @discardableResult
    public func start() async throws -> String {
        precondition(!isRunning, "a cloud starts once")
        isRunning = true
        let files = try OpenFiles.raiseLimit()
        let spool = workDirectory + "/spool"
        WorkDirectory.remove(spool)  // what a killed process left
        try WorkDirectory.create(spool)
        try await InstanceInit.write(to: workDirectory)
        let api = APIDoor(
            cloud: self, secrets: iam.secrets, finder: ServiceFinder(built: Array(bindings.keys)),
            built: bindings.mapValues { Set($0.handlers.keys) }, spool: spool,
            upstream: try configuration.upstream.map { try Upstream($0) },
            limits: configuration.limitsCalls ? CallLimits() : nil)
        let door = FrontDoor(cloud: self, routes: routes, api: api)
        let server = try await HTTPServer(
            port: configuration.port, spoolDirectory: spool,
            limits: HTTPServer.Limits(
                body: configuration.maximumBodySize, connections: min(HTTPServer.Limits.mostConnections, files / 4))
        ) { await door.respond($0) }
        self.server = server
        port = server.port
        for service in ordered { await service.start() }
        return endpoint
    }

    /// Ends everything that was started: the server, tasks, instances, builds. State with a data directory is kept as it was
    /// before: to the next start a stop is what a kill is, and builds and deployments are told the same end after both.
    public func stop() async {
        isStopping = true
        await server?.stop()
        server = nil
        await store.freeze()
        for service in ordered.reversed() { await service.stop() }
        // A task that ends may have started another one meanwhile.
        while !tasks.isEmpty {
            let running = Array(tasks.values)
            for task in running { task.cancel() }
            for task in running { await task.value }
        }
        await store.close()
        release()
    }
}

/// A service and its operations.
struct ServiceBinding {
    let service: any CloudService
    let handlers: [String: OperationHandler]
}

extension ServiceError {
    static func notImplemented(service: String, operation: String) -> ServiceError {
        ServiceError(
            "NotImplemented",
            "\(service) \(operation) is not built into the local cloud. Start it with --upstream URL to forward such "
                + "calls to another endpoint.", status: 501)
    }
}
