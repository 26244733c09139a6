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
        // The system's own generator, which is as good and costs a third for so few bytes.
        var generator = SystemRandomNumberGenerator()
        var bytes = withUnsafeBytes(of: (generator.next(), generator.next())) { Array($0) }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        var text = Hex.encode(bytes)
        // From the back, so that the places in front stay what they are.
        for place in [20, 16, 12, 8] { text.insert("-", at: text.utf8.index(text.startIndex, offsetBy: place)) }
        return text
    }

    /// Text of characters of an ASCII alphabet, each as likely as the others.
    ///
    /// - Parameter alphabet: at most 256 characters.
    public static func text(_ length: Int, from alphabet: [UInt8]) -> String {
        precondition((1...256).contains(alphabet.count), "an alphabet has 1 to 256 characters")
        // Bytes past the last whole multiple of the alphabet would favour its first characters.
        let bound = 256 / alphabet.count * alphabet.count
        return String(unsafeUninitializedCapacity: length) { text in
            var at = 0
            while at < length {
                for byte in bytes(length - at) where Int(byte) < bound {
                    text[at] = alphabet[Int(byte) % alphabet.count]
                    at += 1
                }
            }
            return length
        }
    }
}
