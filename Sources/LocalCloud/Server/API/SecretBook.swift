import Synchronization

/// The secrets of access keys, where signatures are checked without waiting for the cloud's actor. IAM keeps it up to date.
final class SecretBook: Sendable {
    private let secrets = Mutex<[String: String]>([:])

    subscript(accessKeyID: String) -> String? {
        get { secrets.withLock { $0[accessKeyID] } }
        set { secrets.withLock { $0[accessKeyID] = newValue } }
    }

    func secret(of accessKeyID: String) -> String? {
        Self.isBuiltIn(accessKeyID) ? "test" : self[accessKeyID]
    }

    /// `test`, and every account's number as its root's key.
    static func isBuiltIn(_ accessKeyID: String) -> Bool {
        accessKeyID == "test"
            || accessKeyID.utf8.count == 12 && accessKeyID.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
