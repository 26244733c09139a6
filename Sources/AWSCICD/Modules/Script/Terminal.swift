import AWSClient
import Synchronization

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// The terminal that a script may talk to.
enum Terminal {
    static func isTerminal(_ stream: String) -> Bool? {
        switch stream {
        case "stdin": isatty(0) != 0
        case "stdout": isatty(1) != 0
        case "stderr": isatty(2) != 0
        default: nil
        }
    }

    /// Columns of the terminal, nil when there is none.
    static var width: Int? { size.map { Int($0.ws_col) } }

    /// Lines of the terminal, nil when there is none.
    static var height: Int? { size.flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil } }

    private static var size: winsize? {
        var size = winsize()
        for descriptor: Int32 in [1, 2] where ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
            return size
        }
        return nil
    }

    /// Writes after what was printed before; what cannot be written (a closed pipe) is dropped.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        // These two alone: with no stream named, standard input's lock is waited for, which a prompt holds.
        fflush(stdout)
        fflush(stderr)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                SystemCall.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            written += count
        }
    }

    /// Asks on the terminal and reads a line; nil at its end. With `isHidden`, what is typed is not shown.
    ///
    /// Reads on a thread of its own: others go on while a person thinks. Cancelling the task ends it.
    static func prompt(_ text: String, isHidden: Bool) async throws -> String? {
        let isCancelled = CancellationFlag()
        let answer = await withTaskCancellationHandler {
            await BlockingThread.run { ask(text, isHidden: isHidden, isCancelled) }
        } onCancel: {
            isCancelled.value.store(true, ordering: .relaxed)
        }
        try Task.checkCancellation()
        return answer
    }

    private final class CancellationFlag: Sendable {
        let value = Atomic(false)
    }

    private static func ask(_ text: String, isHidden: Bool, _ isCancelled: CancellationFlag) -> String? {
        var saved = termios()
        if isHidden, tcgetattr(0, &saved) == 0 {
            var hidden = saved
            hidden.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &hidden)
        }
        // Not before: what is typed as soon as the question stands there would be thrown away, or be shown.
        write(Array(text.utf8), to: 2)
        defer {
            if isHidden {
                tcsetattr(0, TCSADRAIN, &saved)
                write([0x0A], to: 2)
            }
        }
        return line(isCancelled)
    }

    /// The terminal gives a line when it is complete. Between two looks at the flag a person notices nothing.
    private static func line(_ isCancelled: CancellationFlag) -> String? {
        var line: [UInt8] = []
        while !isCancelled.value.load(ordering: .relaxed) {
            var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            let ready = poll(&input, 1, 100)
            if ready < 0, errno != EINTR { return nil }
            if ready <= 0 { continue }
            var byte: UInt8 = 0
            let count = read(0, &byte, 1)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            if count <= 0 { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") {
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            line.append(byte)
        }
        return nil
    }
}
