import CCrypto

/// Random values from libcrypto's generator.
public enum SecureRandom {
    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // The only failure is a generator that cannot be seeded: going on would hand out guessable secrets.
            precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "no source of random numbers")
            filled = count
        }
    }

    /// A version 4 UUID (RFC 9562) in lower case: what idempotency tokens are made of.
    public static func uuid() -> String {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = Array(Hex.encode(bytes).utf8)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(decoding: hex[$0], as: UTF8.self) }.joined(separator: "-")
    }
}
