import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A file descriptor that is closed when its last owner goes.
public final class Descriptor: Sendable {
    private let value: Mutex<Int32>

    init(_ number: Int32) { value = Mutex(number) }
    deinit { close() }

    public var number: Int32 { value.withLock { $0 } }

    public func close() {
        let number = value.withLock { value in
            defer { value = -1 }
            return value
        }
        if number >= 0 { _ = systemClose(number) }
    }

    /// Gives the number to an owner that closes it.
    public func release() -> Int32 {
        value.withLock { value in
            defer { value = -1 }
            return value
        }
    }

    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(SandboxError) -> Descriptor {
        let number = systemOpen(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw SandboxError(reason: "\(path): \(errorText())") }
        return Descriptor(number)
    }

    /// The reading and the writing end.
    static func pipe() throws(SandboxError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard systemPipe(&ends) == 0 else { throw SandboxError(reason: "no pipe: \(errorText())") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }
}

func errorText(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

private func systemClose(_ number: Int32) -> Int32 { close(number) }
private func systemPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }

/// Reads a pipe until its end, piece by piece.
final class PipeReader: Sendable {
    private struct State {
        var isEnded = false
        var token: UInt64?
        var onData: (@Sendable ([UInt8]) -> Void)?
    }
    private static let queue = DispatchQueue(label: "awscicd.localcloud.output", attributes: .concurrent)

    private let descriptor: Descriptor
    private let queue: DispatchQueue
    private let state: Mutex<State>

    init(_ descriptor: Descriptor, onData: @escaping @Sendable ([UInt8]) -> Void) {
        self.descriptor = descriptor
        state = Mutex(State(onData: onData))
        let number = descriptor.number
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        queue = DispatchQueue(label: "awscicd.localcloud.output.\(number)", target: Self.queue)
        // The poller keeps the reader until the end: what a command left running may go on writing.
        queue.async {
            let token = DescriptorPoller.shared.watch(number, queue: self.queue) { self.readAvailable() }
            self.state.withLock { $0.token = token }
        }
    }

    /// Reads what is there now. What comes later is read and discarded.
    func drain() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            queue.async {
                _ = self.readAvailable()
                self.state.withLock { $0.onData = nil }
                continuation.resume()
            }
        }
    }

    /// On the queue. - Returns: Whether there may be more later.
    private func readAvailable() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        // Bounded, so that a command that writes without end cannot hold the queue for ever.
        for _ in 0..<64 {
            let number = descriptor.number
            guard number >= 0, !state.withLock({ $0.isEnded }) else { return false }
            let count = read(number, &buffer, buffer.count)
            if count > 0 {
                state.withLock { $0.onData }?(Array(buffer[..<count]))
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return true
            } else {
                let token = state.withLock { state in
                    state.isEnded = true
                    return state.token
                }
                if let token { DescriptorPoller.shared.forget(token) }
                descriptor.close()
                return false
            }
        }
        return true
    }
}
