@preconcurrency import Dispatch

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Signals that end the server.
enum Signals {
    /// Returns when one of the signals has come; none of them ends the process any more.
    static func wait(for signals: [Int32]) async {
        let (arrivals, continuation) = AsyncStream<Void>.makeStream()
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in arrivals { break }
        for source in sources { source.cancel() }
    }
}
