import CLuaShim

// What C asks the scheduler for, apart from the ends of waits.
extension LuaVM {
    func installSchedulerCalls() {
        block.pointee.watch = { host, L in
            guard let host, let L else { return 0 }
            let vm = Unmanaged<LuaVM>.fromOpaque(host).takeUnretainedValue()
            do {
                try vm.scheduler?.watch()
                return 0
            } catch {
                return raise(error, L)
            }
        }
        block.pointee.module_wait = { host, L, name in
            guard let host, let L, let name else { return CLUA_RAISE_MEMORY }
            let vm = Unmanaged<LuaVM>.fromOpaque(host).takeUnretainedValue()
            do {
                guard let scheduler = vm.scheduler else { throw LuaMessage("nothing here can wait") }
                try scheduler.waitForModule(String(cString: name))
                return CLUA_WAIT
            } catch {
                return raise(error, L)
            }
        }
        block.pointee.module_done = { host, name in
            guard let host, let name else { return }
            let vm = Unmanaged<LuaVM>.fromOpaque(host).takeUnretainedValue()
            vm.scheduler?.moduleEnded(String(cString: name))
        }
    }

    /// Whether the running task is looked at (``LuaScheduler/watch()``) every so many instructions.
    public var isWatched: Bool {
        get { block.pointee.watched }
        set { clua_watch(block, newValue, 0) }
    }

    /// Whether the running task is to end whatever it catches: no `pcall` keeps an error any more.
    public var endsTask: Bool {
        get { block.pointee.final }
        set { block.pointee.final = newValue }
    }

    /// The list that `require` asks for the loader of a module, one function after the other. A sandbox's is empty.
    public var searchers: LuaTable {
        get throws(LuaError) {
            try check(clua_push_searchers(L))
            return LuaTable(try popReference(), self)
        }
    }

    /// What makes a proxy of a table: it reads the table and cannot be changed, by `rawset` neither where the VM is a sandbox.
    public var lock: LuaFunction {
        get throws(LuaError) {
            try check(clua_push_lock(L))
            return LuaFunction(try popReference(), self)
        }
    }
}
