import Synchronization

/// A target of a target group as the proxy sees it: where to connect, whether it takes requests, how many it has.
///
/// It is shared between the control plane, which changes its state, and the event loops, which count requests.
public final class Target: Sendable {
    public enum State: String, Sendable, Codable {
        case initial, healthy, unhealthy, draining, unused
    }
    /// Makes a connection to the target; a socket that is connected, or the system's error code.
    public typealias Connect = @Sendable () async -> Result<Descriptor, Sandbox.ConnectFailure>

    private struct Status {
        var state = State.initial
        var requests = 0
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    public let id: String
    public let port: Int
    /// What health checks name as the host.
    public let address: String
    public let connect: Connect
    /// What stands for it in the cookies of clients that are to stay with it.
    let token: String
    private let status = Mutex(Status())

    public init(id: String, port: Int, address: String, connect: @escaping Connect) {
        self.id = id
        self.port = port
        self.address = address
        self.connect = connect
        token = StickyCookie.token("\(id):\(port)")
    }

    public var state: State {
        get { status.withLock { $0.state } }
        set { status.withLock { $0.state = newValue } }
    }

    var requests: Int { status.withLock { $0.requests } }

    func begin() { status.withLock { $0.requests += 1 } }
    func end() {
        let waiting = status.withLock { status in
            status.requests -= 1
            guard status.requests == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { status.idle = [] }
            return status.idle
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when no request is under way.
    func waitUntilIdle() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIdle = status.withLock { status in
                if status.requests > 0 { status.idle.append(continuation) }
                return status.requests == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}

/// The targets that a rule forwards to.
public final class TargetPool: Sendable {
    private struct State {
        var targets: [Target] = []
        var next = 0
        var requests = 0
        var prefersLeastRequests = false
        var stickiness: Stickiness?
    }
    private let state = Mutex(State())
    /// What stands for it in cookies.
    let token: String

    /// - Parameter name: The target group's ARN.
    public init(_ name: String) { token = StickyCookie.token(name) }

    func set(_ targets: [Target], prefersLeastRequests: Bool, stickiness: Stickiness?) {
        state.withLock {
            $0.targets = targets
            $0.prefersLeastRequests = prefersLeastRequests
            $0.stickiness = stickiness
        }
    }

    var stickiness: Stickiness? { state.withLock { $0.stickiness } }

    var isEmpty: Bool { state.withLock { $0.targets.isEmpty } }

    /// Requests since the last call.
    func takeRequestCount() -> Int {
        state.withLock { state in
            defer { state.requests = 0 }
            return state.requests
        }
    }

    /// The target of the next request, which is counted for it. Healthy ones share the requests; one that is still in its
    /// first checks takes none while there is a healthy one. Without any healthy target all that are registered take them
    /// (ELB fails open); a draining one never does.
    ///
    /// - Parameter token: Of the target that the client is to stay with, if it takes requests at all.
    func pick(excluding tried: [Target], preferring token: String? = nil) -> Target? {
        state.withLock { state in
            func candidates(_ isWanted: (Target.State) -> Bool) -> [Target] {
                state.targets.filter { target in isWanted(target.state) && !tried.contains { $0 === target } }
            }
            var found = candidates { $0 == .healthy }
            if found.isEmpty { found = candidates { $0 == .initial || $0 == .unhealthy } }
            guard !found.isEmpty else { return nil }
            state.requests += 1
            if let token, let known = found.first(where: { $0.token == token }) {
                known.begin()
                return known
            }
            state.next &+= 1
            let start = state.next % found.count
            var chosen = found[start]
            if state.prefersLeastRequests {
                for offset in 1..<max(2, found.count) {
                    let other = found[(start + offset) % found.count]
                    if other.requests < chosen.requests { chosen = other }
                }
            }
            chosen.begin()
            return chosen
        }
    }
}
