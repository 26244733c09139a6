import CCurlShim
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The one thread that owns libcurl's multi handle, and the mailbox through which all others speak to it.
///
/// A connection cache must not be shared between threads, so everything that touches a handle happens here:
///  1. take the commands from the mailbox and carry them out (start, cancel, go on after a pause);
///  2. let libcurl read and write what it can;
///  3. hand finished transfers to whoever waits;
///  4. sleep in `curl_multi_poll` until a socket, a time-out or `curl_multi_wakeup` calls.
final class TransferEngine: Sendable {
    enum Command: Sendable {
        case start(Transfer)
        case cancel(Transfer)
        case unpause(Transfer)
        case stop
    }

    private struct Mailbox {
        var commands: [Command] = []
        var hasStarted = false
        var isClosed = false
    }

    private let mailbox = Mutex(Mailbox())
    private let multi: MultiHandle

    init() {
        _ = Self.prepareProcess
        multi = MultiHandle()
    }

    /// Once per process. A peer that closes must not kill us; a host that set a handler of its own keeps it.
    private static let prepareProcess: Void = {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        var action = sigaction()
        sigaction(SIGPIPE, nil, &action)
        #if canImport(Glibc)
        let isDefault = action.__sigaction_handler.sa_handler == nil
        #else
        let isDefault = action.__sigaction_u.__sa_handler == nil
        #endif
        if isDefault { signal(SIGPIPE, SIG_IGN) }
    }()

    func send(_ command: Command) {
        let (wakes, starts) = mailbox.withLock { mailbox in
            if mailbox.isClosed { return (false, false) }
            let wakes = mailbox.commands.isEmpty
            let starts = !mailbox.hasStarted
            mailbox.hasStarted = true
            mailbox.commands.append(command)
            return (wakes, starts)
        }
        if starts { startThread() } else if wakes { curl_multi_wakeup(multi.pointer) }
    }

    private func startThread() {
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread, nil,
            { context in
                let pointer: UnsafeMutableRawPointer? = context
                if let pointer { Unmanaged<TransferEngine>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, context)
        precondition(failure == 0, "cannot start the HTTP thread: \(String(cString: strerror(failure)))")
        pthread_detach(thread)
    }

    private func run() {
        var active: [UnsafeMutableRawPointer: Transfer] = [:]
        var handles = HandlePool()
        var isStopping = false
        while true {
            let commands = mailbox.withLock { mailbox in
                defer { mailbox.commands.removeAll(keepingCapacity: true) }
                return mailbox.commands
            }
            for command in commands {
                switch command {
                case .start(let transfer):
                    guard let handle = handles.take() else {
                        transfer.finish(with: TransportError(.invalidRequest, "out of memory"))
                        continue
                    }
                    if transfer.prepare(handle), curl_multi_add_handle(multi.pointer, handle) == CURLM_OK {
                        active[handle] = transfer
                    } else {
                        transfer.finishUnstarted()
                        handles.give(back: handle)
                    }
                case .cancel(let transfer):
                    guard let handle = transfer.handle, active.removeValue(forKey: handle) != nil else { continue }
                    curl_multi_remove_handle(multi.pointer, handle)
                    transfer.finish(with: TransportError(.cancelled, "cancelled"))
                    handles.give(back: handle)
                case .unpause(let transfer):
                    guard let handle = transfer.handle, active[handle] != nil else { continue }
                    curl_easy_pause(handle, CURLPAUSE_CONT)
                case .stop:
                    isStopping = true
                }
            }
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi.pointer, &running)
            var result = CURLE_OK
            while let handle = awscicd_multi_next_finished(multi.pointer, &result) {
                let transfer = active.removeValue(forKey: handle)
                transfer?.collect(result)
                curl_multi_remove_handle(multi.pointer, handle)
                handles.give(back: handle)
                transfer?.deliver()
            }
            curl_multi_poll(multi.pointer, nil, 0, 60_000, nil)
        }
        let late = mailbox.withLock { mailbox in
            mailbox.isClosed = true
            return mailbox.commands
        }
        for case .start(let transfer) in late { transfer.finish(with: TransportError(.cancelled, "cancelled")) }
        for (handle, transfer) in active {
            curl_multi_remove_handle(multi.pointer, handle)
            transfer.finish(with: TransportError(.cancelled, "cancelled"))
            curl_easy_cleanup(handle)
        }
        handles.removeAll()
    }
}

/// The multi handle; only `curl_multi_wakeup` may be called from any thread, hence `@unchecked`.
private final class MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer?

    init() {
        pointer = curl_multi_init()
        awscicd_multi_set_long(pointer, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        awscicd_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, 64)
    }

    deinit { curl_multi_cleanup(pointer) }
}

/// Easy handles to use again: they keep buffers; connections belong to the multi handle.
private struct HandlePool {
    private var idle: [UnsafeMutableRawPointer] = []

    mutating func take() -> UnsafeMutableRawPointer? { idle.popLast() ?? curl_easy_init() }

    mutating func give(back handle: UnsafeMutableRawPointer) {
        if idle.count < 16 {
            curl_easy_reset(handle)
            idle.append(handle)
        } else {
            curl_easy_cleanup(handle)
        }
    }

    mutating func removeAll() {
        idle.forEach { curl_easy_cleanup($0) }
        idle.removeAll()
    }
}
