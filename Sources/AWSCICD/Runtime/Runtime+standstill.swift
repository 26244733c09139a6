import LuaVM

extension Runtime {
    // Looks at a script that is to end are counted rather than timed: a machine that stands still stops them too.
    private static let look: Duration = .milliseconds(500)
    private static let looks = 10

    /// Tells the host when a script that is to end sits in C code, so that it cannot.
    nonisolated func watchForStandstill() {
        guard let tell = configuration.onStandstill, stops.beginWatch() else { return }
        Task.detached { [weak self] in
            var still = 0
            var last: UInt64 = 0
            while still < Self.looks {
                try? await Task.sleep(for: Self.look)
                guard let self else { return }
                guard stopper.reason != nil else { return stops.endWatch() }
                let signs = stopper.signsOfLife
                still = signs != 0 && signs == last && !stopper.allowsCleanUps ? still + 1 : 0
                last = signs
            }
            if let self { tell(self, await standstill()) }
        }
    }

    private nonisolated func standstill() async -> LuaError {
        stopper.askPlace(thread: executor.threadNumber)
        for _ in 0..<Self.looks where stopper.place() == nil { try? await Task.sleep(for: .milliseconds(20)) }
        let reason = stopper.reason
        let cause =
            switch reason {
            case .timeLimit: "the time limit was reached"
            case .processorTime: "the processor time limit was reached"
            default: "interrupted"
            }
        let isLimit = reason == .timeLimit || reason == .processorTime
        return LuaError(
            "\(cause), but the script is inside one call of a C function, which cannot be interrupted",
            kind: isLimit ? .timeLimit : .interrupted, traceback: stopper.place() ?? "")
    }
}
