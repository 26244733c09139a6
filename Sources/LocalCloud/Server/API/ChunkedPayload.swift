import AWSModel
import AWSSigning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Undoes S3's aws-chunked coding: each chunk's signature is checked where it has one, and the trailing headers are read.
///
/// Source: "Signature calculations for the authorization header: transferring payload in multiple chunks", S3 API Reference.
struct ChunkedPayload {
    struct Decoded {
        var body: AWSBody
        var trailers: [(name: String, value: String)]
    }

    /// Chunks are held whole to be verified.
    private static let largestChunk = 64 << 20

    private var input: Input
    private var signatures: ChunkSignatures?
    private let isSigned: Bool

    /// - Parameters:
    ///   - signatures: the start of the chain, for a payload that is signed chunk by chunk.
    init(_ body: AWSBody, signatures: ChunkSignatures?) throws(ServiceError) {
        input = try Input(body)
        self.signatures = signatures
        isSigned = signatures != nil
    }

    /// - Parameters:
    ///   - length: what x-amz-decoded-content-length says.
    ///   - output: where a payload past 1 MiB goes; the caller removes it.
    mutating func decode(length: Int64?, output: String) throws(ServiceError) -> Decoded {
        let sink = Sink(path: output)
        while true {
            let head = try line()
            let parts = head.split(separator: ";", maxSplits: 1)
            guard let size = parts.first.flatMap({ Int($0, radix: 16) }), (0...Self.largestChunk).contains(size) else {
                throw Self.malformed
            }
            let chunk = try input.take(size)
            if isSigned {
                let signature = parts.count > 1 ? parts[1].drop { $0 != "=" }.dropFirst() : ""
                guard signatures?.verify(chunk, signature: String(signature)) == true else { throw Self.mismatch }
            }
            if size == 0 { break }
            try sink.append(chunk)
            guard try line().isEmpty else { throw Self.malformed }
        }
        let trailers = try readTrailers()
        guard length == nil || sink.count == length else {
            throw ServiceError(
                "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header",
                status: 400)
        }
        return Decoded(body: sink.finish(), trailers: trailers)
    }

    private mutating func readTrailers() throws(ServiceError) -> [(name: String, value: String)] {
        var trailers: [(name: String, value: String)] = []
        var canonical: [UInt8] = []
        var signature: String?
        while !input.isAtEnd {
            let text = try line()
            guard let colon = text.firstIndex(of: ":") else { continue }
            let name = text[..<colon].lowercased()
            let value = String(text[text.index(after: colon)...].drop { $0 == " " })
            if name == "x-amz-trailer-signature" {
                signature = value
            } else {
                trailers.append((name, value))
                canonical += Array("\(name):\(value)\n".utf8)
            }
        }
        if isSigned, !trailers.isEmpty {
            let expected = signatures?.trailer(canonical)
            guard let signature, let expected, constantTimeEquals(Array(signature.utf8), Array(expected.utf8)) else {
                throw Self.mismatch
            }
        }
        return trailers
    }

    private mutating func line() throws(ServiceError) -> String {
        guard let line = try input.line() else { throw Self.malformed }
        return line
    }

    private static let malformed = ServiceError(
        "InvalidRequest", "The aws-chunked body is not well-formed.", status: 400)
    private static let mismatch = ServiceError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        status: 403)
}

extension ChunkedPayload {
    /// Reads a body from memory or a file.
    fileprivate struct Input {
        private var bytes: [UInt8] = []
        private var at = 0
        private var file: FileReader?

        init(_ body: AWSBody) throws(ServiceError) {
            switch body {
            case .bytes(let content): bytes = content
            case .file(let path, _, _): file = FileReader(path)
            }
        }

        var isAtEnd: Bool {
            mutating get {
                if at < bytes.count { return false }
                fill()
                return at >= bytes.count
            }
        }

        mutating func take(_ count: Int) throws(ServiceError) -> [UInt8] {
            var taken: [UInt8] = []
            taken.reserveCapacity(count)
            while taken.count < count {
                if isAtEnd { throw ChunkedPayload.malformed }
                let end = min(bytes.count, at + count - taken.count)
                taken += bytes[at..<end]
                at = end
            }
            return taken
        }

        /// Up to CR LF, without it; nil when a line is too long.
        mutating func line() throws(ServiceError) -> String? {
            var line: [UInt8] = []
            while !isAtEnd {
                let byte = bytes[at]
                at += 1
                if byte == 0x0a { break }
                line.append(byte)
                if line.count > 8192 { return nil }
            }
            if line.last == 0x0d { line.removeLast() }
            return String(decoding: line, as: UTF8.self)
        }

        private mutating func fill() {
            guard let file else { return }
            bytes = file.next()
            at = 0
        }
    }

    private final class FileReader {
        private let descriptor: Int32
        init(_ path: String) { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
        deinit { if descriptor >= 0 { close(descriptor) } }

        func next() -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                count = max(0, read(descriptor, buffer.baseAddress, 1 << 20))
            }
        }
    }

    private final class Sink {
        private let path: String
        private var bytes: [UInt8] = []
        private var descriptor: Int32 = -1
        private(set) var count: Int64 = 0

        init(path: String) { self.path = path }
        deinit { if descriptor >= 0 { close(descriptor) } }

        func append(_ chunk: [UInt8]) throws(ServiceError) {
            count += Int64(chunk.count)
            bytes += chunk
            if descriptor >= 0 || count > 1 << 20 { try flush() }
        }

        private func flush() throws(ServiceError) {
            if descriptor < 0 { descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600) }
            var written = 0
            while written < bytes.count {
                let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else {
                    throw ServiceError("InternalError", "The payload could not be kept: is the disk full?", status: 500)
                }
                written += count
            }
            bytes = []
        }

        func finish() -> AWSBody {
            descriptor < 0 ? .bytes(bytes) : .file(path: path, offset: 0, length: count)
        }
    }
}
