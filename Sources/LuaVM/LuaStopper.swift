import CLuaShim

/// Ends what a VM runs, from any thread. It must not outlive the VM.
public struct LuaStopper: @unchecked Sendable {
    /// Why; a later one is the more urgent and replaces an earlier one.
    public enum Reason: Int32, Sendable {
        case exit = 1
        case timeLimit, processorTime, interrupt
        /// Clean-ups are not let go on either.
        case kill
    }

    private let block: UnsafeMutablePointer<clua_vm>

    fileprivate init(_ block: UnsafeMutablePointer<clua_vm>) { self.block = block }

    /// What runs raises an error, which no `pcall` of a script catches, at its next instruction.
    /// - Parameters:
    ///   - grace: seconds for which clean-ups may go on computing.
    ///   - thread: the thread that runs the VM, 0 when it is the calling one.
    public func stop(_ reason: Reason, grace: Double, thread: UInt64) {
        clua_stop(block, reason.rawValue, Int64(min(grace, 1e9) * 1e9), thread)
    }

    /// Has the scheduler look at the task that runs, at its next instruction.
    public func watch(thread: UInt64) { clua_watch(block, true, thread) }

    /// Why the VM is being ended, if it is.
    public var reason: Reason? { Reason(rawValue: clua_stop_reason(block)) }

    /// Whether clean-ups may go on, while the VM is being ended.
    public var allowsCleanUps: Bool { clua_grace(block) }

    /// Changes whenever Lua code comes to a next instruction while the VM is being ended; 0 while no task runs.
    public var signsOfLife: UInt64 { clua_signs(block) }

    /// Asks the VM's thread where it is, even in the middle of a C function, for ``place()``. Not safe at every moment of
    /// Lua's: for a script that cannot go on.
    public func askPlace(thread: UInt64) { clua_ask_place(block, thread) }

    /// Where the VM was when it was asked, as a traceback; nil when it has not answered (yet).
    public func place() -> String? {
        guard !clua_place_asked(block) else { return nil }
        let place = withUnsafeBytes(of: block.pointee.memory_place) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return place.isEmpty ? nil : "stack traceback:" + place
    }

    /// Closes the Lua state for good: every function of the host is released, and with it what it holds, the VM perhaps.
    /// To be called when nothing uses the VM any more.
    public func close() { clua_close(block) }

    /// Lets the VM run again.
    public func clear() { clua_stop_clear(block) }

    /// Seconds of processor time that a thread has used.
    public static func processorTime(of thread: UInt64) -> Double { Double(clua_thread_cpu(thread)) / 1e9 }

    public static var currentThread: UInt64 { clua_this_thread() }
}

extension LuaVM {
    public var stopper: LuaStopper { LuaStopper(block) }
}
