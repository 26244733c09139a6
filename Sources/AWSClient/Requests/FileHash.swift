import AWSModel
import AWSSigning

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
