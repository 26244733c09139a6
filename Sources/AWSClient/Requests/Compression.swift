import AWSModel
import CZlib

/// The trait `requestCompression`: gzip for large bodies of operations such as CloudWatch's PutMetricData.
enum Compression {
    static func apply(_ operation: Operation, _ settings: Settings, _ request: BuiltRequest) throws {
        guard operation.requestCompression.contains("gzip"), !settings.disablesCompression,
            case .bytes(let bytes) = request.body, bytes.count >= settings.compressionThreshold,
            let packed = gzip(bytes)
        else { return }
        request.body = .bytes(packed)
        let earlier = request.headers.first(named: "content-encoding")
        request.headers.replace("Content-Encoding", with: earlier.map { "\($0), gzip" } ?? "gzip")
    }

    /// nil when zlib fails, which leaves the body as it is.
    static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, plus 16 for gzip's frame instead of zlib's.
        let version = ZLIB_VERSION
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var isComplete = false
        let packed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib's type asks for a mutable pointer but reads only.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(bound)
                isComplete = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = bound - Int(stream.avail_out)
            }
        }
        return isComplete ? packed : nil
    }
}
