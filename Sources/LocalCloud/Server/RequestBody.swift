import AWSModel
import AWSSigning
import NIOCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A request's body as it comes in: in memory while it is small, then in a file.
///
/// Used on the connection's event loop, and after `finish` by the one task that answers.
final class RequestBody: @unchecked Sendable {
    /// It is larger than the server takes.
    struct TooLarge: Error {}

    private let memoryLimit: Int
    private let limit: Int64
    private let directory: String
    private var bytes: [UInt8] = []
    private var count: Int64 = 0
    private var file: Int32 = -1
    private var path: String?
    /// Why it could not be kept; what comes after that is counted and let go.
    private(set) var lack: String?
    private var digest = Digest(.sha256)
    /// Of a body that went to a file, in hexadecimal; known after `finish`.
    private(set) var sha256: String?

    init(memoryLimit: Int, limit: Int64, directory: String) {
        self.memoryLimit = memoryLimit
        self.limit = limit
        self.directory = directory
    }

    func append(_ buffer: ByteBuffer) throws {
        count += Int64(buffer.readableBytes)
        guard count <= limit else { throw TooLarge() }
        guard lack == nil else { return }
        if path == nil, count > memoryLimit { spool() }
        if path == nil {
            bytes.append(contentsOf: buffer.readableBytesView)
        } else {
            buffer.withUnsafeReadableBytes { write($0) }
        }
    }

    /// The whole body; further bytes are not taken.
    func finish() -> AWSBody {
        guard let path else { return .bytes(bytes) }
        close(file)
        file = -1
        sha256 = Hex.encode(digest.finalize())
        return .file(path: path, offset: 0, length: count)
    }

    /// Removes the file; a service that kept it has moved it away.
    func discard() {
        if file >= 0 { close(file) }
        file = -1
        if let path { unlink(path) }
    }

    private func spool() {
        let name = "\(directory)/\(Identifier.hex(24))"
        file = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return fail() }
        path = name
        bytes.withUnsafeBytes { write($0) }
        bytes = []
    }

    private func fail() {
        lack = DiskLack.text()
        discard()
        bytes = []
    }

    private func write(_ data: UnsafeRawBufferPointer) {
        guard lack == nil else { return }
        digest.update(data)
        var rest = data
        while !rest.isEmpty {
            let written = Glibc.write(file, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                return fail()
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
