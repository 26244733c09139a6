/// Finds the ends of steps in a build shell's output: a record separator, the session's secret word, the exit status and a
/// line end, wherever a chunk cuts them.
struct StepMarkers: Sendable {
    enum Piece: Sendable, Equatable {
        case output([UInt8])
        case ended(status: Int32)
    }

    private let start: [UInt8]
    private var held: [UInt8] = []
    private static let longestStatus = 5

    init(word: String) { start = [0x1e] + Array(word.utf8) + [0x20] }

    mutating func push(_ chunk: [UInt8]) -> [Piece] {
        held += chunk
        var pieces: [Piece] = []
        var output: [UInt8] = []
        var at = 0
        loop: while at < held.count {
            guard held[at] == 0x1e else {
                let next = held[at...].firstIndex(of: 0x1e) ?? held.count
                output += held[at..<next]
                at = next
                continue
            }
            switch marker(at) {
            case .incomplete: break loop
            case .none:
                output.append(held[at])
                at += 1
            case .found(let status, let end):
                if !output.isEmpty { pieces.append(.output(output)) }
                output = []
                pieces.append(.ended(status: status))
                at = end
            }
        }
        held.removeFirst(at)
        if !output.isEmpty { pieces.append(.output(output)) }
        return pieces
    }

    /// What was kept back, when the shell has ended.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }

    private enum Match { case incomplete, none, found(Int32, Int) }

    private func marker(_ at: Int) -> Match {
        for (offset, byte) in start.enumerated() {
            if at + offset == held.count { return .incomplete }
            if held[at + offset] != byte { return .none }
        }
        var end = at + start.count
        while end < held.count, held[end] != 0x0a {
            if end - at - start.count > Self.longestStatus { return .none }
            end += 1
        }
        if end == held.count { return .incomplete }
        let text = String(decoding: held[(at + start.count)..<end], as: UTF8.self)
        return Int32(text).map { .found($0, end + 1) } ?? .none
    }
}
