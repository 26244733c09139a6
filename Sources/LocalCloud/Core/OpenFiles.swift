import CFileShim

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How many files this process may have open: connections, sandboxes and programs each take some.
public enum OpenFiles {
    /// What a cloud cannot do with less than.
    private static let least = 256
    /// What is enough; programs that close every descriptor they might have take long for millions.
    private static let enough: rlim_t = 16384

    /// Raises the process's limit to what it may have, as far as it is of use; many systems begin with 1024.
    ///
    /// - Returns: The limit.
    /// - Throws: ``StartError`` when it is too low.
    static func raiseLimit() throws(StartError) -> Int {
        let count = raise()
        guard count >= least else {
            throw StartError(
                "this process may have \(count) files open (ulimit -n), and needs at least \(least)")
        }
        return count
    }

    /// The same, for a program that can do with few: many calls at once take a connection each.
    @discardableResult public static func raise() -> Int {
        var limit = rlimit()
        guard systemLimit(&limit) == 0 else { return least }
        let wanted = min(limit.rlim_max, enough)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if setSystemLimit(&raised) == 0 { limit = raised }
        }
        return Int(min(limit.rlim_cur, rlim_t(Int32.max)))
    }

    /// Asked before each start of a program: see `cfileshim_room_for_program`.
    ///
    /// - Throws: ``DescriptorLack``.
    static func checkRoomForProgram() throws(DescriptorLack) {
        let number = cfileshim_room_for_program()
        guard number == 0 else { throw DescriptorLack(number: number) }
    }

    struct DescriptorLack: Error, Sendable, CustomStringConvertible {
        let number: Int32
        var description: String { "no program can be started: \(String(cString: strerror(number)))" }
    }

    #if canImport(Glibc)
    private static func systemLimit(_ limit: inout rlimit) -> Int32 {
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    private static func setSystemLimit(_ limit: inout rlimit) -> Int32 {
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    #else
    private static func systemLimit(_ limit: inout rlimit) -> Int32 { getrlimit(RLIMIT_NOFILE, &limit) }
    private static func setSystemLimit(_ limit: inout rlimit) -> Int32 { setrlimit(RLIMIT_NOFILE, &limit) }
    #endif
}
