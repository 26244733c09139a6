/// The lines in which the versions of a merge differ.
extension GitRepository {
    struct MergeHunk: Sendable {
        /// Lines of one version, counted from 0.
        struct Side: Sendable {
            var lines: Range<Int>
            var content: [UInt8]
        }
        var base: Side
        var source: Side
        var destination: Side
        /// Whether both sides changed these lines, in different ways.
        var isConflict: Bool
    }
    struct MergeHunks: Sendable {
        var hunks: [MergeHunk]
        /// What git takes for a binary file: one with a zero byte near its start.
        var isBinary: (base: Bool, source: Bool, destination: Bool)
    }

    /// The hunks of one file of a merge; none of a binary file.
    func hunks(of file: MergeConflict) async throws -> MergeHunks {
        let base = try await content(file.base)
        let (source, destination) = (try await content(file.source), try await content(file.destination))
        let isBinary = (Self.isBinary(base), Self.isBinary(source), Self.isBinary(destination))
        if isBinary.0 || isBinary.1 || isBinary.2 { return MergeHunks(hunks: [], isBinary: isBinary) }
        let versions = LineVersions(
            base: Self.lines(base), source: Self.lines(source), destination: Self.lines(destination))
        let hunks = versions.hunks(
            source: try await changes(file.base, file.source, versions.base.count, versions.source.count),
            destination: try await changes(file.base, file.destination, versions.base.count, versions.destination.count)
        )
        return MergeHunks(hunks: hunks, isBinary: isBinary)
    }

    private func content(_ entry: TreeEntry?) async throws -> [UInt8] {
        try await entry.asyncMap { try await blob($0.id) ?? [] } ?? []
    }

    private static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }

    /// Lines with their ends; the last one may have none.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 10) {
            lines.append(rest[...end])
            rest = rest[(end + 1)...]
        }
        return rest.isEmpty ? lines : lines + [rest]
    }

    /// The lines of one version that another has in place of its own.
    struct LineChange: Sendable {
        var old: Range<Int>
        var new: Range<Int>
    }

    private func changes(
        _ old: TreeEntry?, _ new: TreeEntry?, _ oldCount: Int, _ newCount: Int
    ) async throws -> [LineChange] {
        guard let old, let new else {
            return oldCount == 0 && newCount == 0 ? [] : [LineChange(old: 0..<oldCount, new: 0..<newCount)]
        }
        let output = try await GitProgram.check(
            ["diff", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--text", old.id, new.id], in: path)
        // Byte by byte: "\r\n" is one character, and no line break.
        return output.text.utf8.split(separator: 10).compactMap { line in
            let line = Substring(line)
            guard line.hasPrefix("@@ -"), let end = line.dropFirst(3).firstRange(of: " @@")?.lowerBound else {
                return nil
            }
            let ranges = line[line.index(line.startIndex, offsetBy: 3)..<end].split(separator: " ").compactMap(
                Self.range)
            return ranges.count == 2 ? LineChange(old: ranges[0], new: ranges[1]) : nil
        }
    }

    /// "-3,2" are the lines 2 and 3, counted from 0; "+3,0" is the place behind line 2.
    private static func range(_ text: Substring) -> Range<Int>? {
        let parts = text.dropFirst().split(separator: ",").compactMap { Int($0) }
        guard let first = parts.first else { return nil }
        let count = parts.count > 1 ? parts[1] : 1
        let start = count == 0 ? first : first - 1
        return start >= 0 && count >= 0 ? start..<(start + count) : nil
    }
}

/// Three versions of a file, line by line.
struct LineVersions {
    let base: [ArraySlice<UInt8>]
    let source: [ArraySlice<UInt8>]
    let destination: [ArraySlice<UInt8>]

    /// Puts changes together that touch the same lines of the base, or lines next to each other.
    func hunks(
        source sourceChanges: [GitRepository.LineChange], destination destinationChanges: [GitRepository.LineChange]
    ) -> [GitRepository.MergeHunk] {
        var hunks: [GitRepository.MergeHunk] = []
        var (fromSource, fromDestination) = (sourceChanges[...], destinationChanges[...])
        // By how many lines each side is ahead of the base.
        var (sourceAhead, destinationAhead) = (0, 0)
        while let start = [fromSource.first, fromDestination.first].compactMap({ $0?.old.lowerBound }).min() {
            var end = start
            let (sourceBefore, destinationBefore) = (sourceAhead, destinationAhead)
            var (changedBySource, changedByDestination) = (false, false)
            while true {
                if let next = fromSource.first, next.old.lowerBound <= end {
                    end = max(end, next.old.upperBound)
                    sourceAhead += next.new.count - next.old.count
                    changedBySource = true
                    fromSource.removeFirst()
                } else if let next = fromDestination.first, next.old.lowerBound <= end {
                    end = max(end, next.old.upperBound)
                    destinationAhead += next.new.count - next.old.count
                    changedByDestination = true
                    fromDestination.removeFirst()
                } else {
                    break
                }
            }
            let inSource = side(source, (start + sourceBefore)..<(end + sourceAhead))
            let inDestination = side(destination, (start + destinationBefore)..<(end + destinationAhead))
            hunks.append(
                .init(
                    base: side(base, start..<end), source: inSource, destination: inDestination,
                    isConflict: changedBySource && changedByDestination && inSource.content != inDestination.content))
        }
        return hunks
    }

    private func side(_ lines: [ArraySlice<UInt8>], _ range: Range<Int>) -> GitRepository.MergeHunk.Side {
        .init(lines: range, content: Array(lines[range.clamped(to: lines.indices)].joined()))
    }
}
