import AWSModel
import AWSSigning

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
final class FileDownload {
    private let path: String
    private let temporaryPath: String
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
        temporaryPath = "\(path).\(Hex.encode(SecureRandom.bytes(4))).part"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw Self.failure(path) }
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
        guard close(descriptor) == 0, rename(temporaryPath, path) == 0 else {
            let failure = Self.failure(path)
            unlink(temporaryPath)
            isDone = true
            throw failure
        }
        isDone = true
        return .file(path: path, offset: 0, length: length)
    }

    func discard() {
        if isDone { return }
        isDone = true
        if descriptor >= 0 {
            close(descriptor)
            unlink(temporaryPath)
        }
    }
}
