import CCrypto

/// Signature Version 2 for POST requests of the query protocol: what SimpleDB and Import/Export still want.
///
/// The parameters that sign are part of the form, so that signing gives a new body.
///
/// Source: "Signature Version 2 signing process", AWS General Reference.
public enum SigV2 {
    /// - Parameters:
    ///   - form: the body, `name=value` pairs in percent-encoding.
    ///   - host: as the `Host` header has it.
    ///   - path: of the URL; an empty one counts as "/".
    ///   - seconds: the moment to sign with, since 1970.
    /// - Returns: the body to send, its parameters sorted.
    public static func sign(
        form: [UInt8], host: String, path: String, credentials: Credentials, at seconds: Double
    ) -> [UInt8] {
        var parameters = SigningRequest.splitQuery(String(decoding: form, as: UTF8.self))
            .filter { $0.name != "Signature" }
        parameters += [
            ("AWSAccessKeyId", PercentEncoding.encode(credentials.accessKeyID)), ("SignatureVersion", "2"),
            ("SignatureMethod", "HmacSHA256"), ("Timestamp", PercentEncoding.encode(SigningTime(seconds).text)),
        ]
        if let token = credentials.sessionToken { parameters.append(("SecurityToken", PercentEncoding.encode(token))) }
        parameters.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let canonical = parameters.map { "\($0.name)=\($0.value ?? "")" }.joined(separator: "&")
        let text = "POST\n\(host.lowercased())\n\(path.isEmpty ? "/" : path)\n\(canonical)"
        let signature = HMACSHA256.authenticate(Array(text.utf8), key: Array(credentials.secretAccessKey.utf8))
        return Array("\(canonical)&Signature=\(PercentEncoding.encode(base64(signature)))".utf8)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let encoded = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer, count in
            // Ends its text with a zero, which its result does not count.
            count = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(bytes.count)))
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
