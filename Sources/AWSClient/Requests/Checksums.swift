import AWSModel
import AWSSigning

/// The checksums of the trait `httpChecksum`.
enum ChecksumAlgorithm: String, Sendable, CaseIterable {
    // In the order of preference for answers: the fastest first.
    case crc64nvme, crc32c, crc32, sha1, sha256, sha512, md5

    var headerName: String { "x-amz-checksum-\(rawValue)" }
    /// Bytes of a checksum.
    var length: Int {
        switch self {
        case .crc32, .crc32c: 4
        case .crc64nvme: 8
        case .sha1: DigestAlgorithm.sha1.length
        case .sha256: DigestAlgorithm.sha256.length
        case .sha512: DigestAlgorithm.sha512.length
        case .md5: DigestAlgorithm.md5.length
        }
    }
}

/// A checksum that is fed piece by piece.
enum ChecksumState: ~Copyable {
    case crc32(CRC32)
    case crc64(CRC64NVME)
    case digest(Digest)

    init(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .crc32: self = .crc32(.iso)
        case .crc32c: self = .crc32(.castagnoli)
        case .crc64nvme: self = .crc64(CRC64NVME())
        case .sha1: self = .digest(Digest(.sha1))
        case .sha256: self = .digest(Digest(.sha256))
        case .sha512: self = .digest(Digest(.sha512))
        case .md5: self = .digest(Digest(.md5))
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch consume self {
        case .crc32(var crc):
            crc.update(bytes)
            self = .crc32(crc)
        case .crc64(var crc):
            crc.update(bytes)
            self = .crc64(crc)
        case .digest(var digest):
            digest.update(bytes)
            self = .digest(digest)
        }
    }

    consuming func finalize() -> [UInt8] {
        switch consume self {
        case .crc32(let crc): return crc.bytes
        case .crc64(let crc): return crc.bytes
        case .digest(var digest): return digest.finalize()
        }
    }
}

enum Checksums {
    /// A checksum that goes along in a header.
    struct Wanted {
        let algorithm: ChecksumAlgorithm
        let name: String

        func header(_ checksum: [UInt8]) -> (name: String, value: String) { (name, Base64.encode(checksum)) }
    }

    /// The header that the operation wants, unless the caller gave one. Where the body is sent in chunks the checksum
    /// comes behind it: this is noted in the request.
    @inline(never)
    static func wanted(
        _ operation: Operation, _ input: AWSMap, _ settings: Settings, _ request: BuiltRequest
    ) throws -> Wanted? {
        let trait = operation.httpChecksum
        if trait == nil, !operation.httpChecksumRequired { return nil }
        if request.hasChecksum { return nil }
        // The older trait knows one kind only.
        guard let trait else { return Wanted(algorithm: .md5, name: "Content-MD5") }
        let isRequired = operation.httpChecksumRequired || trait.requestChecksumRequired
        let algorithm: ChecksumAlgorithm
        let member = trait.requestAlgorithmMember
        if let member, let name = input[member]?.string {
            guard let known = ChecksumAlgorithm(rawValue: name.lowercased()) else {
                let names = ChecksumAlgorithm.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", ")
                throw EncodingFailure(member, "the checksum \(name) is not supported here; use one of \(names)")
            }
            algorithm = known
        } else if isRequired || member != nil && !settings.checksumsOnlyWhenRequired {
            algorithm = .crc32
            if let member, let header = operation.input?.member(member)?.locationName {
                request.headers.replace(header, with: "CRC32")
            }
        } else {
            return nil
        }
        if request.chunks != nil {
            request.chunks?.algorithm = algorithm
            return nil
        }
        return Wanted(algorithm: algorithm, name: algorithm.headerName)
    }

    /// Asks S3 for the checksum of what it sends; the algorithms that are then to be looked for.
    static func askForValidation(
        _ operation: Operation, _ input: inout AWSValue, _ settings: Settings
    ) -> [ChecksumAlgorithm] {
        guard let trait = operation.httpChecksum, let member = trait.requestValidationModeMember else { return [] }
        if input[member] == nil {
            if settings.validationOnlyWhenRequired { return [] }
            input[member] = "ENABLED"
        }
        let offered = Set(trait.responseAlgorithms.map { $0.lowercased() })
        return ChecksumAlgorithm.allCases.filter { offered.contains($0.rawValue) }
    }

    /// Compares an answer's body in memory with the checksum that came along; nil when they agree or there is none. Files
    /// are checked while they are written: see ``FileDownload``.
    static func mismatch(_ response: HTTPResponse, algorithms: [ChecksumAlgorithm]) -> String? {
        guard case .bytes(let bytes) = response.body,
            let announced = AnnouncedChecksum(response.headers, algorithms: algorithms)
        else { return nil }
        var state = ChecksumState(announced.algorithm)
        bytes.withUnsafeBytes { state.update($0) }
        return announced.mismatch(state.finalize())
    }
}

extension Checksums {
    /// DynamoDB's own: a header that has been there longer than the others. nil when they agree or there is none.
    static func mismatch(_ response: HTTPResponse, of service: ServiceModel) -> String? {
        guard service.name == "dynamodb", case .bytes(let bytes) = response.body,
            let announced = response.header("x-amz-crc32").flatMap(UInt32.init)
        else { return nil }
        var checksum = CRC32.iso
        checksum.update(bytes)
        if checksum.value == announced { return nil }
        return "the answer was damaged on its way: its CRC32 is \(checksum.value), announced was \(announced)"
    }
}

/// The checksum of a body that its headers announce.
struct AnnouncedChecksum {
    let algorithm: ChecksumAlgorithm
    private let wanted: String

    /// nil when there is none that can be verified.
    init?(_ headers: [(name: String, value: String)], algorithms: [ChecksumAlgorithm]) {
        for algorithm in algorithms {
            // "-3" at the end: a checksum of the parts' checksums, which the body alone cannot give.
            guard let wanted = headers.first(named: algorithm.headerName), !wanted.contains("-") else { continue }
            self.algorithm = algorithm
            self.wanted = wanted
            return
        }
        return nil
    }

    /// What is wrong with a body that has this checksum; nil when nothing is.
    func mismatch(_ checksum: [UInt8]) -> String? {
        let found = Base64.encode(checksum)
        return found == wanted ? nil : "the body's \(algorithm.rawValue) is \(found), not \(wanted) as announced"
    }
}
