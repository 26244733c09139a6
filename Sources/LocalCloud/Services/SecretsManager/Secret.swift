import AWSModel

struct Secret: Codable, Sendable {
    struct Version: Codable, Sendable {
        var id: String
        var string: String?
        var binary: [UInt8]?
        var stages: [String]
        var created: Double
        var lastAccessed: Double?
    }

    var name: String
    var arn: String
    var description: String?
    var keyID: String?
    var tags: [Tag] = []
    var created: Double
    var changed: Double
    var accessed: Double?
    /// When it goes for good; set while it is scheduled for deletion.
    var deletion: Double?
    /// When the deletion was asked for.
    var deleted: Double?
    /// The cloud's clock at which it goes, which a fast clock brings nearer.
    var purge: Double?
    var policy: String?
    /// Oldest first.
    var versions: [Version] = []

    static let current = "AWSCURRENT"
    static let previous = "AWSPREVIOUS"

    func version(id: String?, stage: String?) -> Version? {
        versions.last { version in
            (id.map { $0 == version.id } ?? true)
                && (stage.map(version.stages.contains) ?? (id != nil || version.stages.contains(Self.current)))
        }
    }

    var stagesByVersion: AWSValue {
        .map(AWSMap(versions.filter { !$0.stages.isEmpty }.map { ($0.id, .list($0.stages.map { .string($0) })) }))
    }

    /// Adds a value; AWSCURRENT moves to it, and AWSPREVIOUS to what was current.
    mutating func add(_ version: Version) {
        for stage in version.stages where stage != Self.previous {
            for at in versions.indices where versions[at].stages.contains(stage) {
                versions[at].stages.removeAll { $0 == stage }
                if stage == Self.current {
                    for other in versions.indices { versions[other].stages.removeAll { $0 == Self.previous } }
                    versions[at].stages.append(Self.previous)
                }
            }
        }
        versions.append(version)
        // Values without a label are forgotten once there are a hundred.
        while versions.count > 100, let at = versions.firstIndex(where: { $0.stages.isEmpty }) {
            versions.remove(at: at)
        }
    }
}
