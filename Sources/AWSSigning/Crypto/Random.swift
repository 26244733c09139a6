import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Random values from the kernel's generator: to set up libcrypto's takes a fifth of the time until a first answer.
public enum SecureRandom {
    /// What `getentropy` gives at once at most.
    private static let most = 256

    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let piece = UnsafeMutableBufferPointer(rebasing: buffer[filled...].prefix(most))
                // There is no failure but a kernel without the call: going on would hand out guessable secrets.
                precondition(getentropy(piece.baseAddress, piece.count) == 0, "the system gives no random numbers")
                filled += piece.count
            }
        }
    }

    /// A version 4 UUID (RFC 9562) in lower case: what idempotency tokens are made of.
    public static func uuid() -> String {
        let (high, low) = stock.withLock { $0.take() }
        // The version, 4, and the variant.
        let bits = (high & ~0xf000 | 0x4000, low & ~(3 << 62) | 2 << 62)
        return String(unsafeUninitializedCapacity: 36) { text in
            guard var place = text.baseAddress else { return 0 }
            withUnsafeBytes(of: (bits.0.bigEndian, bits.1.bigEndian)) { bytes in
                for at in 0..<16 {
                    switch at {
                    case 4, 6, 8, 10:
                        place[0] = UInt8(ascii: "-")
                        place += 1
                    default: break
                    }
                    place[0] = Hex.digit(bytes[at] >> 4)
                    place[1] = Hex.digit(bytes[at] & 15)
                    place += 2
                }
            }
            return 36
        }
    }

    /// Random numbers for the next UUIDs. Each call of an operation has one: to ask the system for each of them would cost
    /// more than signing does.
    private struct Stock {
        private var words: [(UInt64, UInt64)] = []

        mutating func take() -> (UInt64, UInt64) {
            if let words = words.popLast() { return words }
            words = SecureRandom.bytes(64 * 16).withUnsafeBytes { bytes in
                (0..<64).map { at in
                    (
                        bytes.loadUnaligned(fromByteOffset: 16 * at, as: UInt64.self),
                        bytes.loadUnaligned(fromByteOffset: 16 * at + 8, as: UInt64.self)
                    )
                }
            }
            return words.removeLast()
        }
    }

    private static let stock = Mutex(Stock())

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
