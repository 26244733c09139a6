#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Why something could not be written to the host's disk, for people: a full disk is named as one.
enum DiskLack {
    static func text(_ code: Int32 = errno) -> String {
        switch code {
        // A limit on files or a quota is a full disk to whoever asked.
        case ENOSPC, EDQUOT, EFBIG: "there is no space left on the local cloud's disk (\(errorText(code)))"
        default: errorText(code)
        }
    }
}
