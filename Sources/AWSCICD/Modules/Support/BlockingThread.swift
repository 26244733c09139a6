#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs what blocks for long (a person at a terminal) away from the threads that everybody shares.
enum BlockingThread {
    static func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in
            let work = Work { continuation.resume(returning: body()) }
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
            let context = Unmanaged.passRetained(work).toOpaque()
            #if os(Linux)
            var thread = pthread_t()
            let status = pthread_create(
                &thread, &attributes,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                    return nil
                }, context)
            #else
            var thread: pthread_t?
            let status = pthread_create(
                &thread, &attributes,
                { context in
                    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context)
            #endif
            pthread_attr_destroy(&attributes)
            // No thread to be had: better to block here than never to answer.
            if status != 0 { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        }
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
