import CFileShim
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Small payloads, many to a file: making a file for each costs more than writing it. A payload's name says where it is,
/// `p<pack>.<offset>.<length>`; the space of one that goes is given back to the file system.
final class ObjectPacks: Sendable {
    struct Place {
        let pack: Int
        let offset: Int64
        let length: Int64

        /// nil for names that are not a pack's.
        init?(_ name: String) {
            guard name.hasPrefix("p") else { return nil }
            let parts = name.dropFirst().split(separator: ".")
            guard parts.count == 3, let pack = Int(parts[0]), let offset = Int64(parts[1]), let length = Int64(parts[2])
            else {
                return nil
            }
            self.pack = pack
            self.offset = offset
            self.length = length
        }
    }
    private struct State {
        var pack: Int
        var end: Int64 = 0
        var descriptor: Int32 = -1
    }

    /// Payloads start at whole blocks, so that the blocks of one can be freed.
    private static let block: Int64 = 4096
    private static let packSize: Int64 = 256 << 20

    private let directory: String
    private let state: Mutex<State>

    /// Writes to a new pack: what an earlier process wrote last may not have been acknowledged.
    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let last = Self.numbers(directory).max() ?? 0
        state = Mutex(State(pack: last + 1))
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
    }

    func path(_ pack: Int) -> String { "\(directory)/\(pack)" }

    func append(_ bytes: [UInt8]) throws -> String {
        try state.withLock { state in
            if state.descriptor >= 0, state.end > Self.packSize {
                close(state.descriptor)
                state = State(pack: state.pack + 1)
            }
            if state.descriptor < 0 {
                state.descriptor = open(path(state.pack), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
                guard state.descriptor >= 0 else {
                    throw ObjectFiles.Failure(description: "the payload could not be kept: \(DiskLack.text())")
                }
            }
            let offset = state.end
            let written = bytes.withUnsafeBytes { pwrite(state.descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            guard written == bytes.count else {
                // A part of it was written: there was no room for the rest.
                let code = written < 0 ? errno : ENOSPC
                throw ObjectFiles.Failure(description: "the payload could not be kept: \(DiskLack.text(code))")
            }
            state.end = (offset + Int64(bytes.count) + Self.block - 1) / Self.block * Self.block
            return "p\(state.pack).\(offset).\(bytes.count)"
        }
    }

    func remove(_ place: Place) {
        free(place.pack, place.offset..<(place.offset + place.length + Self.block - 1) / Self.block * Self.block)
    }

    /// Gives the blocks of a range back; reading them gives zeros.
    private func free(_ pack: Int, _ range: Range<Int64>) {
        guard !range.isEmpty else { return }
        let descriptor = open(path(pack), O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = cfileshim_punch(descriptor, range.lowerBound, Int64(range.count))
        close(descriptor)
    }

    /// Frees everything but these: what was written and not acknowledged before a kill, or let go of and not yet freed.
    func removeAll(except used: [Place]) {
        let byPack = Dictionary(grouping: used, by: \.pack)
        for pack in Self.numbers(directory) {
            guard let places = byPack[pack]?.sorted(by: { $0.offset < $1.offset }) else {
                unlink(path(pack))
                continue
            }
            var end: Int64 = 0
            for place in places {
                free(pack, end..<max(end, place.offset))
                end = (place.offset + place.length + Self.block - 1) / Self.block * Self.block
            }
            var information = stat()
            if stat(path(pack), &information) == 0 { free(pack, end..<max(end, Int64(information.st_size))) }
        }
    }

    private static func numbers(_ directory: String) -> [Int] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).compactMap { Int($0) }
    }
}
