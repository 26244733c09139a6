import AWSModel
import AWSSigning

extension AWSBody {
    fileprivate func part(_ from: Int64, _ count: Int64) -> AWSBody {
        switch self {
        case .bytes(let bytes): .bytes(Array(bytes[Int(from)..<Int(from + count)]))
        case .file(let path, let offset, _): .file(path: path, offset: offset + from, length: count)
        }
    }
}

/// Checksums of bodies; those of files are computed on a thread that may block.
enum FileHash {
    @inline(never)
    static func digest(_ body: AWSBody, _ algorithm: ChecksumAlgorithm) async throws -> [UInt8] {
        switch body {
        case .bytes(let bytes):
            var state = ChecksumState(algorithm)
            bytes.withUnsafeBytes { state.update($0) }
            return state.finalize()
        case .file(let path, let offset, let length):
            return try await BlockingThread.run { try digest(path: path, offset: offset, length: length, algorithm) }
                .get()
        }
    }

    /// Glacier's: each mebibyte's SHA-256, and from two hashes side by side that of both, until one is left.
    ///
    /// Source: "Computing Checksums", Amazon S3 Glacier Developer Guide.
    @inline(never)
    static func treeHash(_ body: AWSBody) async throws -> [UInt8] {
        let mebibyte: Int64 = 1 << 20
        var level: [[UInt8]] = []
        var at: Int64 = 0
        repeat {
            let count = min(mebibyte, body.count - at)
            level.append(try await digest(body.part(at, count), .sha256))
            at += count
        } while at < body.count
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { at in
                at + 1 < level.count ? Digest.hash(level[at] + level[at + 1], .sha256) : level[at]
            }
        }
        return level[0]
    }

    private static func digest(
        path: String, offset: Int64, length: Int64, _ algorithm: ChecksumAlgorithm
    ) throws -> [UInt8] {
        let upload = try FileUpload(path: path, offset: offset, length: length)
        var state = ChecksumState(algorithm)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try upload.read(into: buffer)
            if count == 0 { return state.finalize() }
            state.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
