import AWSModel
import AWSSigning
import CCrypto

/// A fresh private key, as CreateKeyPair gives it away once and forgets it.
struct GeneratedKey: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The private key: PEM for RSA, OpenSSH's own form for ED25519.
    let material: String
    let publicKey: SSHPublicKey
    let fingerprint: String

    static func rsa() throws(Failure) -> GeneratedKey {
        let key = try generate(EVP_PKEY_RSA) { EVP_PKEY_CTX_set_rsa_keygen_bits($0, 2048) }
        defer { EVP_PKEY_free(key) }
        let material = try text { PEM_write_bio_PrivateKey_traditional($0, key, nil, nil, 0, nil, nil) }
        // EC2 shows SHA-1 of the private key in PKCS #8 form.
        let pkcs8 = EVP_PKEY2PKCS8(key)
        defer { PKCS8_PRIV_KEY_INFO_free(pkcs8) }
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &bytes)
        guard count > 0, let bytes else { throw Failure(description: "the key cannot be written as PKCS #8") }
        defer { CRYPTO_free(bytes, "", 0) }
        let digest = Digest.hash(Array(UnsafeBufferPointer(start: bytes, count: Int(count))), .sha1)
        let blob = string(Array("ssh-rsa".utf8)) + string(try number("e", of: key)) + string(try number("n", of: key))
        return GeneratedKey(
            material: material, publicKey: SSHPublicKey(type: "rsa", blob: blob),
            fingerprint: SSHPublicKey.colons(digest))
    }

    static func ed25519(comment: String) throws(Failure) -> GeneratedKey {
        let key = try generate(EVP_PKEY_ED25519) { _ in 1 }
        defer { EVP_PKEY_free(key) }
        var secret = [UInt8](repeating: 0, count: 32)
        var open = [UInt8](repeating: 0, count: 32)
        var count = 32
        guard EVP_PKEY_get_raw_private_key(key, &secret, &count) == 1,
            EVP_PKEY_get_raw_public_key(key, &open, &count) == 1
        else { throw Failure(description: "the key cannot be read") }
        let name = string(Array("ssh-ed25519".utf8))
        let blob = name + string(open)
        // The format of OpenSSH's PROTOCOL.key, without a passphrase.
        let check = (0..<4).map { _ in UInt8.random(in: 0...255) }
        var content = check + check + name + string(open) + string(secret + open) + string(Array(comment.utf8))
        var padding: UInt8 = 1
        while content.count % 8 != 0 {
            content.append(padding)
            padding += 1
        }
        let none = string(Array("none".utf8))
        let file =
            Array("openssh-key-v1\0".utf8) + none + none + string([]) + [0, 0, 0, 1] + string(blob) + string(content)
        let lines = Array(Base64.encode(file)).chunks(of: 70).map { String($0) }
        let publicKey = SSHPublicKey(type: "ed25519", blob: blob)
        return GeneratedKey(
            material: (["-----BEGIN OPENSSH PRIVATE KEY-----"] + lines + ["-----END OPENSSH PRIVATE KEY-----", ""])
                .joined(separator: "\n"), publicKey: publicKey, fingerprint: publicKey.fingerprint)
    }

    private static func generate(
        _ type: Int32, _ settings: (OpaquePointer?) -> Int32
    ) throws(Failure) -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(type, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, settings(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw Failure(description: "no key was generated") }
        return key
    }

    private static func text(_ write: (OpaquePointer?) -> Int32) throws(Failure) -> String {
        let sink = BIO_new(BIO_s_mem())
        defer { BIO_free(sink) }
        guard write(sink) == 1 else { throw Failure(description: "the key cannot be written as PEM") }
        var bytes = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(sink)))
        let count = BIO_read(sink, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }

    /// A part of the key ("n", "e") as SSH writes numbers: big-endian, with a zero before a leading bit.
    private static func number(_ name: String, of key: OpaquePointer) throws(Failure) -> [UInt8] {
        var value: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, name, &value) == 1 else {
            throw Failure(description: "the key has no \(name)")
        }
        defer { BN_free(value) }
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(value) + 7) / 8)
        BN_bn2bin(value, &bytes)
        return (bytes.first ?? 0) & 0x80 != 0 ? [0] + bytes : bytes
    }

    /// SSH's string: four bytes of length, then as many.
    private static func string(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt32(bytes.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + bytes
    }
}

extension Array {
    /// Pieces of `size` elements, the last one with what is left.
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
