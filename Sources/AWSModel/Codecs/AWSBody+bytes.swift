#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension AWSBody {
    /// The bytes, read from the file where they are in one.
    ///
    /// - Throws: ``DecodingFailure`` when the file cannot be read or is shorter than it was said to be.
    public func bytes() throws(DecodingFailure) -> [UInt8] {
        switch self {
        case .bytes(let bytes): return bytes
        case .file(let path, let offset, let length):
            guard let file = fopen(path, "rb") else {
                throw DecodingFailure("body", "cannot open \(path): \(String(cString: strerror(errno)))")
            }
            defer { fclose(file) }
            guard length >= 0, fseeko(file, off_t(offset), SEEK_SET) == 0 else {
                throw DecodingFailure("body", "cannot read \(path) from byte \(offset)")
            }
            let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
                count = fread(buffer.baseAddress, 1, Int(length), file)
            }
            guard bytes.count == Int(length) else {
                throw DecodingFailure("body", "\(path) holds \(bytes.count) of \(length) bytes")
            }
            return bytes
        }
    }
}
