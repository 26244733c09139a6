import CSQLite
import Dispatch
import FoundationEssentials

/// A key-value table of SQLite, written by one thread.
/// Unchecked, because the handle is used on `queue` alone, and by `load` before the first commit.
final class Database: @unchecked Sendable {
    struct Change: Sendable {
        let table: String
        let key: RecordKey
        /// Encodes the record; nil when it was removed.
        let encode: (@Sendable () throws -> Data)?
    }
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let queue = DispatchQueue(label: "awscicd.localcloud.database")
    private var handle: OpaquePointer?
    private var upsert: OpaquePointer?
    private var delete: OpaquePointer?

    /// Opens or creates the file.
    ///
    /// - Throws: ``Failure`` when the file is not a database, or another process holds it.
    init(path: String) throws {
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK else {
            throw failure("cannot open \(path)")
        }
        // With a write-ahead log a commit survives the process's death; synchronous=NORMAL leaves out the disk flush that
        // only a power cut needs. One server to one directory: the lock is kept.
        do {
            try execute("PRAGMA locking_mode=EXCLUSIVE")
            try execute("PRAGMA journal_mode=WAL")
            try execute("PRAGMA synchronous=NORMAL")
        } catch  where sqlite3_errcode(handle) == SQLITE_BUSY {
            throw Failure(description: "\(path) is in use by another server; a data directory serves one at a time")
        } catch  where sqlite3_errcode(handle) == SQLITE_CORRUPT {
            throw damaged(path, String(cString: sqlite3_errmsg(handle)))
        }
        try checkWhole(path)
        try checkFormat(path)
        try execute(
            """
            CREATE TABLE IF NOT EXISTS records (
                kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
                PRIMARY KEY (kind, account, region, key)) WITHOUT ROWID
            """)
        upsert = try prepare("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)")
        delete = try prepare("DELETE FROM records WHERE kind = ? AND account = ? AND region = ? AND key = ?")
    }

    /// A damaged file is not opened: what can still be read of it would be taken for the whole.
    private func checkWhole(_ path: String) throws {
        var found: String
        do {
            let check = try prepare("PRAGMA quick_check(1)")
            defer { sqlite3_finalize(check) }
            found = sqlite3_step(check) == SQLITE_ROW ? text(check, 0) : String(cString: sqlite3_errmsg(handle))
        } catch let failure as Failure {
            found = failure.description
        }
        if found != "ok" { throw damaged(path, found.split(separator: "\n").joined(separator: " ")) }
    }

    /// What the file holds is of this form. To be counted up when older programs could not read it, or would lose what they
    /// do not know.
    private static let format = 1

    private func checkFormat(_ path: String) throws {
        let select = try prepare("PRAGMA user_version")
        defer { sqlite3_finalize(select) }
        guard sqlite3_step(select) == SQLITE_ROW else { throw failure("cannot read \(path)") }
        let found = Int(sqlite3_column_int(select, 0))
        guard found <= Self.format else {
            throw Failure(
                description:
                    "\(path) is of a newer version of awscicd (format \(found); this one reads \(Self.format)). "
                    + "Nothing in it was changed: start that version, or start with another --data directory")
        }
        if found < Self.format {
            sqlite3_reset(select)
            try execute("PRAGMA user_version=\(Self.format)")
        }
    }

    private func damaged(_ path: String, _ how: String) -> Failure {
        Failure(
            description:
                "\(path) is damaged (\(how)). Nothing in it was changed: put a good copy in its place, or start with "
                + "another --data directory")
    }

    /// Reads all records of a kind.
    func load(_ kind: String, _ row: (_ account: String, _ region: String, _ key: String, _ value: Data) throws -> Void)
        throws
    {
        try queue.sync {
            let select = try prepare("SELECT account, region, key, value FROM records WHERE kind = ?")
            defer { sqlite3_finalize(select) }
            bind(select, 1, kind)
            while true {
                switch sqlite3_step(select) {
                case SQLITE_ROW:
                    let length = Int(sqlite3_column_bytes(select, 3))
                    let value = sqlite3_column_blob(select, 3).map { Data(bytes: $0, count: length) } ?? Data()
                    try row(text(select, 0), text(select, 1), text(select, 2), value)
                case SQLITE_DONE: return
                default: throw failure("cannot read \(kind)")
                }
            }
        }
    }

    func commit(_ changes: [Change]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { continuation.resume(with: Result { try self.write(changes) }) }
        }
    }

    func close() {
        queue.sync {
            sqlite3_finalize(upsert)
            sqlite3_finalize(delete)
            sqlite3_close(handle)
            (handle, upsert, delete) = (nil, nil, nil)
        }
    }

    private func write(_ changes: [Change]) throws {
        guard !changes.isEmpty, handle != nil else { return }
        try execute("BEGIN IMMEDIATE")
        do {
            for change in changes {
                let statement = change.encode == nil ? delete : upsert
                bind(statement, 1, change.table)
                bind(statement, 2, change.key.account)
                bind(statement, 3, change.key.region)
                bind(statement, 4, change.key.key)
                if let value = try change.encode?() {
                    value.withUnsafeBytes { bytes in
                        _ = sqlite3_bind_blob64(statement, 5, bytes.baseAddress, UInt64(bytes.count), Self.transient)
                    }
                }
                let result = sqlite3_step(statement)
                sqlite3_reset(statement)
                guard result == SQLITE_DONE else { throw failure("cannot write \(change.table)") }
            }
            try execute("COMMIT")
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    /// Tells SQLite to copy what is bound.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func bind(_ statement: OpaquePointer?, _ position: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(statement, position, $0.baseAddress, Int32($0.count), Self.transient)
            }
        }
    }

    private func text(_ statement: OpaquePointer?, _ column: Int32) -> String {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard let start = sqlite3_column_text(statement, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    private func prepare(_ sql: String) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure("cannot prepare") }
        return statement
    }

    private func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure("cannot execute \(sql)") }
    }

    private func failure(_ what: String) -> Failure {
        let advice =
            switch sqlite3_errcode(handle) {
            case SQLITE_FULL: ": there is no space left on the local cloud's disk"
            case SQLITE_IOERR: ": there may be no space left on the local cloud's disk"
            default: ""
            }
        return Failure(description: "\(what): \(String(cString: sqlite3_errmsg(handle)))\(advice)")
    }
}
