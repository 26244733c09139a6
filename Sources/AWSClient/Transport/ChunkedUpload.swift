import AWSModel
import AWSSigning

/// What is sent as a request's body, read piece by piece.
protocol BodyUpload: AnyObject {
    /// The next bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int
    /// False when it cannot go there.
    func seek(to offset: Int64) -> Bool
}

extension FileUpload: BodyUpload {}

extension HTTPRequest {
    /// What sends a part of a file, and how many bytes that makes on the wire.
    func upload(
        _ path: String, offset: Int64, length: Int64
    ) throws(TransportError) -> (any BodyUpload, length: Int64) {
        let file = try FileUpload(path: path, offset: offset, length: length)
        guard let chunks else { return (file, length) }
        return (ChunkedUpload(file, chunks), chunks.encodedLength(of: length))
    }
}

/// A file in the coding of ``ChunkedBody``: checksummed and signed as it is sent.
final class ChunkedUpload: BodyUpload {
    private let file: FileUpload
    private let coding: ChunkedBody
    private var signatures: ChunkSignatures?
    private var checksum: ChecksumState?
    /// Coded bytes that are not sent yet.
    private var pending: [UInt8] = []
    private var sent = 0
    private var isLast = false

    init(_ file: FileUpload, _ coding: ChunkedBody) {
        self.file = file
        self.coding = coding
        signatures = coding.signatures
        checksum = coding.algorithm.map { ChecksumState($0) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int {
        if sent == pending.count {
            if isLast { return 0 }
            try encodeChunk()
        }
        let count = min(buffer.count, pending.count - sent)
        pending[sent..<(sent + count)].withUnsafeBytes { buffer.copyMemory(from: $0) }
        sent += count
        return count
    }

    func seek(to offset: Int64) -> Bool {
        guard offset == 0, file.seek(to: 0) else { return false }
        signatures = coding.signatures
        checksum = coding.algorithm.map { ChecksumState($0) }
        pending = []
        sent = 0
        isLast = false
        return true
    }

    private func encodeChunk() throws(TransportError) {
        let chunk = try nextChunk()
        isLast = chunk.isEmpty
        pending.removeAll(keepingCapacity: true)
        sent = 0
        pending += String(chunk.count, radix: 16).utf8
        if let signature = signatures?.next(chunk) { pending += "\(ChunkedBody.chunkSignature)\(signature)".utf8 }
        pending += "\r\n".utf8
        if isLast {
            appendTrailer()
        } else {
            chunk.withUnsafeBytes { checksum?.update($0) }
            pending += chunk
        }
        pending += "\r\n".utf8
    }

    /// Full but for the last one, whatever the file gives at a time: the length was announced.
    private func nextChunk() throws(TransportError) -> [UInt8] {
        var problem: TransportError?
        let chunk = [UInt8](unsafeUninitializedCapacity: ChunkedBody.chunkSize) { buffer, count in
            do throws(TransportError) {
                while count < buffer.count {
                    let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
                    let more = try file.read(into: UnsafeMutableRawBufferPointer(rest))
                    if more == 0 { return }
                    count += more
                }
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
        return chunk
    }

    private func appendTrailer() {
        guard let algorithm = coding.algorithm, let digest = checksum.take()?.finalize() else { return }
        let value = Base64.encode(digest)
        pending += "\(algorithm.headerName):\(value)\r\n".utf8
        guard let signature = signatures?.trailer(Array("\(algorithm.headerName):\(value)\n".utf8)) else { return }
        pending += "\(ChunkedBody.trailerSignature)\(signature)\r\n".utf8
    }
}
