import CArchive
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads zip, tar, tar.gz bundles (pipeline artifacts, CodeDeploy revisions, S3 build sources).
public enum BundleReader {
    /// Unpacks the archive at `path` below `directory`, which exists, and returns the names of its files.
    ///
    /// Nothing is written outside of `directory` whatever the archive says; set-user-id bits, owners, devices and hard links
    /// are not taken over. With a prefix, only entries whose names start with it are unpacked, without it. What was unpacked before an error stays, so callers unpack into a fresh directory.
    @discardableResult
    public static func unpack(
        _ path: String, into directory: String, stripping prefix: String = "", limits: BundleLimits = BundleLimits()
    ) throws -> [String] {
        let packed = max(1, try fileSize(path))
        let writer = try DirectoryWriter(directory)
        var names: [String] = []
        var total: Int64 = 0
        var count = 0
        try read(path) { archive, entry, name in
            count += 1
            guard count <= limits.entries else {
                throw BundleError(.tooLarge, "the bundle has more than \(limits.entries) entries")
            }
            guard name.hasPrefix(prefix),
                let parts = try DirectoryWriter.components(of: String(name.dropFirst(prefix.count)))
            else { return }
            if archive_entry_hardlink(entry) != nil {
                throw BundleError(
                    .unsafeEntry, "the bundle's entry \"\(name)\" is a hard link, which bundles may not contain")
            }
            let mode = mode_t(archive_entry_perm(entry))
            switch mode_t(archive_entry_filetype(entry)) {
            case FileKind.directory:
                try writer.makeDirectory(parts)
            case FileKind.link:
                let target = archive_entry_symlink_utf8(entry) ?? archive_entry_symlink(entry)
                try writer.createLink(parts, target: target.map { String(cString: $0) } ?? "")
                names.append(parts.joined(separator: "/"))
            case FileKind.regular, 0:
                let file = try writer.createFile(parts, mode: mode == 0 ? 0o644 : mode)
                defer { close(file) }
                try copyData(of: archive, name: name) { bytes in
                    total += Int64(bytes.count)
                    guard total <= limits.bytes, total < limits.ratioFloor || total / packed <= limits.ratio else {
                        throw BundleError(
                            .tooLarge, "the bundle unpacks to more than its \(packed) bytes may become (at \"\(name)\")"
                        )
                    }
                    try writeAll(file, bytes, name: name)
                }
                names.append(parts.joined(separator: "/"))
            default:
                throw BundleError(
                    .unsafeEntry, "the bundle's entry \"\(name)\" is neither a file, a directory nor a link")
            }
        }
        return names
    }

    /// The content of one file of the archive, or nil when it has none of that name.
    public static func file(_ wanted: String, in path: String, limit: Int = 16 << 20) throws -> [UInt8]? {
        var found: [UInt8]?
        try read(path) { archive, _, name in
            guard found == nil, try DirectoryWriter.components(of: name)?.joined(separator: "/") == wanted else {
                return
            }
            var content: [UInt8] = []
            try copyData(of: archive, name: name) { bytes in
                content.append(contentsOf: bytes)
                guard content.count <= limit else {
                    throw BundleError(.tooLarge, "\"\(name)\" is larger than \(limit) bytes")
                }
            }
            found = content
        }
        return found
    }

    private static func read(_ path: String, _ body: (OpaquePointer, OpaquePointer, String) throws -> Void) throws {
        guard let archive = archive_read_new() else { throw BundleError(.unreadable, "out of memory") }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_zip(archive)
        archive_read_support_format_tar(archive)
        guard archive_read_open_filename(archive, path, 65536) == ARCHIVE_OK else { throw unreadable(archive) }
        while true {
            var entry: OpaquePointer?
            let status = archive_read_next_header(archive, &entry)
            if status == ARCHIVE_EOF { return }
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw unreadable(archive) }
            guard let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry) else { continue }
            try body(archive, entry, String(cString: name))
        }
    }

    private static func copyData(
        of archive: OpaquePointer, name: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
            while true {
                let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
                if count == 0 { return }
                guard count > 0 else { throw unreadable(archive) }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    private static func unreadable(_ archive: OpaquePointer) -> BundleError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown format"
        return BundleError(.unreadable, "the bundle cannot be read: \(reason)")
    }

    private static func fileSize(_ path: String) throws -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw BundleError(.unreadable, "the bundle cannot be read: no such file")
        }
        return Int64(status.st_size)
    }

    static func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer, name: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = write(file, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw BundleError(.fileSystem, "cannot write \"\(name)\": \(String(cString: strerror(errno)))")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
