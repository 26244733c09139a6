import FoundationEssentials

/// Records of one kind, kept apart by account and region: in memory, and written through when the store is durable.
///
/// A global service (IAM, S3's buckets) uses the region "".
@CloudActor
public final class Table<Record: Codable & Sendable>: StoredTable {
    private struct Scope: Hashable {
        let account: String
        let region: String
    }
    private struct Rows {
        var records: [String: Record] = [:]
        /// The keys in order, once they were asked for; kept in order from then on.
        var sorted: [String]?

        mutating func insertSorted(_ key: String) {
            guard let at = sorted?.firstPosition(notBefore: key) else { return }
            sorted?.insert(key, at: at)
        }

        mutating func removeSorted(_ key: String) {
            guard let at = sorted?.firstPosition(notBefore: key), sorted?[at] == key else { return }
            sorted?.remove(at: at)
        }
    }

    public let name: String
    private var scopes: [Scope: Rows] = [:]
    private unowned let store: Store

    init(name: String, store: Store) throws {
        self.name = name
        self.store = store
        let decoder = JSONDecoder()
        try store.database?.load(name) { account, region, key, value in
            scopes[Scope(account: account, region: region), default: Rows()].records[key] =
                try decoder.decode(Record.self, from: value)
        }
    }

    /// The record of a key; setting nil removes it.
    public subscript(account: String, region: String, key: String) -> Record? {
        get { scopes[Scope(account: account, region: region)]?.records[key] }
        set {
            let scope = Scope(account: account, region: region)
            if let newValue {
                if scopes[scope, default: Rows()].records.updateValue(newValue, forKey: key) == nil {
                    scopes[scope]?.insertSorted(key)
                }
            } else {
                guard scopes[scope]?.records.removeValue(forKey: key) != nil else { return }
                scopes[scope]?.removeSorted(key)
            }
            store.changed(self, RecordKey(account: account, region: region, key: key))
        }
    }

    public subscript(account account: String, region region: String, key key: String) -> Record? {
        get { self[account, region, key] }
        set { self[account, region, key] = newValue }
    }

    /// Keys of an account and region, sorted.
    public func keys(account: String, region: String) -> [String] {
        let scope = Scope(account: account, region: region)
        guard let rows = scopes[scope] else { return [] }
        if let sorted = rows.sorted { return sorted }
        let sorted = rows.records.keys.sorted()
        scopes[scope]?.sorted = sorted
        return sorted
    }

    /// Records of an account and region, sorted by key.
    public func all(account: String, region: String) -> [Record] {
        let keys = keys(account: account, region: region)
        guard let rows = scopes[Scope(account: account, region: region)] else { return [] }
        return keys.compactMap { rows.records[$0] }
    }

    /// Every record with its account, region and key: for going on after a start.
    public func everything() -> [(account: String, region: String, key: String, record: Record)] {
        scopes.flatMap { scope, rows in rows.records.map { (scope.account, scope.region, $0.key, $0.value) } }
    }

    /// Changes a record in place, if it is there.
    @discardableResult
    public func update(_ account: String, _ region: String, _ key: String, _ change: (inout Record) throws -> Void)
        rethrows -> Record?
    {
        guard var record = self[account, region, key] else { return nil }
        try change(&record)
        self[account, region, key] = record
        return record
    }

    @discardableResult
    public func remove(account: String, region: String, key: String) -> Record? {
        let record = self[account, region, key]
        self[account, region, key] = nil
        return record
    }

    func snapshot(of key: RecordKey) -> (@Sendable () throws -> Data)? {
        guard let record = self[key.account, key.region, key.key] else { return nil }
        return { try JSONEncoder().encode(record) }
    }
}

extension [String] {
    /// In a sorted array: the position of the first element that does not come before `key`.
    func firstPosition(notBefore key: String) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

struct RecordKey: Hashable, Sendable {
    let account: String
    let region: String
    let key: String
}

/// What the store needs of a table: the present state of a changed record, to be encoded off the actor.
@CloudActor
protocol StoredTable: AnyObject, Sendable {
    var name: String { get }
    func snapshot(of key: RecordKey) -> (@Sendable () throws -> Data)?
}
