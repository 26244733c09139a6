/// A file pattern: `*` and `?` within a component, `[a-z]` and `[!a-z]`, `**` for any number of folders, `{a,b}` for
/// either. A name that begins with a dot is matched only by a pattern that does, as in a shell.
struct Glob: Sendable {
    private let alternatives: [[[UInt8]]]
    private let isAbsolute: Bool
    /// Asks for each folder that is listed and each path that is looked for: "*/../.." leads anywhere.
    private let asks: @Sendable (FSPath) throws -> Void

    init(_ pattern: String, asking asks: @escaping @Sendable (FSPath) throws -> Void = { _ in }) throws(FileError) {
        self.asks = asks
        let expanded = Self.expandBraces(Array(pattern.utf8))
        guard expanded.count <= 1000 else {
            throw FileError(
                "use the pattern", path: pattern, reason: "its braces stand for too many names", code: "EINVAL")
        }
        isAbsolute = pattern.hasPrefix("/")
        alternatives = expanded.map { $0.split(separator: 0x2F).map(Array.init) }
    }

    /// The paths that match, sorted, each once.
    func paths() throws -> [FSPath] {
        var found = Set<FSPath>()
        for components in alternatives {
            try descend(isAbsolute ? FSPath("/") : nil, components[...], into: &found)
        }
        return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    private func descend(
        _ folder: FSPath?, _ components: ArraySlice<[UInt8]>, into found: inout Set<FSPath>
    ) throws {
        guard let component = components.first else {
            if let folder { found.insert(folder) }
            return
        }
        let rest = components.dropFirst()
        let here = if let folder { folder } else { try FSPath(".") }
        let join = { (name: FSPath) in folder?.appending(name) ?? name }
        if component == Array("**".utf8) {
            try descend(folder, rest, into: &found)
            try asks(here)
            guard let entries = try? FileSystem.list(here) else { return }
            for entry in entries where entry.name.bytes[0] != 0x2E {
                if entry.kind == .directory {
                    try descend(join(entry.name), components, into: &found)
                } else if rest.isEmpty {
                    found.insert(join(entry.name))
                }
            }
            return
        }
        guard component.contains(where: { "*?[".utf8.contains($0) }) else {
            let path = join(try FSPath(component))
            // Whether a folder on the way is there shows in what follows, which is asked for.
            if !rest.isEmpty { return try descend(path, rest, into: &found) }
            try asks(path)
            if (try? FileSystem.status(of: path, followingLinks: false)) != nil { found.insert(path) }
            return
        }
        try asks(here)
        guard let entries = try? FileSystem.list(here) else { return }
        for entry in entries where Self.matches(entry.name.bytes[...], component[...]) {
            let path = join(entry.name)
            if rest.isEmpty || entry.kind == .directory || (try? FileSystem.status(of: path))?.kind == .directory {
                try descend(path, rest, into: &found)
            }
        }
    }

    /// One name against one component. A star is tried greedily with one step back, so the time is at most the product
    /// of the lengths.
    static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        if name.first == 0x2E, pattern.first != 0x2E { return false }
        var at = name.startIndex
        var next = pattern.startIndex
        var star: (pattern: Int, name: Int)?
        while at < name.endIndex {
            if next < pattern.endIndex {
                if pattern[next] == UInt8(ascii: "*") {
                    star = (next + 1, at)
                    next += 1
                    continue
                }
                if let end = matchesOne(name[at], pattern, next) {
                    at += 1
                    next = end
                    continue
                }
            }
            guard let back = star else { return false }
            star = (back.pattern, back.name + 1)
            next = back.pattern
            at = back.name + 1
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Whether one byte matches what stands at `position`; the position after it, or nil.
    private static func matchesOne(_ byte: UInt8, _ pattern: ArraySlice<UInt8>, _ position: Int) -> Int? {
        switch pattern[position] {
        case UInt8(ascii: "?"): return position + 1
        case UInt8(ascii: "["):
            // A bracket that closes nothing is itself; "]" first in a set is a member.
            guard let close = pattern[(position + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
                return byte == UInt8(ascii: "[") ? position + 1 : nil
            }
            var set = pattern[(position + 1)..<close]
            let negated = set.first == UInt8(ascii: "!") && set.count > 1
            if negated { set = set.dropFirst() }
            var isMember = false
            var at = set.startIndex
            while at < set.endIndex {
                if at + 2 < set.endIndex, set[at + 1] == UInt8(ascii: "-") {
                    isMember = isMember || (set[at] <= byte && byte <= set[at + 2])
                    at += 3
                } else {
                    isMember = isMember || set[at] == byte
                    at += 1
                }
            }
            return isMember != negated ? close + 1 : nil
        case let literal: return literal == byte ? position + 1 : nil
        }
    }

    /// "a{b,c{d,e}}" as "ab", "acd", "ace"; an unbalanced brace is itself.
    private static func expandBraces(_ pattern: [UInt8]) -> [[UInt8]] {
        guard let open = pattern.firstIndex(of: UInt8(ascii: "{")) else { return [pattern] }
        var depth = 0
        var commas: [Int] = []
        var close: Int?
        scan: for at in open..<pattern.count {
            switch pattern[at] {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 {
                    close = at
                    break scan
                }
            case UInt8(ascii: ","): if depth == 1 { commas.append(at) }
            default: break
            }
        }
        guard let close, !commas.isEmpty else {
            let head = Array(pattern[...open])
            return expandBraces(Array(pattern[(open + 1)...])).map { head + $0 }
        }
        let tails = expandBraces(Array(pattern[(close + 1)...]))
        var results: [[UInt8]] = []
        for (start, end) in zip([open] + commas, commas + [close]) {
            for middle in expandBraces(Array(pattern[(start + 1)..<end])) {
                for tail in tails {
                    results.append(Array(pattern[..<open]) + middle + tail)
                    if results.count > 1000 { return results }
                }
            }
        }
        return results
    }
}
