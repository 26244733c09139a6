import CLuaShim

/// One Lua 5.4 state.
///
/// A VM belongs to one serial executor: it is not `Sendable`, and neither are the handles that it gives out, except where
/// a type says so. Everything in Lua that can raise runs in C under a protected call, so that no Swift frame is ever
/// skipped by a `longjmp`; see `CLuaShim.h` for how that is made structural.
///
/// To embed scripts, use `Runtime` of AWSCICD, which owns a VM, a scheduler and a thread. This type is what its modules
/// work with: ``function(_:)`` and ``asyncFunction(_:)`` to make functions, ``LuaWriter`` to build tables fast,
/// ``LuaUserdata`` for objects with methods, ``LuaTable`` and ``LuaFunction`` to reach into Lua.
public final class LuaVM {
    /// Which of Lua's libraries a VM opens.
    public enum Libraries: Sendable {
        /// None: an empty global table.
        case none
        /// All of Lua's standard libraries, with coroutines and `require` that let scripts wait.
        case trusted
        /// The allow-listed functions for shared scripts; see `sandbox.c` for the list.
        case sandbox
    }

    @usableFromInline let block: UnsafeMutablePointer<clua_vm>
    let releases = ReleaseQueue()
    var metatables: [ObjectIdentifier: Int32] = [:]
    private var usedAfterMakingRoom = 0
    /// What runs the operations of asynchronous functions; set by the runtime. It takes itself away when it goes. (A weak
    /// reference would make every retain of it a slow one.)
    public unowned var scheduler: (any LuaScheduler)?

    /// What may be shown of the text that a script writes to standard output or standard error by `print`, `io.write`
    /// or `file:write`: nil for all of it. Asked with nil, it says whether there is anything to cover (by any result but nil).
    public var outputCover: ((UnsafeRawBufferPointer?) -> [UInt8]?)? {
        didSet { installOutputCover() }
    }

    /// - Parameters:
    ///   - memoryLimit: bytes that the Lua state may use; nil for no limit.
    ///   - failingAllocation: for tests: the allocation, counted from 0, that fails, and every one after it.
    /// - Throws: ``LuaError`` of kind `.memory` when the limit does not suffice for the libraries.
    public init(libraries: Libraries = .trusted, memoryLimit: Int? = nil, failingAllocation: Int? = nil)
        throws(LuaError)
    {
        guard let block = clua_new(nil, memoryLimit ?? 0, Int64(failingAllocation ?? -1)) else { throw .outOfMemory }
        self.block = block
        block.pointee.host = Unmanaged.passUnretained(self).toOpaque()
        block.pointee.retain = { object in
            guard let object else { return }
            _ = Unmanaged<AnyObject>.fromOpaque(object).retain()
        }
        block.pointee.release = { object in
            guard let object else { return }
            Unmanaged<AnyObject>.fromOpaque(object).release()
        }
        block.pointee.convert = { object, L in
            guard let object, let L else { return CLUA_RAISE_MEMORY }
            let box = Unmanaged<HostError>.fromOpaque(object).takeUnretainedValue()
            return setText(box.message, L) ? 0 : CLUA_RAISE_MEMORY
        }
        block.pointee.resumed = { host, L in
            guard let host, let L else { return CLUA_RAISE_MEMORY }
            return Unmanaged<LuaVM>.fromOpaque(host).takeUnretainedValue().finishWaiting(L)
        }
        installSchedulerCalls()
        switch libraries {
        case .none: break
        case .trusted: try check(clua_open_trusted(L))
        case .sandbox: try check(clua_open_sandbox(L))
        }
    }

    deinit {
        releases.close()
        clua_close(block)
        assert(block.pointee.memory_used == 0, "Lua kept \(block.pointee.memory_used) bytes")
        clua_free_vm(block)
    }

    /// The coroutine that runs now: where the host's own operations use the stack.
    @inlinable var L: OpaquePointer { block.pointee.running }

    /// The release of Lua in use, such as "Lua 5.4.4".
    public static var version: String { String(cString: clua_version()) }

    /// Bytes in use by the Lua state, and the most that ever were.
    public var memoryUsed: Int { block.pointee.memory_used }
    public var memoryPeak: Int { block.pointee.memory_peak }
    /// Bytes in use and bytes of small blocks that are kept to be used again: at most twice the limit and a megabyte.
    public var memoryHeld: Int { block.pointee.memory_used + block.pointee.pool.held - block.pointee.pool.used }
    /// Bytes that the Lua state may use; 0 for no limit.
    public var memoryLimit: Int {
        get { block.pointee.memory_limit }
        set { block.pointee.memory_limit = newValue }
    }

    /// Makes the n-th allocation from now on fail, and every one after it; nil to end that. For tests.
    public func failAllocation(after count: Int?) { block.pointee.fail_after = Int64(count ?? -1) }

    /// Collects all garbage.
    public func collectGarbage() {
        drainReleases()
        _ = clua_collect(L)
    }

    /// Collects garbage when half of the memory limit is used, and an eighth since the last time. Lua itself collects when
    /// the limit is reached, but runs no finalizers then: the host's objects, and what only they hold, would not be freed.
    ///
    /// To be called while no Lua code runs.
    public func makeRoom() {
        let (limit, used) = (memoryLimit, memoryUsed)
        usedAfterMakingRoom = min(usedAfterMakingRoom, used)
        guard limit > 0, used > limit / 2, used - usedAfterMakingRoom > limit / 8 else { return }
        // The first runs the finalizers, the second frees what they gave up.
        collectGarbage()
        collectGarbage()
        usedAfterMakingRoom = memoryUsed
    }

    /// The table of global variables.
    public var globals: LuaTable {
        get throws(LuaError) {
            try check(clua_push_globals(L))
            return LuaTable(try popReference(), self)
        }
    }

    /// The state itself, for C functions of this package that are registered with it.
    package func withState<R>(_ body: (OpaquePointer) -> R) -> R { body(L) }

    // MARK: - Stack work shared by the other files

    /// Turns a status of the shim into an error, taking the error value off the stack.
    @usableFromInline func check(_ status: Int32) throws(LuaError) {
        if status != CLUA_OK { throw takeError(status) }
    }

    /// Takes the value on top of the stack into the registry.
    func popReference() throws(LuaError) -> LuaReference {
        drainReleases()
        var id: Int32 = 0
        try check(clua_reference(L, &id))
        return LuaReference(id, releases)
    }

    func drainReleases() {
        releases.drain { clua_release(L, $0) }
    }
}

/// Puts text into the VM's text buffer, to be pushed or raised by C; false when memory does not suffice.
@usableFromInline func setText(_ text: String, _ L: OpaquePointer) -> Bool {
    var text = text
    return text.withUTF8 { setText(UnsafeRawBufferPointer($0), L) }
}

@inlinable func setText(_ bytes: UnsafeRawBufferPointer, _ L: OpaquePointer) -> Bool {
    guard let vm = clua_of(L), let buffer = clua_text(vm, bytes.count) else { return false }
    if let base = bytes.baseAddress {
        buffer.update(from: base.assumingMemoryBound(to: CChar.self), count: bytes.count)
    }
    vm.pointee.text_from = UnsafePointer(buffer)
    vm.pointee.text_pending = true
    return true
}
