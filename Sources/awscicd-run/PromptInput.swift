#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The lines that a user types at a prompt, and the signals that come meanwhile: ^C gives up what was typed, and does not
/// end what does not run.
final class PromptInput {
    enum Event {
        case line(String)
        case end
        case signal(Int32)
    }

    private let signals: SignalWatch
    private let isTerminal = isatty(0) != 0
    /// Through which the watch tells of a signal, as a byte; nil where there is no terminal or no pipe could be made.
    private var pipe: (reader: Int32, writer: Int32)?

    init(_ signals: SignalWatch) {
        self.signals = signals
        var ends: [Int32] = [-1, -1]
        guard isTerminal, Self.makePipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        pipe = (ends[0], ends[1])
    }

    deinit {
        guard let pipe else { return }
        close(pipe.reader)
        close(pipe.writer)
    }

    private static func makePipe(_ ends: inout [Int32]) -> Int32 {
        #if canImport(Glibc)
        Glibc.pipe(&ends)
        #else
        Darwin.pipe(&ends)
        #endif
    }

    /// Waits for a line. The prompt itself is not output: it goes where messages go.
    func next(prompt: String) -> Event {
        guard isTerminal, let pipe else { return read() }
        // First: who sees the prompt may press ^C at once.
        signals.handOver(to: pipe.writer)
        defer { signals.handOver(to: nil) }
        writeError(prompt)
        return waitForLine(or: pipe.reader).map(Event.signal) ?? read()
    }

    private func read() -> Event {
        readLine(strippingNewline: true).map(Event.line) ?? .end
    }

    /// - Returns: the signal that came first; nil when there is a line to read, or the end. (A terminal hands out one line
    ///   at a time, so none is left in the buffer of the standard library.)
    private func waitForLine(or reader: Int32) -> Int32? {
        var descriptors = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: reader, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&descriptors, 2, -1) < 0 {
            guard errno == EINTR else { return nil }
        }
        guard descriptors[1].revents & Int16(POLLIN) != 0 else { return nil }
        var signal: UInt8 = 0
        #if canImport(Glibc)
        return Glibc.read(reader, &signal, 1) == 1 ? Int32(signal) : nil
        #else
        return Darwin.read(reader, &signal, 1) == 1 ? Int32(signal) : nil
        #endif
    }
}
