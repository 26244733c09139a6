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
        var events: [(time: Double, text: String)] = []
        var isFlushing = false
    }

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
            let shown = state.masker.push(bytes)
            Self.add(shown, to: &state)
        }
    }

    /// A line of the build agent: `[Container] 2024/08/03 05:12:48.197352 text`.
    func container(_ text: String) {
        state.withLock { state in
            Self.endCommand(&state)
            state.events.append(
                (CloudClock.realNow, "[Container] \(Self.stamp(CloudClock.realNow)) \(state.masker.masked(text))\n"))
        }
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
                for event in state.events.prefix(Self.eventsInCall) {
                    bytes += event.text.utf8.count + 26
                    if bytes > Self.bytesInCall, count > 0 { break }
                    count += 1
                }
                defer { state.events.removeFirst(count) }
                return Array(state.events.prefix(count))
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
        if state.line.count > longestLine { flushLine(&state) }
    }

    private static func flushLine(_ state: inout State) {
        var line = state.line
        state.line = []
        if line.last == 13 { line.removeLast() }
        state.events.append((CloudClock.realNow, String(decoding: line, as: UTF8.self) + "\n"))
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
