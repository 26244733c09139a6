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
    static func prompt(_ text: String, isHidden: Bool) -> String? {
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
        return readLine(strippingNewline: true)
    }
}
