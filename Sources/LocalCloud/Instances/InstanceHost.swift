import AWSModel
import FoundationEssentials
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The machine behind an instance id: a sandbox with services, a private address and the metadata service. What a
/// deployment, user data and the load balancer reach.
public final class InstanceHost: Sendable {
    /// What it is made of, fixed for its life.
    public struct Specification: Sendable {
        public var id: String
        /// Holds its files; survives a stop and a restart of the local cloud.
        public var folder: String
        /// The sandbox's first process.
        public var program: String
        public var privateAddress: String
        public var hostname: String
        public var region: String
        /// "http://127.0.0.1:4566": where the AWS APIs are, inside as outside.
        public var endpoint: String
        /// The endpoint's port; 0 when there is no server.
        public var endpointPort: Int
        public var userData: [UInt8]
        public var limits = SandboxConfiguration.Limits()
    }
    /// Answers a request to 169.254.169.254.
    public typealias Metadata = @Sendable (ServerRequest) async -> ServerResponse

    private enum Phase {
        case off
        case running(Sandbox, [any Channel])
    }
    private struct State {
        var phase = Phase.off
        /// Of this run of the machine, if there was any to run, and when it had.
        var userData: Task<Void, Never>?
        var userDataEnded: Double?
    }

    public let specification: Specification
    private let metadata: Metadata
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())

    public init(
        _ specification: Specification, metadata: @escaping Metadata,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.specification = specification
        self.metadata = metadata
        self.log = log
    }

    public var id: String { specification.id }
    public var isRunning: Bool { sandbox?.isRunning ?? false }

    var sandbox: Sandbox? {
        state.withLock { if case .running(let sandbox, _) = $0.phase { sandbox } else { nil } }
    }

    /// Powers the machine on. The first time its files are made and its user data is run (see ``waitForUserData()``); later
    /// its enabled services start. User data that was cut off, as by the end of the local cloud, is run again.
    ///
    /// - Parameter onEnd: Called when the machine ended by itself: the sandbox died.
    /// - Throws: ``SandboxError`` where isolation is not allowed.
    public func powerOn(onEnd: @escaping @Sendable () -> Void) async throws(SandboxError) {
        let root = specification.folder + "/root"
        let isFirst = !FileManager.default.fileExists(atPath: specification.folder + "/prepared")
        if isFirst {
            let made = await FileWork.run { [hostname = specification.hostname] in
                Result { try InstanceImage.make(at: root, hostname: hostname) }
            }
            if case .failure(let error) = made { throw SandboxError(reason: "\(root): \(error)") }
        }
        var listeners: [SandboxConfiguration.Listener] = []
        if specification.endpointPort > 0 {
            listeners.append(.init(address: "127.0.0.1", port: specification.endpointPort))
        }
        let configuration = SandboxConfiguration(
            folder: specification.folder, program: specification.program,
            hostname: String(specification.hostname.prefix { $0 != "." }),
            network: .own(
                address: specification.privateAddress, metadata: "169.254.169.254", listeners: listeners),
            binds: InstanceImage.binds, hasServices: true, limits: specification.limits)
        let sandbox = try await Sandbox.start(configuration) { [log, id] text in log("\(id): \(text)") }
        let channels = await serve(sandbox.takeListeners())
        state.withLock { $0.phase = .running(sandbox, channels) }
        DiskGuard.shared.watch(sandbox)
        Task {
            await sandbox.waitForEnd()
            let wasRunning = self.state.withLock { state in
                guard case .running(let current, _) = state.phase, current === sandbox else { return false }
                state.phase = .off
                return true
            }
            for channel in channels { channel.close(promise: nil) }
            DiskGuard.shared.forget(sandbox)
            if wasRunning { onEnd() }
        }
        if FileManager.default.fileExists(atPath: root + Self.bootFinished) {
            state.withLock { $0.userData = nil }
        } else {
            startUserData()
        }
    }

    /// Powers it off, as `StopInstances` does: services are stopped first.
    public func powerOff() async {
        let sandbox = turnOff()
        await sandbox?.powerOff()
    }

    /// Ends it at once.
    public func kill() async {
        let sandbox = turnOff()
        await sandbox?.stop()
    }

    /// Ends it and removes its files.
    public func destroy() async {
        await kill()
        await FileWork.run { [folder = specification.folder] in FileTree.remove(folder) }
    }

    private func turnOff() -> Sandbox? {
        let (sandbox, userData) = state.withLock { state in
            defer { state.phase = .off }
            if case .running(let sandbox, _) = state.phase { return (sandbox as Sandbox?, state.userData) }
            return (nil, state.userData)
        }
        userData?.cancel()
        return sandbox
    }

    /// Runs a command as on the machine; exit code 255 when it is off. See ``Sandbox/run(_:environment:directory:user:timeout:input:onOutput:)``.
    public func run(
        _ command: [String], environment: [String: String] = [:], directory: String? = nil, user: String? = nil,
        timeout: Double? = nil, input: Sandbox.Input = .none,
        onOutput: (@Sendable (OutputStream, [UInt8]) -> Void)? = nil
    ) async -> ProcessResult {
        guard let sandbox else {
            return ProcessResult(
                exitCode: 255, signal: nil, timedOut: false, output: Array("instance \(id) is not running\n".utf8))
        }
        return await sandbox.run(
            command, environment: baseEnvironment.merging(environment) { $1 }, directory: directory, user: user,
            timeout: timeout, input: input, onOutput: onOutput)
    }

    /// Writes a file inside. - Returns: The reason when it could not be written.
    public func write(_ bytes: [UInt8], to path: String, mode: Int = 0o644) async -> String? {
        guard let sandbox else { return "instance \(id) is not running" }
        return await sandbox.write(bytes, to: path, mode: mode)
    }

    /// Whether a systemd service is running, for instance `codedeploy-agent`.
    public func isServiceActive(_ name: String) async -> Bool {
        await run(["systemctl", "is-active", "--quiet", name], timeout: 10).isSuccess
    }

    /// Connects to a port of the machine.
    public func connect(port: Int) async -> Result<Descriptor, Sandbox.ConnectFailure> {
        guard let sandbox else { return .failure(Sandbox.ConnectFailure(code: EHOSTUNREACH)) }
        return await sandbox.connect(port: port)
    }

    /// Returns when the user data has run, or the machine has ended.
    public func waitForUserData() async { await state.withLock { $0.userData }?.value }

    /// When the user data of this run of the machine had run, in epoch seconds: 0 where it had none to run, nil while it runs.
    var userDataEnded: Double? {
        state.withLock { $0.userData == nil ? 0 : $0.userDataEnded }
    }

    /// What programs find the local cloud by.
    private var baseEnvironment: [String: String] {
        var environment = ["AWS_REGION": specification.region, "AWS_DEFAULT_REGION": specification.region]
        if specification.endpointPort > 0 { environment["AWS_ENDPOINT_URL"] = specification.endpoint }
        environment["LANG"] = "C.UTF-8"
        return environment
    }

    /// Made when user data has run, as cloud-init does.
    private static let bootFinished = "/var/lib/cloud/instance/boot-finished"

    private func startUserData() {
        let steps = UserData(specification.userData).steps
        state.withLock { state in
            state.userDataEnded = nil
            state.userData = Task {
                for step in steps where !Task.isCancelled { await self.perform(step) }
                // Cut off, it is run again, and the machine that is on by then is another one.
                if Task.isCancelled { return }
                _ = await self.run([
                    "/bin/sh", "-c", "mkdir -p \"${1%/*}\" && touch \"$1\"", "sh", Self.bootFinished,
                ])
                self.state.withLock { state in
                    if !Task.isCancelled { state.userDataEnded = CloudClock.realNow }
                }
            }
        }
    }

    private func perform(_ step: UserData.Step) async {
        switch step {
        case .file(let path, let content, let mode):
            if let reason = await write(content, to: path, mode: mode) { log("\(id): user data: \(path): \(reason)") }
        case .complaint(let text):
            log("\(id): user data: \(text)")
            _ = await run(
                ["/bin/sh", "-c", "cat >> /var/log/cloud-init-output.log"],
                input: .bytes(Array("[WARNING]: \(text)\n".utf8)))
        case .script(let name, let content):
            let path = "/var/lib/cloud/instance/scripts/\(name)"
            if let reason = await write(content, to: path, mode: 0o700) { return log("\(id): user data: \(reason)") }
            let result = await run(
                ["/bin/sh", "-c", #"exec "$1" >> /var/log/cloud-init-output.log 2>&1 < /dev/null"#, "sh", path],
                environment: ["HOME": "/root"])
            if !result.isSuccess { log("\(id): user data: \(name) ended with exit code \(result.exitCode)") }
        }
    }

    /// The sockets that listen inside: the metadata service, then the endpoint of the APIs.
    private func serve(_ listeners: [Descriptor]) async -> [any Channel] {
        var channels: [any Channel] = []
        for (at, listener) in listeners.enumerated() {
            let isMetadata = at == 0
            let (metadata, folder, port) = (metadata, specification.folder, specification.endpointPort)
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelOption(.allowRemoteHalfClosure, value: !isMetadata)
                .childChannelInitializer { channel in
                    if isMetadata {
                        return channel.eventLoop.makeCompletedFuture {
                            let pipeline = channel.pipeline.syncOperations
                            try pipeline.configureHTTPServerPipeline(
                                withPipeliningAssistance: true, withErrorHandling: true)
                            try pipeline.addHandler(
                                HTTPConnection(
                                    limits: .init(body: 65536), spoolDirectory: folder, respond: metadata))
                        }
                    }
                    return Relay.join(channel, toLoopbackPort: port)
                }
            if let channel = try? await bootstrap.withBoundSocket(listener.release()).get() { channels.append(channel) }
        }
        return channels
    }
}
