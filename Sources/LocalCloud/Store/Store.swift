import FoundationEssentials

/// The cloud's state. With a directory, changes are committed to SQLite in batches: a call's answer waits for the batch
/// that holds its changes, so what was acknowledged survives a kill.
@CloudActor
public final class Store {
    nonisolated let database: Database?
    private var tables: [String: any StoredTable] = [:]
    private var dirty: [ObjectIdentifier: (table: any StoredTable, keys: Set<RecordKey>)] = [:]
    private var writer: Task<Void, Never>?
    private var waiters: [CheckedContinuation<Void, any Error>] = []
    private var isFrozen = false

    /// - Throws: ``StartError`` when the directory or the database in it cannot be used.
    public init(directory: String?) throws {
        do {
            database = try directory.map { directory in
                // What is kept holds secrets: it is for its owner alone.
                try WorkDirectory.create(directory)
                return try Database(path: directory + "/state.sqlite")
            }
        } catch {
            throw StartError("the data directory \(directory ?? "") cannot be used: \(error)")
        }
    }

    /// The table of a name, loaded from the database the first time it is asked for.
    ///
    /// - Throws: ``StartError`` when what is there is not such records.
    public func table<Record: Codable & Sendable>(_ name: String, of type: Record.Type) throws -> Table<Record> {
        if let table = tables[name] {
            guard let table = table as? Table<Record> else {
                preconditionFailure("table \(name) holds another type than \(type)")
            }
            return table
        }
        do {
            let table = try Table<Record>(name: name, store: self)
            tables[name] = table
            return table
        } catch {
            throw StartError(
                "the data directory's table \(name) cannot be read: \(error). It may be damaged or of another version: put "
                    + "a good copy in its place, or start with another --data directory")
        }
    }

    func changed(_ table: any StoredTable, _ key: RecordKey) {
        guard database != nil, !isFrozen else { return }
        dirty[ObjectIdentifier(table), default: (table, [])].keys.insert(key)
        if writer == nil { startWriter() }
    }

    /// Returns when everything that has been changed so far is committed; at once when nothing is open.
    ///
    /// - Throws: What SQLite said when it could not commit: a full disk, for instance.
    public func committed() async throws {
        guard writer != nil || !dirty.isEmpty, !isFrozen else { return }
        try await withCheckedThrowingContinuation { continuation in
            waiters.append(continuation)
            if writer == nil { startWriter() }
        }
    }

    /// Commits what is open, and keeps nothing that comes after it: a cloud that stops ends what is in flight, and the next
    /// start has to find that as it was, not as it ended.
    func freeze() async {
        try? await committed()
        isFrozen = true
        dirty = [:]
    }

    func close() async {
        await freeze()
        await writer?.value
        database?.close()
    }

    /// Commits batch after batch until nothing is open. Whoever asks during a commit waits for the next one. What could not
    /// be committed stays open: it is in memory, so nothing that came after it is acknowledged before it is on disk too.
    private func startWriter() {
        guard let database else { return }
        writer = Task { @CloudActor in
            while !dirty.isEmpty || !waiters.isEmpty {
                let batch = dirty.values.flatMap { entry in
                    entry.keys.map {
                        Database.Change(table: entry.table.name, key: $0, encode: entry.table.snapshot(of: $0))
                    }
                }
                let (taken, waiting) = (dirty, waiters)
                dirty = [:]
                waiters = []
                do {
                    try await database.commit(batch)
                    for waiter in waiting { waiter.resume() }
                } catch {
                    for (id, entry) in taken { dirty[id, default: (entry.table, [])].keys.formUnion(entry.keys) }
                    for waiter in waiting { waiter.resume(throwing: error) }
                    if waiters.isEmpty { break }
                }
            }
            writer = nil
        }
    }
}
