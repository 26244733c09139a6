import AWSCICD

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
    private var editor: LineEditor?
    private var history: PromptHistory?

    /// Whether arrow keys and a history work here.
    var isEdited: Bool { editor != nil }

    init(_ signals: SignalWatch) {
        self.signals = signals
        var ends: [Int32] = [-1, -1]
        guard isTerminal, Self.makePipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // The editor puts news of the terminal into it, and must never wait for itself.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let pipe = (reader: ends[0], writer: ends[1])
        self.pipe = pipe
        guard Self.isTerminalEditable, let editor = LineEditor(pipe: pipe) else { return }
        let history = PromptHistory()
        for line in history.load() { editor.remember(line) }
        self.editor = editor
        self.history = history
    }

    /// Drawing a line anew takes a terminal that can move its cursor, and standard error on it.
    private static var isTerminalEditable: Bool {
        guard isatty(2) != 0, let name = getenv("TERM") else { return false }
        return name.pointee != 0 && strcmp(name, "dumb") != 0
    }

    deinit {
        editor = nil  // before the pipe that it writes to
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
        if let editor {
            fflush(nil)  // what was printed comes first
            return editor.next(prompt: prompt)
        }
        writeError(prompt)
        return waitForLine(or: pipe.reader).map(Event.signal) ?? read()
    }

    /// The arrow keys find the line from now on, in this prompt.
    func remember(_ line: String) { editor?.remember(line) }

    /// Later prompts find the code, unless it may hold a secret.
    ///
    /// - Returns: why not, where its file is at fault; that is said once.
    func keep(_ code: String, _ mask: SecretMask) -> String? {
        guard let problem = history?.add(code, mask) else { return nil }
        history = nil
        return problem
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
