import Foundation

/// What this process holds in memory now, as Linux counts it.
enum Memory {
    /// Memory of its own, in KB.
    static var own: Int { field("RssAnon:") }
    /// Parts of files that it has touched (among them the image), which the system may drop and read again, in KB.
    static var file: Int { field("RssFile:") }

    /// 0 where there is no /proc.
    private static func field(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) } ?? 0
    }
}
