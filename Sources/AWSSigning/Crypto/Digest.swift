import CCrypto

/// The hash functions that AWS's signatures, checksums and entity tags use, computed by libcrypto.
public enum DigestAlgorithm: Sendable, Hashable {
    case md5, sha1, sha256, sha512

    /// Length of the result in bytes.
    public var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// Fetched once: an implicit look-up by libcrypto costs more than hashing a small request.
    fileprivate var implementation: OpaquePointer? {
        switch self {
        case .md5: Implementations.md5.pointer
        case .sha1: Implementations.sha1.pointer
        case .sha256: Implementations.sha256.pointer
        case .sha512: Implementations.sha512.pointer
        }
    }

    private enum Implementations {
        static let md5 = Implementation("MD5")
        static let sha1 = Implementation("SHA1")
        static let sha256 = Implementation("SHA256")
        static let sha512 = Implementation("SHA512")
    }

    /// An EVP_MD is immutable and may be used by any number of threads at once, hence `@unchecked`.
    private struct Implementation: @unchecked Sendable {
        let pointer: OpaquePointer?
        init(_ name: String) { pointer = EVP_MD_fetch(nil, name, nil) }
    }
}

/// A hash that is fed piece by piece.
///
/// ```swift
/// var digest = Digest(.sha256)
/// digest.update(bytes)
/// let hex = Hex.encode(digest.finalize())
/// ```
public struct Digest: ~Copyable {
    private let context: OpaquePointer?
    private let algorithm: DigestAlgorithm

    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        context = EVP_MD_CTX_new()
        EVP_DigestInit_ex(context, algorithm.implementation, nil)
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        EVP_DigestUpdate(context, base, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The hash of everything fed so far; the digest starts anew.
    public mutating func finalize() -> [UInt8] {
        let result = [UInt8](unsafeUninitializedCapacity: algorithm.length) { buffer, count in
            EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            count = algorithm.length
        }
        EVP_DigestInit_ex(context, algorithm.implementation, nil)
        return result
    }

    /// The hash of bytes that are in memory.
    public static func hash(_ bytes: UnsafeRawBufferPointer, _ algorithm: DigestAlgorithm) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { buffer, count in
            EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, algorithm.implementation, nil)
            count = algorithm.length
        }
    }

    public static func hash(_ bytes: [UInt8], _ algorithm: DigestAlgorithm) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0, algorithm) }
    }

    /// SHA-256 as 64 lower-case hexadecimal digits.
    public static func sha256Hex(_ bytes: [UInt8]) -> String { Hex.encode(hash(bytes, .sha256)) }
}

/// HMAC-SHA256 (RFC 2104).
public enum HMACSHA256 {
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            HMAC(
                DigestAlgorithm.sha256.implementation, key, Int32(key.count), message, message.count,
                buffer.baseAddress, nil)
            count = 32
        }
    }
}

/// Compares secrets in a time that does not depend on where they differ.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
