import AWSModel
import AWSSigning

/// S3's coding of a body, `aws-chunked`: chunks with their lengths, and the checksum behind them. So a file is read once,
/// while it is sent, and not before that to be hashed.
///
/// Over TLS the connection protects the chunks; without it each chunk is signed, in a chain that begins with the
/// request's own signature.
///
/// Source: "Signature calculations for the authorization header: transferring payload in multiple chunks" and "…
/// including trailing headers", Amazon S3 API Reference.
struct ChunkedBody: Sendable {
    static let chunkSize = 64 << 10
    static let coding = "aws-chunked"

    /// The checksum in the trailing header; nil when a header has one already.
    var algorithm: ChecksumAlgorithm?
    var isSigned: Bool
    /// The start of the chain of signatures; set when the request is signed.
    var signatures: ChunkSignatures?

    /// What stands in place of the payload's hash.
    var payload: PayloadHash {
        .streaming(
            (isSigned ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" : "STREAMING-UNSIGNED-PAYLOAD")
                + (algorithm == nil ? "" : "-TRAILER"))
    }

    /// The headers that tell of the coding.
    func describe(in headers: inout [(name: String, value: String)], contentLength: Int64) {
        // The coding is no part of what is stored; the caller's own ("gzip") is.
        let own = headers.first(named: "content-encoding")
        headers.replace("Content-Encoding", with: own.map { "\($0),\(Self.coding)" } ?? Self.coding)
        headers.replace("X-Amz-Decoded-Content-Length", with: String(contentLength))
        if let algorithm { headers.replace("X-Amz-Trailer", with: algorithm.headerName) }
    }

    /// Bytes on the wire for so many bytes of content.
    func encodedLength(of length: Int64) -> Int64 {
        let size = Int64(Self.chunkSize)
        let rest = length % size
        var total = length / size * encodedLength(ofChunk: size) + encodedLength(ofChunk: 0) + 2
        if rest > 0 { total += encodedLength(ofChunk: rest) }
        if let algorithm {
            total += Int64(algorithm.headerName.utf8.count) + 1 + Int64((algorithm.length + 2) / 3 * 4) + 2
            if isSigned { total += Int64(Self.trailerSignature.utf8.count) + Self.signatureLength + 2 }
        }
        return total
    }

    /// With its line; that of the last chunk, which is empty, has no line break of its own behind it.
    private func encodedLength(ofChunk length: Int64) -> Int64 {
        Int64(String(length, radix: 16).utf8.count)
            + (isSigned ? Int64(Self.chunkSignature.utf8.count) + Self.signatureLength : 0) + 2
            + (length > 0 ? length + 2 : 0)
    }

    private static let signatureLength: Int64 = 64
    static let chunkSignature = ";chunk-signature="
    static let trailerSignature = "x-amz-trailer-signature:"
}
