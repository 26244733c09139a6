#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A file operation that the system refused: what was tried, on which path, and why.
struct FileError: Error, Sendable, CustomStringConvertible {
    /// "cannot VERB PATH: REASON".
    let description: String
    /// The system's name of the error ("ENOENT"), for scripts that handle one.
    let code: String
    let path: String

    init(_ verb: String, path: String, reason: String, code: String) {
        description = path.isEmpty ? "cannot \(verb) a path: \(reason)" : "cannot \(verb) \(path): \(reason)"
        self.code = code
        self.path = path
    }

    init(_ verb: String, _ path: FSPath, errno number: Int32) {
        self.init(verb, path: path.description, reason: String(cString: strerror(number)), code: Self.name(number))
    }

    init(_ verb: String, _ source: FSPath, to target: FSPath, errno number: Int32) {
        self.init(
            verb, path: "\(source) to \(target)", reason: String(cString: strerror(number)), code: Self.name(number))
    }

    init(_ verb: String, path: String, errno number: Int32) {
        self.init(verb, path: path, reason: String(cString: strerror(number)), code: Self.name(number))
    }

    private static func name(_ number: Int32) -> String {
        switch number {
        case ENOENT: "ENOENT"
        case EACCES: "EACCES"
        case EPERM: "EPERM"
        case EEXIST: "EEXIST"
        case ENOTDIR: "ENOTDIR"
        case EISDIR: "EISDIR"
        case ENOTEMPTY: "ENOTEMPTY"
        case ENOSPC: "ENOSPC"
        case EROFS: "EROFS"
        case ELOOP: "ELOOP"
        case ENAMETOOLONG: "ENAMETOOLONG"
        case EMFILE: "EMFILE"
        case EBUSY: "EBUSY"
        case EXDEV: "EXDEV"
        case EINVAL: "EINVAL"
        case EIO: "EIO"
        default: "E\(number)"
        }
    }
}
