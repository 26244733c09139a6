import AWSModel
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A build's log: bytes become lines, secrets become `***`, lines become events of CloudWatch Logs as they come.
final class BuildLog: Sendable {
    private struct State {
        var masker: SecretMasker
        var line: [UInt8] = []
        /// What was not sent yet begins at `sent`.
        var events: [(time: Double, text: String)] = []
        var sent = 0
        /// What the commands wrote so far.
        var lines = 0
        var bytes = 0
        /// Whether no more of it is kept.
        var isCut = false
        /// The time of the last event.
        var latest = 0.0

        /// CloudWatch Logs refuses all of a call whose events are not in order, which a clock that is set back would make them.
        mutating func add(_ text: String, at time: Double = CloudClock.realNow) {
            latest = max(time, latest)
            events.append((latest, text + "\n"))
        }
    }

    /// How much of what the commands of one build write is kept. A command that writes without end would otherwise take all
    /// of the machine's memory and disk until its time-out; on AWS it takes the user's money.
    private static let mostLines = 500_000
    private static let mostBytes = 64 << 20

    /// CloudWatch Logs' own limit for an event, less its overhead.
    private static let longestLine = 250_000
    private static let eventsInCall = 5_000
    private static let bytesInCall = 900_000

    private let state: Mutex<State>
    /// Sends events; set once the log stream exists. Events before that are kept.
    private let sink = Mutex<(@Sendable ([(time: Double, text: String)]) async -> Void)?>(nil)
    private let pump = Mutex<Task<Void, Never>?>(nil)

    init() { state = Mutex(State(masker: SecretMasker(secrets: []))) }

    /// From now on these values are masked.
    func mask(_ secrets: [String]) { state.withLock { $0.masker = SecretMasker(secrets: secrets) } }

    func masked(_ text: String) -> String { state.withLock { $0.masker.masked(text) } }

    func start(_ send: @escaping @Sendable ([(time: Double, text: String)]) async -> Void) {
        sink.withLock { $0 = send }
        pump.withLock {
            $0 = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(nanoseconds: 250_000_000)
                    await self.flush()
                }
            }
        }
    }

    /// What a command wrote.
    func output(_ bytes: [UInt8]) {
        state.withLock { state in
            if state.isCut { return }
            let shown = state.masker.push(bytes)
            Self.add(shown, to: &state)
        }
    }

    /// A line of the build agent: `[Container] 2024/08/03 05:12:48.197352 text`.
    func container(_ text: String) {
        state.withLock { state in
            Self.endCommand(&state)
            Self.addContainer(text, to: &state)
        }
    }

    private static func addContainer(_ text: String, to state: inout State) {
        let now = CloudClock.realNow
        let line = "[Container] \(stamp(now)) \(state.masker.masked(text))"
        for part in parts(of: line) { state.add(part, at: now) }
    }

    /// Shows what was kept back of a command that has ended.
    func endCommand() { state.withLock { Self.endCommand(&$0) } }

    /// Sends everything; the log is complete after it.
    func finish() async {
        endCommand()
        pump.withLock { $0?.cancel() }
        await pump.withLock { $0 }?.value
        await flush()
    }

    private func flush() async {
        guard let send = sink.withLock({ $0 }) else { return }
        while true {
            let batch = state.withLock { state in
                var bytes = 0
                var count = 0
                let waiting = state.events[state.sent...]
                for event in waiting.prefix(Self.eventsInCall) {
                    bytes += event.text.utf8.count + 26
                    if bytes > Self.bytesInCall, count > 0 { break }
                    count += 1
                }
                let batch = Array(waiting.prefix(count))
                state.sent += count
                // Not each time: what is left would be moved each time.
                if state.sent * 2 >= state.events.count {
                    state.events.removeFirst(state.sent)
                    state.sent = 0
                }
                return batch
            }
            if batch.isEmpty { return }
            await send(batch)
        }
    }

    private static func endCommand(_ state: inout State) {
        let rest = state.masker.finish()
        add(rest, to: &state)
        if !state.line.isEmpty { flushLine(&state) }
    }

    private static func add(_ bytes: [UInt8], to state: inout State) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 10) {
            state.line += rest[..<end]
            flushLine(&state)
            rest = rest[(end + 1)...]
        }
        state.line += rest
        // Without what may be the first bytes of a character.
        while state.line.count > longestLine {
            var end = longestLine
            while end > longestLine - 4, state.line[end] & 0xC0 == 0x80 { end -= 1 }
            let rest = state.line[end...]
            state.line.removeSubrange(end...)
            let kept = Array(rest)
            flushLine(&state)
            state.line = kept
        }
    }

    private static func flushLine(_ state: inout State) {
        var line = state.line
        state.line = []
        guard !state.isCut else { return }
        if line.last == 13 { line.removeLast() }
        for part in parts(of: String(decoding: line, as: UTF8.self)) {
            state.add(part)
            state.bytes += part.utf8.count
            state.lines += 1
        }
        guard state.lines >= mostLines || state.bytes >= mostBytes else { return }
        state.isCut = true
        addContainer(
            "The commands have written more than \(mostLines) lines or \(mostBytes >> 20) MB; the rest is left out",
            to: &state)
    }

    /// A line that is too long for one event, as several. Bytes that are no text grow to three each when they are shown.
    private static func parts(of line: String) -> [String] {
        guard line.utf8.count > longestLine else { return [line] }
        var parts: [String] = []
        var part = String.UnicodeScalarView()
        var size = 0
        for scalar in line.unicodeScalars {
            let width = UTF8.width(scalar)
            if size + width > longestLine {
                parts.append(String(part))
                (part, size) = (String.UnicodeScalarView(), 0)
            }
            part.append(scalar)
            size += width
        }
        return parts + [String(part)]
    }

    /// `2024/08/03 05:12:48.197352`, in UTC.
    static func stamp(_ time: Double) -> String {
        var seconds = time_t(time)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ value: Int32, _ width: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let micros = Int32((time - time.rounded(.down)) * 1e6)
        return "\(padded(parts.tm_year + 1900, 4))/\(padded(parts.tm_mon + 1))/\(padded(parts.tm_mday)) "
            + "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)).\(padded(micros, 6))"
    }
}
