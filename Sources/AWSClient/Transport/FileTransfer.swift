import AWSModel
import AWSSigning
import CCurlShim

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Part of a file that is read as it is sent.
final class FileUpload {
    private let path: String
    private let descriptor: Int32
    private let start: Int64
    private let length: Int64
    private var position: Int64 = 0

    init(path: String, offset: Int64, length: Int64) throws(TransportError) {
        self.path = path
        start = offset
        self.length = length
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            throw TransportError(.invalidRequest, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int {
        let wanted = min(Int64(buffer.count), length - position)
        if wanted <= 0 { return 0 }
        var count: Int
        repeat {
            count = pread(descriptor, buffer.baseAddress, Int(wanted), off_t(start + position))
        } while count < 0 && errno == EINTR
        if count < 0 {
            throw TransportError(.invalidRequest, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        if count == 0 {
            throw TransportError(
                .invalidRequest, "\(path) became shorter while it was sent: \(length) bytes were promised")
        }
        position += Int64(count)
        return count
    }

    func seek(to offset: Int64) -> Bool {
        guard (0...length).contains(offset) else { return false }
        position = offset
        return true
    }
}

/// A file that is written beside its place and put there when it is complete.
///
/// What is there already stays what it is: a link leads to the new file, which has the old one's mode and owner, and a device
/// such as `/dev/null` is written to.
final class FileDownload {
    private let path: String
    /// Where the file belongs, links followed.
    private let place: String
    /// nil for a device.
    private let temporaryPath: String?
    /// Nothing has that name yet.
    private var isUnnamed = false
    private let descriptor: Int32
    private var length: Int64 = 0
    private var isDone = false
    private let announced: AnnouncedChecksum?
    private var checksum: ChecksumState?

    /// - Parameter announced: what the bytes must add up to; otherwise what was at the place before stays.
    init(path: String, announced: AnnouncedChecksum? = nil) throws(TransportError) {
        self.path = path
        self.announced = announced
        checksum = announced.map { ChecksumState($0.algorithm) }
        var old = stat()
        let exists = stat(path, &old) == 0
        switch exists ? old.st_mode & S_IFMT : S_IFREG {
        case S_IFREG: break
        case S_IFCHR:
            place = path
            temporaryPath = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
            if descriptor < 0 { throw Self.failure(path) }
            return
        case S_IFDIR: throw TransportError(.fileWrite, "cannot write \(path): it is a folder")
        default: throw TransportError(.fileWrite, "cannot write \(path): it is a pipe, a socket or a disk, and no file")
        }
        place = exists ? Self.resolved(path) : path
        let temporaryPath = "\(place).\(Hex.encode(SecureRandom.bytes(4))).part"
        self.temporaryPath = temporaryPath
        // Nobody else may read what will not be theirs to read.
        let mode: mode_t = exists ? 0o600 : 0o666
        let unnamed = awscicd_open_unnamed(Self.folder(of: place), UInt32(mode))
        isUnnamed = unnamed >= 0
        descriptor =
            isUnnamed ? unnamed : open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        if descriptor < 0 { throw Self.failure(path) }
        if exists {
            // Another's file stays theirs where that can be had. The owner first: to change it takes bits from the mode.
            if old.st_uid != geteuid() || old.st_gid != getegid() { _ = fchown(descriptor, old.st_uid, old.st_gid) }
            fchmod(descriptor, old.st_mode & 0o7777)
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return String(path[...slash])
    }

    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    deinit { discard() }

    private static func failure(_ path: String) -> TransportError {
        TransportError(.fileWrite, "cannot write \(path): \(String(cString: strerror(errno)))")
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) {
        checksum?.update(bytes)
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Glibc)
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #else
            let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path)
            }
            length += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func complete() throws(TransportError) -> AWSBody {
        if let announced, let state = checksum.take(), let problem = announced.mismatch(state.finalize()) {
            discard()
            throw TransportError(.checksumMismatch, problem)
        }
        isDone = true
        guard settle() else { throw Self.failure(path) }
        return .file(path: path, offset: 0, length: length)
    }

    /// Gives the file its place; false with the reason in errno, and nothing left of it.
    private func settle() -> Bool {
        guard let temporaryPath else { return close(descriptor) == 0 }
        if isUnnamed, awscicd_name(descriptor, temporaryPath) != 0 {
            let reason = errno
            close(descriptor)
            errno = reason
            return false
        }
        if close(descriptor) == 0, rename(temporaryPath, place) == 0 { return true }
        let reason = errno
        unlink(temporaryPath)
        errno = reason
        return false
    }

    func discard() {
        if isDone { return }
        isDone = true
        if descriptor >= 0 {
            close(descriptor)
            if let temporaryPath, !isUnnamed { unlink(temporaryPath) }
        }
    }
}
