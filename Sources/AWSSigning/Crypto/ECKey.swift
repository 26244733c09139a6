import CCrypto

/// A private key on the curve P-256: for Signature Version 4a, and for the proof of possession of login sessions.
public final class ECKey: @unchecked Sendable {  // an EVP_PKEY that is only read may be shared
    private let key: OpaquePointer

    /// From the private number, 32 bytes, most significant first; nil when it is not a valid one.
    public init?(scalar: [UInt8]) {
        guard scalar.count == 32 else { return nil }
        // SEC 1's ECPrivateKey: version, number, curve. libcrypto works out the public point.
        let encoded: [UInt8] =
            [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20] + scalar
            + [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]
        let key = encoded.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var position = buffer.baseAddress
            return d2i_PrivateKey(EVP_PKEY_EC, nil, &position, Int(buffer.count))
        }
        guard let key else { return nil }
        self.key = key
    }

    /// From PEM text without a passphrase; nil when it holds no key of this kind.
    public init?(pem: String) {
        let bytes = Array(pem.utf8)
        let key = bytes.withUnsafeBytes { buffer -> OpaquePointer? in
            let source = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count))
            defer { BIO_free(source) }
            // A callback that gives no passphrase, so that nobody is asked for one at the terminal.
            return PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil)
        }
        guard let key else { return nil }
        self.key = key
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_EC, publicPoint.count == 65 else { return nil }
    }

    deinit { EVP_PKEY_free(key) }

    /// The public key as an uncompressed point: 0x04, x, y.
    public var publicPoint: [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = Int(i2d_PUBKEY(key, &encoded))
        guard count > 65, let encoded else { return [] }
        defer { CRYPTO_free(encoded, "", 0) }
        return Array(UnsafeBufferPointer(start: encoded + (count - 65), count: 65))
    }

    /// ECDSA over the SHA-256 of a message, in DER.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { return [] }
        var count = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return [] }
        return Array(signature[..<count])
    }

    /// The same as the two numbers of 32 bytes each: what JSON web tokens carry (ES256).
    public func signRaw(_ message: [UInt8]) -> [UInt8] {
        let der = sign(message)
        var raw: [UInt8] = []
        var at = 2
        for _ in 0..<2 {
            guard at + 1 < der.count, der[at] == 0x02 else { return [] }
            let length = Int(der[at + 1])
            guard at + 2 + length <= der.count else { return [] }
            let number = der[(at + 2)..<(at + 2 + length)].drop { $0 == 0 }
            raw += [UInt8](repeating: 0, count: max(0, 32 - number.count)) + number
            at += 2 + length
        }
        return raw.count == 64 ? raw : []
    }

    /// Whether a signature in DER is this key's: for tests, and for a server that verifies Version 4a.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
