import AWSModel
import AWSSigning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Checksums of bodies; those of files are computed on a thread that may block.
enum FileHash {
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

/// A thread for work that blocks (files, programs), so that Swift's own few threads go on.
enum BlockingThread {
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            start { continuation.resume(returning: Result(catching: work)) }
        }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let context = Unmanaged.passRetained(Work(body)).toOpaque()
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let failure = pthread_create(
            &thread, nil,
            { context in
                let pointer: UnsafeMutableRawPointer? = context
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, context)
        if failure == 0 {
            pthread_detach(thread)
        } else {  // no thread to be had: blocking here is better than never answering
            Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
        }
    }
}
