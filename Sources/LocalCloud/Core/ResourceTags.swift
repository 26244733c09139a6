/// Tags of a service's resources, by ARN.
@CloudActor
final class ResourceTags {
    private let table: Table<[Tag]>

    init(_ store: Store, _ name: String) throws { table = try store.table(name, of: [Tag].self) }

    subscript(arn: String) -> [Tag] { table["", "", arn] ?? [] }

    func set(_ tags: [Tag], on arn: String) { table["", "", arn] = tags.isEmpty ? nil : tags }

    func set(_ pairs: [(name: String, value: String)], on arn: String) {
        set(pairs.map { Tag(key: $0.name, value: $0.value) }, on: arn)
    }

    func add(_ tags: [Tag], to arn: String) {
        let keys = Set(tags.map(\.key))
        set(self[arn].filter { !keys.contains($0.key) } + tags, on: arn)
    }

    func add(_ pairs: [(name: String, value: String)], to arn: String) {
        add(pairs.map { Tag(key: $0.name, value: $0.value) }, to: arn)
    }

    func remove(_ keys: [String], from arn: String) { set(self[arn].filter { !keys.contains($0.key) }, on: arn) }

    func removeAll(of arn: String) { table["", "", arn] = nil }

    func move(from old: String, to new: String) {
        let tags = self[old]
        removeAll(of: old)
        set(tags, on: new)
    }
}
