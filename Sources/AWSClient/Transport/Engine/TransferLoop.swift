import CCurlShim

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The multi handle and what is under way on it.
///
/// Unchecked: the thread that has the engine's lead uses it, and no other but for ``wake()``.
final class TransferLoop: @unchecked Sendable {
    /// nil before the first step: until a request is on its way, nobody waits for libcurl to be loaded.
    private var multi: UnsafeMutableRawPointer?
    @exclusivity(unchecked) private var active: [UnsafeMutableRawPointer: (handle: EasyHandle, transfer: Transfer)] =
        [:]
    @exclusivity(unchecked) private var handles = HandlePool()
    @exclusivity(unchecked) private var finished = 0

    private func open() {
        TransferEngine.load()
        multi = curl_multi_init()
        awscicd_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        awscicd_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
        awscicd_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, Self.mostConnections)
    }

    /// Transfers beyond it wait for a connection. Who has no descriptor left cannot do without: programs cannot be started,
    /// files cannot be opened, and libdispatch ends the process.
    private static var mostConnections: Int {
        let most = Int(getdtablesize())
        return max(4, most > 256 ? most - 128 : most / 3)
    }

    deinit {
        // Handles end before the multi handle whose connections they used.
        handles.removeAll()
        if multi != nil { curl_multi_cleanup(multi) }
    }

    /// Ends the sleep of the leader, which has taken a step before it; from any thread.
    func wake() { curl_multi_wakeup(multi) }

    /// Sleeps until a socket, a time-out of libcurl's or ``wake()`` calls.
    func poll(_ milliseconds: Int) { curl_multi_poll(multi, nil, 0, Int32(clamping: milliseconds), nil) }

    func carryOut(_ commands: [TransferEngine.Command]) {
        if multi == nil { open() }
        for command in commands {
            switch command {
            case .start(let transfer): start(transfer)
            case .cancel(let transfer):
                guard let pointer = transfer.handle, let (handle, _) = active.removeValue(forKey: pointer) else {
                    continue
                }
                curl_multi_remove_handle(multi, pointer)
                end(transfer)
                transfer.finish(with: TransportError(.cancelled, "cancelled"))
                handles.give(back: handle)
            case .unpause(let transfer):
                guard let pointer = transfer.handle, active[pointer] != nil else { continue }
                curl_easy_pause(pointer, CURLPAUSE_CONT)
            }
        }
    }

    private func start(_ transfer: Transfer) {
        guard let handle = handles.take(for: transfer.settings) else {
            end(transfer)
            return transfer.finish(with: TransportError(.invalidRequest, "out of memory"))
        }
        if transfer.prepare(handle), curl_multi_add_handle(multi, handle.pointer) == CURLM_OK {
            active[handle.pointer] = (handle, transfer)
        } else {
            end(transfer)
            transfer.finishUnstarted()
            handles.give(back: handle)
        }
    }

    /// Lets libcurl read and write what it can, and hands finished transfers to whoever waits.
    func perform() {
        if active.isEmpty { return }
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        if Int(running) == active.count { return }
        var result = CURLE_OK
        while let pointer = awscicd_multi_next_finished(multi, &result) {
            guard let (handle, transfer) = active.removeValue(forKey: pointer) else {
                curl_multi_remove_handle(multi, pointer)
                continue
            }
            transfer.collect(result, detail: result == CURLE_OK ? "" : handle.errorText)
            curl_multi_remove_handle(multi, pointer)
            handles.give(back: handle)
            end(transfer)
            transfer.deliver()
        }
    }

    private func end(_ transfer: Transfer) {
        finished += 1
        transfer.driver?.leave()
    }

    /// How many transfers have ended since the last question.
    func takeFinished() -> Int {
        defer { finished = 0 }
        return finished
    }

    /// Ends everything; `late` came after the last step.
    func close(_ late: [TransferEngine.Command]) {
        let closed = TransportError(.cancelled, "cancelled")
        for case .start(let transfer) in late {
            end(transfer)
            transfer.finish(with: closed)
        }
        for (pointer, (_, transfer)) in active {
            curl_multi_remove_handle(multi, pointer)
            end(transfer)
            transfer.finish(with: closed)
        }
        active.removeAll()
        handles.removeAll()
    }
}
