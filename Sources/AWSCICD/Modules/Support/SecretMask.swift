import Synchronization

/// The values that must not be shown: what a script read from a secret, or declared as one. Everything that leaves a
/// runtime for people (logs, error reports) goes through ``mask(_:)``.
public final class SecretMask: Sendable {
    /// Shorter values would hide ordinary text.
    public static let shortest = 4
    private static let cover = Array("****".utf8)

    private let secrets = Mutex<[[UInt8]]>([])

    public init() {}

    /// Covers a value, and the forms in which JSON documents, URLs and base64 hold it.
    public func add(_ secret: some Collection<UInt8>) {
        let secret = Array(secret)
        guard secret.count >= Self.shortest else { return }
        secrets.withLock { secrets in
            guard !secrets.contains(secret) else { return }
            for form in Self.forms(of: secret) where !secrets.contains(form) { secrets.append(form) }
            secrets.sort { $0.count > $1.count }  // the longest first: one secret may be a part of another
        }
    }

    public var isEmpty: Bool { secrets.withLock { $0.isEmpty } }

    /// The bytes with every secret covered.
    public func mask(_ bytes: [UInt8]) -> [UInt8] {
        let secrets = secrets.withLock { $0 }
        guard !secrets.isEmpty else { return bytes }
        // By first byte, so that ordinary text costs one look-up a byte.
        var byFirst: [UInt8: [[UInt8]]] = [:]
        for secret in secrets { byFirst[secret[0], default: []].append(secret) }
        var masked: [UInt8] = []
        masked.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            if let secret = byFirst[bytes[at]]?.first(where: { bytes[at...].starts(with: $0) }) {
                masked += Self.cover
                at += secret.count
            } else {
                masked.append(bytes[at])
                at += 1
            }
        }
        return masked
    }

    public func mask(_ text: String) -> String {
        isEmpty ? text : String(decoding: mask(Array(text.utf8)), as: UTF8.self)
    }
}
