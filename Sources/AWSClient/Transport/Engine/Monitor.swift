#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// State that a lock guards, and a signal that one thread waits for.
///
/// Unchecked: the state is only reached with the lock held.
final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: consuming State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        #if os(Linux)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        #else
        pthread_cond_init(condition, nil)
        #endif
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(condition)
        mutex.deallocate()
        condition.deallocate()
    }

    @inline(__always)
    func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    func signal() { pthread_cond_signal(condition) }

    /// Lets the lock go and waits for a signal, for at most `milliseconds`; to be called with the lock held. It may return
    /// for no reason.
    /// - Returns: false when the time is over.
    @discardableResult func wait(milliseconds: Int?) -> Bool {
        guard let milliseconds else { return pthread_cond_wait(condition, mutex) == 0 }
        #if os(Linux)
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let nanoseconds = until.tv_nsec + milliseconds % 1000 * 1_000_000
        until.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        until.tv_nsec = nanoseconds % 1_000_000_000
        return pthread_cond_timedwait(condition, mutex, &until) == 0
        #else
        var span = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        return pthread_cond_timedwait_relative_np(condition, mutex, &span) == 0
        #endif
    }
}
