import Synchronization

/// A script's output as the agent's log has it: `[stdout]` or `[stderr]` before each line.
final class ScriptLog: Sendable {
    private struct State {
        var text = ""
        var open: [String: [UInt8]] = [:]
    }
    private let state = Mutex(State())
    /// Enough for any log tail, little enough for memory.
    private static let limit = 1 << 18

    func add(_ stream: String, _ bytes: [UInt8]) {
        state.withLock { state in
            var line = state.open[stream] ?? []
            for byte in bytes {
                if byte == 10 {
                    state.text += "[\(stream)]" + String(decoding: line, as: UTF8.self) + "\n"
                    line = []
                } else {
                    line.append(byte)
                }
            }
            state.open[stream] = line
            if state.text.utf8.count > Self.limit { state.text = String(state.text.suffix(Self.limit / 2)) }
        }
    }

    var text: String {
        state.withLock { state in
            state.open.sorted { $0.key > $1.key }.reduce(state.text) { text, open in
                open.value.isEmpty ? text : text + "[\(open.key)]" + String(decoding: open.value, as: UTF8.self) + "\n"
            }
        }
    }
}
