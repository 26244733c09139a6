import CCrypto

/// AES-256 in Galois/Counter Mode, by libcrypto.
enum SealedBox {
    private static let nonceLength = 12
    private static let tagLength = 16

    /// Nonce, ciphertext and tag; `authenticated` is covered but not contained.
    static func seal(_ plaintext: [UInt8], key: [UInt8], authenticated: [UInt8]) -> [UInt8]? {
        guard key.count == 32, let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var nonce = [UInt8](repeating: 0, count: nonceLength)
        guard RAND_bytes(&nonce, Int32(nonceLength)) == 1,
            EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1
        else { return nil }
        var length: Int32 = 0
        var output = [UInt8](repeating: 0, count: plaintext.count + 16)
        guard EVP_EncryptUpdate(context, nil, &length, authenticated, Int32(authenticated.count)) == 1,
            EVP_EncryptUpdate(context, &output, &length, plaintext, Int32(plaintext.count)) == 1
        else { return nil }
        output.removeLast(output.count - Int(length))
        var rest = [UInt8](repeating: 0, count: 16)
        var tag = [UInt8](repeating: 0, count: tagLength)
        guard EVP_EncryptFinal_ex(context, &rest, &length) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
        else { return nil }
        return nonce + output + tag
    }

    /// nil when the box is not whole, or the key or `authenticated` is another.
    static func open(_ box: [UInt8], key: [UInt8], authenticated: [UInt8]) -> [UInt8]? {
        guard key.count == 32, box.count >= nonceLength + tagLength, let context = EVP_CIPHER_CTX_new() else {
            return nil
        }
        defer { EVP_CIPHER_CTX_free(context) }
        let nonce = Array(box[..<nonceLength])
        let ciphertext = Array(box[nonceLength..<(box.count - tagLength)])
        var tag = Array(box[(box.count - tagLength)...])
        var length: Int32 = 0
        var output = [UInt8](repeating: 0, count: ciphertext.count + 16)
        guard EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_DecryptUpdate(context, nil, &length, authenticated, Int32(authenticated.count)) == 1,
            EVP_DecryptUpdate(context, &output, &length, ciphertext, Int32(ciphertext.count)) == 1
        else { return nil }
        output.removeLast(output.count - Int(length))
        var rest = [UInt8](repeating: 0, count: 16)
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1,
            EVP_DecryptFinal_ex(context, &rest, &length) == 1
        else { return nil }
        return output
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
