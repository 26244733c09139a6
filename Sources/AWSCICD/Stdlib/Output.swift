import LuaVM

#if canImport(Glibc)
@preconcurrency import Glibc
#elseif canImport(Darwin)
@preconcurrency import Darwin
#endif

/// What scripts print.
enum Output {
    /// `print`, with the values of secrets covered. It shares C's buffer with `io.write`, so that the order stays.
    static func printFunction(_ vm: LuaVM, _ mask: SecretMask) throws -> LuaFunction {
        try vm.rawFunction { arguments, _ in
            var line: [UInt8] = []
            var isFirst = true
            while arguments.remaining > 0 {
                if !isFirst { line.append(UInt8(ascii: "\t")) }
                isFirst = false
                line += try arguments.next(LuaText.self).bytes
            }
            line.append(UInt8(ascii: "\n"))
            if !mask.isEmpty { line = mask.mask(line) }
            fwrite(line, 1, line.count, stdout)
            // As Lua's own: what is printed is seen at once, also when it goes to a pipe.
            fflush(stdout)
        }
    }
}
