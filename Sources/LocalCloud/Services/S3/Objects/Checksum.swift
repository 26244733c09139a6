import AWSModel
import AWSSigning

/// One of S3's flexible checksums, fed piece by piece.
struct Checksum {
    /// Names in the API: the member is "Checksum" and the name.
    static let names = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]

    private enum Kind {
        case crc32(CRC32)
        case crc64(CRC64NVME)
        case digest(DigestBox)
        case unknown
    }
    /// A digest cannot be copied, so it lives in a box.
    private final class DigestBox {
        private var digest: Digest
        init(_ algorithm: DigestAlgorithm) { digest = Digest(algorithm) }
        func update(_ bytes: UnsafeRawBufferPointer) { digest.update(bytes) }
        func finalize() -> [UInt8] { digest.finalize() }
    }

    let name: String
    private var kind: Kind

    init(_ name: String) {
        self.name = name
        kind =
            switch name {
            case "CRC32": .crc32(.iso)
            case "CRC32C": .crc32(.castagnoli)
            case "CRC64NVME": .crc64(CRC64NVME())
            case "SHA1": .digest(DigestBox(.sha1))
            case "SHA256": .digest(DigestBox(.sha256))
            default: .unknown
            }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch kind {
        case .crc32(var crc):
            crc.update(bytes)
            kind = .crc32(crc)
        case .crc64(var crc):
            crc.update(bytes)
            kind = .crc64(crc)
        case .digest(let box): box.update(bytes)
        case .unknown: break
        }
    }

    func finalize() -> [UInt8] {
        switch kind {
        case .crc32(let crc): crc.bytes
        case .crc64(let crc): crc.bytes
        case .digest(let box): box.finalize()
        case .unknown: []
        }
    }

    static func values(_ checksums: [Checksum]) -> [String: String] {
        Dictionary(
            checksums.map { ("Checksum\($0.name)", AWSModel.Base64.encode($0.finalize())) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Of a multipart upload: the checksum of the parts' checksums, and their number.
    static func composite(_ name: String, parts: [String]) -> String? {
        var checksum = Checksum(name)
        for part in parts {
            guard let bytes = AWSModel.Base64.decode(part) else { return nil }
            bytes.withUnsafeBytes { checksum.update($0) }
        }
        return "\(AWSModel.Base64.encode(checksum.finalize()))-\(parts.count)"
    }

    /// What a request says about its payload: the checksums that it carries and the one that it asks for.
    static func wanted(_ input: AWSValue) -> [String] {
        var wanted = names.filter { input["Checksum\($0)"]?.string != nil }
        if let asked = input["ChecksumAlgorithm"]?.string, names.contains(asked), !wanted.contains(asked) {
            wanted.append(asked)
        }
        return wanted
    }

    /// - Throws: ``ServiceError`` `BadDigest` when the payload is not what the request says.
    static func check(_ stored: ObjectFiles.Stored, _ input: AWSValue) throws(ServiceError) {
        if let md5 = input["ContentMD5"]?.string {
            guard let bytes = AWSModel.Base64.decode(md5), bytes.count == 16 else {
                throw ServiceError("InvalidDigest", "The Content-MD5 you specified was invalid.", status: 400)
            }
            guard bytes == stored.md5 else {
                throw ServiceError(
                    "BadDigest", "The Content-MD5 you specified did not match what we received.", status: 400)
            }
        }
        for name in names {
            guard let given = input["Checksum\(name)"]?.string else { continue }
            guard given == stored.checksums["Checksum\(name)"] else {
                throw ServiceError(
                    "BadDigest", "The \(name) you specified did not match the calculated checksum.", status: 400)
            }
        }
    }
}
