import Dispatch
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A running sandbox: processes, files and (for an instance) network of its own, in which commands are run.
///
/// It ends with ``stop()``, with the last reference to it, or with this process, however that ends.
public final class Sandbox: Sendable {
    private struct State {
        var nextID: UInt32 = 1
        var commands: [UInt32: CheckedContinuation<Int32, Never>] = [:]
        var connects: [UInt32: CheckedContinuation<Result<Descriptor, ConnectFailure>, Never>] = [:]
        var listeners: [Descriptor] = []
        var start: CheckedContinuation<Result<Void, SandboxError>, Never>?
        var startResult: Result<Void, SandboxError>?
        var isEnded = false
        var endWaiters: [CheckedContinuation<Void, Never>] = []
    }
    /// Why a connection into the sandbox was not made.
    public struct ConnectFailure: Error, Sendable {
        /// ECONNREFUSED, ETIMEDOUT, …
        public var code: Int32
    }

    public let configuration: SandboxConfiguration
    /// The host user of its processes, when this process is root.
    public let hostID: UInt32?
    /// Called when a process was ended because the sandbox's memory was used up.
    public let onMemoryLimit: (@Sendable (String) -> Void)?
    private let state: SharedState
    private let channel: ControlChannel
    private let pid: pid_t

    /// What the control channel's handlers share with the sandbox without keeping it alive.
    private final class SharedState: Sendable {
        let value = Mutex(State())
    }

    private init(
        _ configuration: SandboxConfiguration, hostID: UInt32?, pid: pid_t, control: Descriptor,
        onMemoryLimit: (@Sendable (String) -> Void)?
    ) {
        self.configuration = configuration
        self.hostID = hostID
        self.pid = pid
        self.onMemoryLimit = onMemoryLimit
        let state = SharedState()
        self.state = state
        channel = ControlChannel(control) { message in
            Self.receive(message, state, onMemoryLimit)
        } end: {
            Self.ended(state)
        }
    }

    deinit { channel.close() }

    /// Starts a sandbox; returns when commands can be run in it.
    ///
    /// - Throws: ``SandboxError`` when bubblewrap is missing or the host does not allow it. Nothing runs then.
    public static func start(
        _ configuration: SandboxConfiguration, onMemoryLimit: (@Sendable (String) -> Void)? = nil
    ) async throws(SandboxError) -> Sandbox {
        guard let bubblewrap = HostTools.find("bwrap") else {
            throw SandboxError(
                reason: "bubblewrap (bwrap) was not found", advice: "Install it: apt-get install bubblewrap")
        }
        let hostID = SandboxIdentity.id(for: configuration.root)
        try await FileWork.run { Result { () throws(SandboxError) in try prepare(configuration, as: hostID) } }.get()
        let arguments = BubblewrapArguments(configuration, program: bubblewrap)
        return try await launch(
            arguments.launch(configuration.program, as: hostID), configuration, hostID, onMemoryLimit)
    }

    private static func launch(
        _ arguments: [String], _ configuration: SandboxConfiguration, _ hostID: UInt32?,
        _ onMemoryLimit: (@Sendable (String) -> Void)?
    ) async throws(SandboxError) -> Sandbox {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SandboxError(reason: "no socket: \(errorText())")
        }
        let (ours, theirs) = (Descriptor(ends[0]), Descriptor(ends[1]))
        let logPath = configuration.folder + "/start.log"
        let log = try Descriptor.open(logPath, O_WRONLY | O_CREAT | O_TRUNC)
        let pid = try await SandboxLauncher.shared.start(arguments, control: theirs, log: log)
        theirs.close()
        log.close()
        let sandbox = Sandbox(
            configuration, hostID: hostID, pid: pid, control: ours, onMemoryLimit: onMemoryLimit)
        do {
            try await sandbox.waitForStart()
        } catch {
            await sandbox.stop()
            let words = ((try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "").split(separator: "\n").last
            throw SandboxError(
                reason: words.map(String.init) ?? error.reason, advice: HostTools.advice(for: words.map(String.init)))
        }
        return sandbox
    }

    /// Makes the folders of a fresh sandbox. Only then: what has run before may have put links in their places, which would
    /// lead out when followed from here.
    private static func prepare(_ configuration: SandboxConfiguration, as hostID: UInt32?) throws(SandboxError) {
        let mark = configuration.folder + "/prepared"
        guard !FileManager.default.fileExists(atPath: mark) else { return }
        do {
            var folders = ["tmp", "var/tmp", "dev", "proc", "run", "usr"]
            if configuration.hasOwnLocal {
                folders += ["bin", "sbin", "lib", "share", "etc"].map { "usr/local/" + $0 }
            }
            for name in folders {
                let path = configuration.root + "/" + name
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                if name.hasSuffix("tmp") {
                    try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: path)
                }
            }
            BubblewrapArguments.makeLinks(in: configuration.root)
            if let hostID { SandboxIdentity.give(configuration.root, to: hostID) }
            try Data().write(to: URL(fileURLWithPath: mark))
        } catch {
            throw SandboxError(reason: "\(configuration.root): \(error)")
        }
    }

    /// Sockets that listen inside, in the order of the configuration's listeners. Each is the caller's to serve.
    public func takeListeners() -> [Descriptor] {
        state.value.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
    }

    public var isRunning: Bool { !state.value.withLock { $0.isEnded } }

    /// Returns when the sandbox has ended by whatever cause.
    public func waitForEnd() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isEnded = state.value.withLock { state in
                if !state.isEnded { state.endWaiters.append(continuation) }
                return state.isEnded
            }
            if isEnded { continuation.resume() }
        }
    }

    /// Ends everything in it at once, and returns when it is gone.
    public func stop() async {
        channel.close()
        await waitForEnd()
        await SandboxLauncher.reap(pid)
    }

    /// Stops the services as a machine that powers off does, then everything.
    public func powerOff() async {
        if channel.send("P", id: 0) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.waitForEnd() }
                group.addTask { try? await RunningTime.pass(4) }
                await group.next()
                // The wait for the end is only ended by it; `stop` brings it about.
                await self.stop()
                group.cancelAll()
            }
        }
        await stop()
    }

    /// Ends every command and service, and leaves the sandbox: what was filling the disk, for instance.
    public func endAllProcesses() { _ = channel.send("W", id: 0) }

    /// Connects to a port inside, at the sandbox's own address.
    public func connect(port: Int) async -> Result<Descriptor, ConnectFailure> {
        let id = nextID()
        return await withCheckedContinuation { continuation in
            let isRunning = state.value.withLock { state in
                if !state.isEnded { state.connects[id] = continuation }
                return !state.isEnded
            }
            if !isRunning || !channel.send("C", id: id, Array("\(port)\0".utf8)) {
                let waiter =
                    isRunning ? state.value.withLock { $0.connects.removeValue(forKey: id) } : .some(continuation)
                waiter?.resume(returning: .failure(ConnectFailure(code: EHOSTUNREACH)))
            }
        }
    }

    func nextID() -> UInt32 {
        state.value.withLock { state in
            state.nextID &+= 1
            return state.nextID
        }
    }

    func send(_ type: Character, id: UInt32, _ payload: [UInt8] = [], descriptors: [Int32] = []) -> Bool {
        channel.send(type, id: id, payload, descriptors: descriptors)
    }

    /// Sends a command and returns its wait status; that of a kill when the sandbox ends first.
    func status(of id: UInt32, _ payload: [UInt8], descriptors: [Int32]) async -> Int32 {
        await withCheckedContinuation { continuation in
            let isRunning = state.value.withLock { state in
                if !state.isEnded { state.commands[id] = continuation }
                return !state.isEnded
            }
            if !isRunning || !channel.send("R", id: id, payload, descriptors: descriptors) {
                let waiter =
                    isRunning ? state.value.withLock { $0.commands.removeValue(forKey: id) } : .some(continuation)
                waiter?.resume(returning: SIGKILL)
            }
        }
    }

    private func waitForStart() async throws(SandboxError) {
        let watchdog = Task { [channel, state] in
            try await RunningTime.pass(60)
            // Both may have come to pass at the same time: the start counts then.
            guard Self.started(.failure(SandboxError(reason: "it did not start within a minute")), state) else {
                return
            }
            channel.close()
        }
        defer { watchdog.cancel() }
        let result: Result<Void, SandboxError> = await withCheckedContinuation { continuation in
            let known = state.value.withLock { state in
                if state.startResult == nil { state.start = continuation }
                return state.startResult
            }
            if let known { continuation.resume(returning: known) }
        }
        try result.get()
    }

    private static func receive(
        _ message: ControlChannel.Message, _ shared: SharedState, _ onMemoryLimit: (@Sendable (String) -> Void)?
    ) {
        switch message.type {
        case UInt8(ascii: "X"):
            shared.value.withLock { $0.commands.removeValue(forKey: message.id) }?
                .resume(returning: message.number ?? SIGKILL)
        case UInt8(ascii: "C"):
            let waiter = shared.value.withLock { $0.connects.removeValue(forKey: message.id) }
            if let descriptor = message.descriptor {
                waiter?.resume(returning: .success(descriptor))
            } else {
                waiter?.resume(returning: .failure(ConnectFailure(code: message.number ?? EHOSTUNREACH)))
            }
        case UInt8(ascii: "L"):
            if let descriptor = message.descriptor { shared.value.withLock { $0.listeners.append(descriptor) } }
        case UInt8(ascii: "H"): started(.success(()), shared)
        case UInt8(ascii: "E"): started(.failure(SandboxError(reason: message.text)), shared)
        case UInt8(ascii: "O"): onMemoryLimit?(message.text)
        default: break
        }
    }

    /// Returns whether it is this that became of the start: the first that is told counts.
    @discardableResult
    private static func started(_ result: Result<Void, SandboxError>, _ shared: SharedState) -> Bool {
        let (isFirst, waiter) = shared.value.withLock { state in
            let isFirst = state.startResult == nil
            if isFirst { state.startResult = result }
            defer { state.start = nil }
            return (isFirst, state.start)
        }
        waiter?.resume(returning: result)
        return isFirst
    }

    private static func ended(_ shared: SharedState) {
        started(.failure(SandboxError(reason: "its first process ended")), shared)
        let (commands, connects, waiters) = shared.value.withLock { state in
            state.isEnded = true
            state.listeners = []
            defer { (state.commands, state.connects, state.endWaiters) = ([:], [:], []) }
            return (state.commands, state.connects, state.endWaiters)
        }
        for waiter in commands.values { waiter.resume(returning: SIGKILL) }
        for waiter in connects.values { waiter.resume(returning: .failure(ConnectFailure(code: EHOSTUNREACH))) }
        for waiter in waiters { waiter.resume() }
    }
}
