/// Tags of a service's resources, by ARN.
@CloudActor
final class ResourceTags {
    private let table: Table<[Tag]>

    init(_ store: Store, _ name: String) throws { table = try store.table(name, of: [Tag].self) }

    subscript(arn: String) -> [Tag] { table["", "", arn] ?? [] }

    func set(_ pairs: [(name: String, value: String)], on arn: String) {
        table["", "", arn] = pairs.isEmpty ? nil : pairs.map { Tag(key: $0.name, value: $0.value) }
    }

    func add(_ pairs: [(name: String, value: String)], to arn: String) {
        let names = Set(pairs.map(\.name))
        set(self[arn].filter { !names.contains($0.key) }.map { ($0.key, $0.value) } + pairs, on: arn)
    }

    func remove(_ keys: [String], from arn: String) {
        set(self[arn].filter { !keys.contains($0.key) }.map { ($0.key, $0.value) }, on: arn)
    }

    func removeAll(of arn: String) { table["", "", arn] = nil }

    func move(from old: String, to new: String) {
        let tags = self[old]
        removeAll(of: old)
        set(tags.map { ($0.key, $0.value) }, on: new)
    }
}
