import CLuaShim

extension LuaVM {
    /// Writes what standard output has buffered, unless that would wait for another thread or for a reader.
    public static func flushOutputUnlessInUse() { clua_flush_unless_in_use() }

    /// Writes what standard output has buffered. The system's number of an error when not all that was ever written there
    /// has arrived.
    public static func finishOutput() -> Int32? {
        let number = clua_output_error()
        return number == 0 ? nil : number
    }

    /// From now on `print` raises an error when what reads standard output has gone: for a program whose output is all that it
    /// is run for, in all its VMs. SIGPIPE ends others, but not once a request was sent or a program run: it is ignored then.
    public static func endWithoutReader() { clua_need_reader(true) }

    func installOutputCover() {
        guard outputCover != nil else {
            block.pointee.cover = nil
            return
        }
        block.pointee.cover = { host, text, length in
            guard let host else { return 0 }
            let vm = Unmanaged<LuaVM>.fromOpaque(host).takeUnretainedValue()
            let bytes = text.map { UnsafeRawBufferPointer(start: $0, count: length) }
            guard let shown = vm.outputCover?(bytes) else { return 0 }
            guard bytes != nil else { return 1 }
            guard let buffer = clua_text(vm.block, shown.count) else { return CLUA_RAISE_MEMORY }
            shown.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(start: buffer, count: shown.count).copyMemory(from: $0)
            }
            return 1
        }
    }
}
