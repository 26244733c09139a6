/// The policies that AWS publishes and that pipelines attach: `arn:aws:iam::aws:policy/…`. ReadOnlyAccess is narrowed to
/// services that exist here.
enum ManagedPolicies {
    static let byARN: [String: ManagedPolicy] = Dictionary(
        (sources + delivery + compute + operations).map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })

    /// 2015-02-06, when AWS gave its managed policies their present form.
    private static let created = 1_423_180_800.0

    static func aws(_ name: String, path: String, version: String, _ document: String) -> ManagedPolicy {
        ManagedPolicy(
            name: name, id: "ANPA" + stableID(name), path: path, arn: "arn:aws:iam::aws:policy\(path)\(name)",
            created: created, updated: created, versions: [.init(id: version, document: document, created: created)],
            defaultVersion: version, nextVersion: 1)
    }

    /// The same id at every start (FNV-1a over the name).
    private static func stableID(_ name: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var id: [UInt8] = []
        for round in 0..<17 {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte) ^ UInt64(round)) &* 0x100_0000_01b3 }
            id.append(alphabet[Int(hash >> 59)])
        }
        return String(decoding: id, as: UTF8.self)
    }
}
