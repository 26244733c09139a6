/// The file patterns of buildspec artifacts, report files and caches: `*` and `?` within a component, `**` across them.
struct PathPattern: Sendable {
    private let parts: [[UInt8]]

    init(_ pattern: String) {
        parts = pattern.split(separator: "/").filter { $0 != "." }.map { Array($0.utf8) }
    }

    func matches(_ path: String) -> Bool {
        Self.match(parts[...], path.split(separator: "/").map { Array($0.utf8) }[...])
    }

    private static func match(_ pattern: ArraySlice<[UInt8]>, _ path: ArraySlice<[UInt8]>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        if first == [42, 42] {
            let rest = pattern.dropFirst()
            if rest.isEmpty { return !path.isEmpty }
            return path.indices.contains { match(rest, path[$0...]) } || match(rest, path[path.endIndex...])
        }
        guard let name = path.first, glob(first, name) else { return false }
        return match(pattern.dropFirst(), path.dropFirst())
    }

    /// One component with `*`, `?` and `{a,b}`-free literals, by backtracking to the last star.
    static func glob(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var p = 0
        var n = 0
        var star: (p: Int, n: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == 42 {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == 63 || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let back = star {
                star = (back.p, back.n + 1)
                p = back.p + 1
                n = back.n + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == 42 }
    }
}
