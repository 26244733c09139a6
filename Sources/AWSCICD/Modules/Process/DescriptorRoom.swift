#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Whether this process may open as many files as starting a program takes: its pipes, both ends of each, the program's
/// own descriptor and what it is waited for with.
///
/// Asked before each start, since Subprocess ends the process when it runs out half way: the end of a pipe that it has opened
/// by then is nobody's to close (`FileDescriptor was not closed`).
enum DescriptorRoom {
    static let wanted = 16

    /// - Throws: ``FileError`` in the words of a start that failed.
    static func check(toRun name: String) throws(FileError) {
        var opened: [Int32] = [-1, -1]
        opened.reserveCapacity(wanted)
        defer { for descriptor in opened where descriptor >= 0 { close(descriptor) } }
        guard pipe(&opened) == 0 else { throw FileError("run", path: name, errno: errno) }
        while opened.count < wanted {
            let descriptor = fcntl(opened[0], F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else { throw FileError("run", path: name, errno: errno) }
            opened.append(descriptor)
        }
    }
}
