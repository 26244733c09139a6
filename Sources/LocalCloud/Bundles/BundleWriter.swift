import CArchive
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes zip bundles: pipeline artifacts, build artifacts and caches.
public enum BundleWriter {
    /// A file (or link) below a root and the name it takes in the archive.
    public struct Entry: Sendable {
        public var name: String
        public var path: String
        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    public static func zip(_ entries: [Entry], to path: String) throws { try write(entries, to: path, asZip: true) }

    /// Everything below `directory` as a tar, folders included.
    public static func tar(directory: String, to path: String) throws {
        var entries: [Entry] = []
        BundleFiles.visit(directory, "") { name, _ in entries.append(Entry(name: name, path: directory + "/" + name)) }
        try write(entries, to: path, asZip: false)
    }

    private static func write(_ entries: [Entry], to path: String, asZip: Bool) throws {
        guard let archive = archive_write_new() else { throw BundleError(.fileSystem, "out of memory") }
        defer { archive_write_free(archive) }
        if asZip { archive_write_set_format_zip(archive) } else { archive_write_set_format_pax_restricted(archive) }
        guard archive_write_open_filename(archive, path) == ARCHIVE_OK else { throw failure(archive, path) }
        for entry in entries { try add(entry, to: archive) }
        guard archive_write_close(archive) == ARCHIVE_OK else { throw failure(archive, path) }
    }

    /// Every file below `directory`, symbolic links as links, in the order of their names.
    public static func zip(directory: String, to path: String) throws {
        try zip(BundleFiles.files(below: directory).map { Entry(name: $0, path: directory + "/" + $0) }, to: path)
    }

    private static func add(_ item: Entry, to archive: OpaquePointer) throws {
        var status = stat()
        guard lstat(item.path, &status) == 0 else {
            throw BundleError(.fileSystem, "cannot read \"\(item.name)\": \(String(cString: strerror(errno)))")
        }
        guard let entry = archive_entry_new() else { throw BundleError(.fileSystem, "out of memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname_utf8(entry, item.name)
        archive_entry_set_perm(entry, mode_t(status.st_mode & 0o777))
        archive_entry_set_mtime(entry, time_t(status.st_mtim.tv_sec), 0)
        switch status.st_mode & FileKind.mask {
        case FileKind.link:
            archive_entry_set_filetype(entry, UInt32(FileKind.link))
            archive_entry_set_symlink_utf8(entry, try BundleFiles.target(ofLink: item.path))
            guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw failure(archive, item.name) }
        case FileKind.regular:
            archive_entry_set_filetype(entry, UInt32(FileKind.regular))
            archive_entry_set_size(entry, Int64(status.st_size))
            guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw failure(archive, item.name) }
            try copy(item, to: archive)
        case FileKind.directory:
            archive_entry_set_filetype(entry, UInt32(FileKind.directory))
            guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw failure(archive, item.name) }
        default: break  // sockets and pipes that a build left behind
        }
    }

    private static func copy(_ item: Entry, to archive: OpaquePointer) throws {
        let file = open(item.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else {
            throw BundleError(.fileSystem, "cannot read \"\(item.name)\": \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            while true {
                let count = read(file, buffer.baseAddress, buffer.count)
                if count == 0 { return }
                guard count > 0, archive_write_data(archive, buffer.baseAddress, count) == count else {
                    throw failure(archive, item.name)
                }
            }
        }
    }

    private static func failure(_ archive: OpaquePointer, _ name: String) -> BundleError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? String(cString: strerror(errno))
        return BundleError(.fileSystem, "cannot write \"\(name)\" to the bundle: \(reason)")
    }
}
