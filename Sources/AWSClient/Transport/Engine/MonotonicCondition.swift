#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A lock, and a signal that a thread waits for by the monotonic clock: a clock that is set does not lengthen a wait.
package final class MonotonicCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
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

    package func lock() { pthread_mutex_lock(mutex) }
    package func unlock() { pthread_mutex_unlock(mutex) }
    package func signal() { pthread_cond_signal(condition) }

    /// Lets the lock go and waits for a signal, for at most so many nanoseconds; to be called with the lock held. It may
    /// return for no reason.
    /// - Returns: false when the time is over.
    @discardableResult package func wait(nanoseconds: Int64?) -> Bool {
        guard let nanoseconds else { return pthread_cond_wait(condition, mutex) == 0 }
        #if os(Linux)
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        let total = Int64(until.tv_nsec) + nanoseconds % 1_000_000_000
        until.tv_sec += Int(nanoseconds / 1_000_000_000 + total / 1_000_000_000)
        until.tv_nsec = Int(total % 1_000_000_000)
        return pthread_cond_timedwait(condition, mutex, &until) == 0
        #else
        var span = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return pthread_cond_timedwait_relative_np(condition, mutex, &span) == 0
        #endif
    }
}
