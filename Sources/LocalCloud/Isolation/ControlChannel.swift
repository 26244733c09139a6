import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The connection to the first process of a sandbox: messages with a type, an id and descriptors (see
/// Sources/CInstanceInit/supervise.c for the list).
final class ControlChannel: Sendable {
    struct Message: Sendable {
        var type: UInt8
        var id: UInt32
        var payload: [UInt8]
        var descriptor: Descriptor?

        /// The number of an answer that is one.
        var number: Int32? {
            guard payload.count == 4 else { return nil }
            return payload.withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        }
        var text: String { String(decoding: payload, as: UTF8.self) }
    }
    /// More than any command line that a kernel takes.
    static let largestMessage = 160 << 10

    private struct State {
        var token: UInt64?
        var isEnded = false
        var end: (@Sendable () -> Void)?
    }
    /// What the poller keeps: not the channel, whose owner closes it when it goes.
    private final class Connection: Sendable {
        let descriptor: Descriptor
        let queue = DispatchQueue(label: "awscicd.localcloud.control")
        let state: Mutex<State>

        init(_ descriptor: Descriptor, end: @escaping @Sendable () -> Void) {
            self.descriptor = descriptor
            state = Mutex(State(end: end))
        }

        /// On the queue, where all reading is, so nobody uses the descriptor when it is closed.
        func finish() {
            let (token, end) = state.withLock { state in
                defer { (state.isEnded, state.end) = (true, nil) }
                return (state.token, state.end)
            }
            guard let end else { return }
            if let token { DescriptorPoller.shared.forget(token) }
            descriptor.close()
            end()
        }
    }

    private let connection: Connection
    private var descriptor: Descriptor { connection.descriptor }

    /// - Parameters:
    ///   - receive: Called in the order of the messages.
    ///   - end: Called once, when the other side has gone or ``close()`` was called.
    init(
        _ descriptor: Descriptor, receive: @escaping @Sendable (Message) -> Void, end: @escaping @Sendable () -> Void
    ) {
        let connection = Connection(descriptor, end: end)
        self.connection = connection
        connection.queue.async {
            let token = DescriptorPoller.shared.watch(descriptor.number, queue: connection.queue) {
                while true {
                    guard !connection.state.withLock({ $0.isEnded }) else { return false }
                    switch Self.receive(descriptor.number) {
                    case .message(let message): receive(message)
                    case .nothing: return true
                    case .end:
                        connection.finish()
                        return false
                    }
                }
            }
            connection.state.withLock { $0.token = token }
        }
    }

    /// Closes the connection, at which the sandbox ends.
    func close() {
        connection.queue.async { [connection] in connection.finish() }
    }

    /// - Returns: Whether it was sent: false when the sandbox has gone or takes nothing.
    func send(_ type: Character, id: UInt32, _ payload: [UInt8] = [], descriptors: [Int32] = []) -> Bool {
        guard payload.count <= Self.largestMessage - 5, let type = type.asciiValue else { return false }
        var bytes = [type]
        withUnsafeBytes(of: id) { bytes.append(contentsOf: $0) }
        bytes += payload
        // struct cmsghdr: size, level, type, then the descriptors, padded to eight bytes.
        let size = 16 + descriptors.count * 4
        var control = [UInt8](repeating: 0, count: descriptors.isEmpty ? 0 : (size + 7) & ~7)
        if !descriptors.isEmpty {
            control.withUnsafeMutableBytes { buffer in
                buffer.storeBytes(of: size, as: Int.self)
                buffer.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
                buffer.storeBytes(of: 1 /* SCM_RIGHTS */, toByteOffset: 12, as: Int32.self)
                for (at, number) in descriptors.enumerated() {
                    buffer.storeBytes(of: number, toByteOffset: 16 + at * 4, as: Int32.self)
                }
            }
        }
        for _ in 0..<2500 {
            let sent = bytes.withUnsafeMutableBytes { data in
                control.withUnsafeMutableBytes { control in
                    var part = iovec(iov_base: data.baseAddress, iov_len: data.count)
                    return withUnsafeMutablePointer(to: &part) { part in
                        var header = msghdr()
                        header.msg_iov = part
                        header.msg_iovlen = 1
                        header.msg_control = control.baseAddress
                        header.msg_controllen = control.count
                        return sendmsg(descriptor.number, &header, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                    }
                }
            }
            if sent >= 0 { return true }
            guard errno == EAGAIN || errno == EINTR else { return false }
            usleep(2000)  // the sandbox is busy; its queue holds dozens of messages
        }
        return false
    }

    private enum Received {
        case message(Message)
        case nothing
        case end
    }

    private static func receive(_ number: Int32) -> Received {
        var data = [UInt8](repeating: 0, count: 4096)
        var control = [UInt8](repeating: 0, count: 64)
        var controlLength = 0
        let count = data.withUnsafeMutableBytes { data in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: data.baseAddress, iov_len: data.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var header = msghdr()
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    header.msg_control = control.baseAddress
                    header.msg_controllen = control.count
                    let count = recvmsg(
                        number, &header, Int32(MSG_DONTWAIT) | Int32(MSG_CMSG_CLOEXEC))
                    controlLength = Int(header.msg_controllen)
                    return count
                }
            }
        }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? .nothing : .end }
        guard count >= 5 else { return .end }
        var descriptor: Descriptor?
        if controlLength >= 20 {
            let (level, type, value) = control.withUnsafeBytes {
                (
                    $0.load(fromByteOffset: 8, as: Int32.self), $0.load(fromByteOffset: 12, as: Int32.self),
                    $0.load(fromByteOffset: 16, as: Int32.self)
                )
            }
            if level == SOL_SOCKET, type == 1 { descriptor = Descriptor(value) }
        }
        let id = data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 1, as: UInt32.self) }
        return .message(Message(type: data[0], id: id, payload: Array(data[5..<count]), descriptor: descriptor))
    }
}
