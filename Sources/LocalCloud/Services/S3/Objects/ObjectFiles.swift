import AWSModel
import AWSSigning
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The payloads of versions and parts: large ones in files of their own, small ones in packs, under names that have nothing
/// of the key in them.
struct ObjectFiles: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
    /// What is known of a payload once it is in its file.
    struct Stored: Sendable {
        var file: String
        var size: Int64
        var md5: [UInt8]
        var checksums: [String: String]
    }

    /// Payloads up to this size are written and read at once; larger ones off the actor, piece by piece.
    static let inlineSize = 256 << 10
    private static let pieceSize = 1 << 20
    let directory: String
    private let packs: ObjectPacks

    init(directory: String) throws {
        self.directory = directory
        packs = try ObjectPacks(directory: directory + "/packs")
        for at in 0..<256 {
            let name = "\(directory)/\(at < 16 ? "0" : "")\(String(at, radix: 16))"
            try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: true)
        }
    }

    private func path(_ file: String) -> String { "\(directory)/\(file.prefix(2))/\(file)" }

    /// Where a payload's bytes are.
    func place(_ file: String) -> (path: String, offset: Int64) {
        ObjectPacks.Place(file).map { (packs.path($0.pack), $0.offset) } ?? (path(file), 0)
    }

    /// Keeps a payload; `algorithms` are the checksums to take of it: "CRC32", "SHA256", ….
    func store(_ body: AWSBody, algorithms: [String]) async throws -> Stored {
        switch body {
        case .bytes(let bytes) where bytes.count <= Self.inlineSize: try store(bytes, algorithms)
        case .bytes(let bytes): try await Task.detached { try store(bytes, algorithms) }.value
        case .file(let source, let offset, let length):
            try await Task.detached { try adopt(source, offset, length, algorithms) }.value
        }
    }

    private func store(_ bytes: [UInt8], _ algorithms: [String]) throws -> Stored {
        let file: String
        if bytes.count <= Self.inlineSize {
            file = try packs.append(bytes)
        } else {
            file = Identifier.hex(32)
            let output = try create(file)
            defer { close(output) }
            try bytes.withUnsafeBytes { try Self.write(output, $0) }
        }
        var checksums = algorithms.map { Checksum($0) }
        for at in checksums.indices { bytes.withUnsafeBytes { checksums[at].update($0) } }
        return Stored(
            file: file, size: Int64(bytes.count), md5: Digest.hash(bytes, .md5), checksums: Checksum.values(checksums))
    }

    /// Takes over a spooled file by renaming it, or copies a part of one.
    private func adopt(_ source: String, _ offset: Int64, _ length: Int64, _ algorithms: [String]) throws -> Stored {
        let file = Identifier.hex(32)
        var stored = try combine([(source, offset, length)], into: nil, algorithms)
        var information = stat()
        if offset == 0, stat(source, &information) == 0, information.st_size == length,
            source.contains("/spool/"), rename(source, path(file)) == 0
        {
            stored.file = file
            return stored
        }
        return try combine([(source, offset, length)], into: file, algorithms)
    }

    /// Reads pieces of files one after the other, hashing them and, when `file` is given, writing them there.
    func combine(
        _ pieces: [(path: String, offset: Int64, length: Int64)], into file: String?, _ algorithms: [String]
    ) throws -> Stored {
        let output = try file.map(create) ?? -1
        defer { if output >= 0 { close(output) } }
        var digest = Digest(.md5)
        var checksums = algorithms.map { Checksum($0) }
        var buffer = [UInt8](repeating: 0, count: Self.pieceSize)
        var total: Int64 = 0
        for piece in pieces {
            let input = open(piece.path, O_RDONLY | O_CLOEXEC)
            guard input >= 0 else { throw Failure(description: "a stored payload is missing") }
            defer { close(input) }
            var done: Int64 = 0
            while done < piece.length {
                let wanted = Int(min(Int64(buffer.count), piece.length - done))
                let got = pread(input, &buffer, wanted, off_t(piece.offset + done))
                guard got > 0 else { throw Failure(description: "a stored payload is shorter than it should be") }
                try buffer.withUnsafeBytes { bytes in
                    let read = UnsafeRawBufferPointer(rebasing: bytes[0..<got])
                    digest.update(read)
                    for at in checksums.indices { checksums[at].update(read) }
                    if output >= 0 { try Self.write(output, read) }
                }
                done += Int64(got)
            }
            total += done
        }
        return Stored(
            file: file ?? "", size: total, md5: digest.finalize(), checksums: Checksum.values(checksums))
    }

    /// A payload, or a part of it: small ones in memory.
    func read(_ file: String?, offset: Int64, length: Int64) throws -> AWSBody {
        guard let file, length > 0 else { return .bytes([]) }
        let place = place(file)
        let path = place.path
        let offset = offset + place.offset
        guard length <= Int64(Self.inlineSize) else { return .file(path: path, offset: offset, length: length) }
        let input = open(path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw Failure(description: "a stored payload is missing") }
        defer { close(input) }
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            count = max(0, pread(input, buffer.baseAddress, Int(length), off_t(offset)))
        }
        guard bytes.count == length else { throw Failure(description: "a stored payload is shorter than it should be") }
        return .bytes(bytes)
    }

    func remove(_ file: String) {
        if let place = ObjectPacks.Place(file) { packs.remove(place) } else { unlink(path(file)) }
    }

    /// Removes every file that is not in use: what was written but not acknowledged before a kill.
    func removeAll(except used: Set<String>) {
        packs.removeAll(except: used.compactMap { ObjectPacks.Place($0) })
        for folder in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        where folder != "packs" {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []
            where !used.contains(file) {
                unlink("\(directory)/\(folder)/\(file)")
            }
        }
    }

    private func create(_ file: String) throws -> Int32 {
        let output = open(path(file), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw Failure(description: "the payload could not be kept: \(DiskLack.text())") }
        return output
    }

    private static func write(_ output: Int32, _ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(output, rest.baseAddress, rest.count)
            guard written > 0 else {
                if errno == EINTR { continue }
                throw Failure(description: "the payload could not be kept: \(DiskLack.text())")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
