#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A thread for work that blocks (files, programs, a person at a terminal), so that Swift's own few threads go on.
package enum BlockingThread {
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async -> Result<
        Value, any Error
    > {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: Result(catching: work)) }
        }
    }

    /// For what does not fail.
    package static func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: work()) }
        }
    }

    /// Begins something that nobody waits for.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let context = Unmanaged.passRetained(Work(body)).toOpaque()
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let failure = pthread_create(
            &thread, nil,
            { context in
                let pointer: UnsafeMutableRawPointer? = context
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, context)
        if failure == 0 {
            pthread_detach(thread)
        } else {  // no thread to be had: blocking here is better than never answering
            Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
        }
    }
}
