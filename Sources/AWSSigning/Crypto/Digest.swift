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
    /// Whether it is ready to be fed. After a result it is not, until it is fed again: libcrypto allocates for it.
    private var isBegun = true

    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        context = EVP_MD_CTX_new()
        EVP_DigestInit_ex(context, algorithm.implementation, nil)
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        begin()
        EVP_DigestUpdate(context, base, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The hash of everything fed so far; the digest starts anew.
    public mutating func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { buffer, count in
            finish(into: buffer.baseAddress)
            count = algorithm.length
        }
    }

    /// The hash of everything fed so far, for as long as `body` runs; the digest starts anew.
    mutating func withHash<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: algorithm.length, alignment: 1) { buffer in
            finish(into: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
            return body(UnsafeRawBufferPointer(buffer))
        }
    }

    private mutating func begin() {
        if isBegun { return }
        EVP_DigestInit_ex(context, algorithm.implementation, nil)
        isBegun = true
    }

    private mutating func finish(into result: UnsafeMutablePointer<UInt8>?) {
        begin()
        EVP_DigestFinal_ex(context, result, nil)
        isBegun = false
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

/// HMAC-SHA256 (RFC 2104), out of the hash: libcrypto's `HMAC` looks its algorithms up by name each time, which costs
/// more than the hashing.
public enum HMACSHA256 {
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var digest = Digest(.sha256)
        return Key(key, &digest).authenticate(message, &digest) { Array($0) }
    }

    /// A key as the hash takes it in, before and after the message.
    struct Key: Sendable {
        /// SHA-256 works on blocks of so many bytes.
        private static let block = 64
        private let inner, outer: [UInt8]

        init(_ key: [UInt8], _ digest: inout Digest) {
            var padded = key
            if key.count > Self.block {
                digest.update(key)
                padded = digest.finalize()
            }
            padded += repeatElement(0, count: Self.block - padded.count)
            inner = padded.map { $0 ^ 0x36 }
            outer = padded.map { $0 ^ 0x5c }
        }

        func authenticate<Result>(
            _ message: [UInt8], _ digest: inout Digest, _ body: (UnsafeRawBufferPointer) -> Result
        ) -> Result {
            message.withUnsafeBytes { authenticate($0, &digest, body) }
        }

        /// - Parameter digest: SHA-256, at its start; it is there again afterwards.
        func authenticate<Result>(
            _ message: UnsafeRawBufferPointer, _ digest: inout Digest, _ body: (UnsafeRawBufferPointer) -> Result
        ) -> Result {
            digest.update(inner)
            digest.update(message)
            withUnsafeTemporaryAllocation(byteCount: DigestAlgorithm.sha256.length, alignment: 1) { hash in
                digest.withHash { hash.copyMemory(from: $0) }
                digest.update(outer)
                digest.update(UnsafeRawBufferPointer(hash))
            }
            return digest.withHash(body)
        }
    }
}

/// Compares secrets in a time that does not depend on where they differ.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
