import CZlib

/// Unpacks gzip, as published models are stored and clients send large requests.
public enum Gzip {
    static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.count > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B }

    /// Also reads zlib's own format.
    ///
    /// - Parameter file: what the error calls the data.
    /// - Throws: ``ModelFailure`` when the data is damaged or unpacks to more than `limit` bytes.
    public static func decompress(
        _ bytes: [UInt8], file: String, limit: Int = 256 << 20
    ) throws(ModelFailure) -> [UInt8] {
        var stream = z_stream()
        // 32 added to the window size: gzip or zlib, whichever the header says.
        guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw ModelFailure("\(file): zlib could not be started")
        }
        defer { inflateEnd(&stream) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var input = bytes
        var status = Z_OK
        input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            repeat {
                let produced = chunk.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return target.count - Int(stream.avail_out)
                }
                result += chunk[..<produced]
            } while status == Z_OK && result.count <= limit
        }
        guard result.count <= limit else { throw ModelFailure("\(file): unpacks to more than \(limit >> 20) MB") }
        guard status == Z_STREAM_END else { throw ModelFailure("\(file): damaged gzip data") }
        return result
    }
}
