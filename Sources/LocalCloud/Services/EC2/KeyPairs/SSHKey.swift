import AWSModel
import AWSSigning

/// A public key as SSH writes it: "ssh-ed25519 AAAA… comment".
struct SSHPublicKey: Sendable {
    /// "rsa" or "ed25519", as EC2 names them.
    let type: String
    /// The key's bytes, as they are in the file in base64.
    let blob: [UInt8]

    /// - Throws: `InvalidKey.Format` for anything else, `InvalidKeyPair.Format` being of another kind of key.
    init(text: String) throws(ServiceError) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, let bytes = Base64.decode(String(words[1])) else { throw Self.unreadable }
        var reader = SSHReader(bytes)
        guard let name = reader.string(), String(decoding: name, as: UTF8.self) == words[0] else {
            throw Self.unreadable
        }
        switch words[0] {
        case "ssh-rsa": type = "rsa"
        case "ssh-ed25519": type = "ed25519"
        default: throw Self.unreadable
        }
        blob = bytes
    }

    init(type: String, blob: [UInt8]) {
        self.type = type
        self.blob = blob
    }

    private static let unreadable = ServiceError(
        "InvalidKey.Format", "Key is not in valid OpenSSH public key format")

    /// The line of an authorized_keys file.
    func text(comment: String) -> String { "ssh-\(type) \(Base64.encode(blob)) \(comment)" }

    /// What EC2 shows of an imported key: MD5 of an RSA key's DER form, SHA-256 of an ED25519 key.
    var fingerprint: String {
        guard type == "rsa" else { return Base64.encode(Digest.hash(blob, .sha256)) }
        var reader = SSHReader(blob)
        _ = reader.string()
        guard let exponent = reader.string(), let modulus = reader.string() else { return "" }
        return Self.colons(Digest.hash(DER.rsaPublicKey(modulus: modulus, exponent: exponent), .md5))
    }

    static func colons(_ digest: [UInt8]) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}

/// Reads the strings of SSH's key format: four bytes of length, then as many.
private struct SSHReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func string() -> [UInt8]? {
        guard rest.count >= 4 else { return nil }
        let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard rest.count >= 4 + length else { return nil }
        let value = Array(rest.dropFirst(4).prefix(length))
        rest = rest.dropFirst(4 + length)
        return value
    }
}

/// As much of DER as a public key takes.
private enum DER {
    static func rsaPublicKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let key = tagged(0x30, tagged(0x02, modulus) + tagged(0x02, exponent))
        // rsaEncryption, without parameters.
        let algorithm = tagged(0x30, [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00])
        return tagged(0x30, algorithm + tagged(0x03, [0] + key))
    }

    private static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = content.count
        if rest < 128 {
            length = [UInt8(rest)]
        } else {
            while rest > 0 {
                length.insert(UInt8(rest & 0xff), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }
}
