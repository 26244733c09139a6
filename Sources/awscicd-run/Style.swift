#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Colours, where somebody sees them: on a terminal, unless NO_COLOR is set.
struct Style {
    let isColored: Bool

    static var standardError: Style { Style(descriptor: 2) }
    static var standardOutput: Style { Style(descriptor: 1) }

    init(isColored: Bool) { self.isColored = isColored }

    private init(descriptor: Int32) {
        let refuses = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        let isDumb = getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? false
        isColored = !refuses && !isDumb && isatty(descriptor) != 0
    }

    func bold(_ text: String) -> String { paint("1", text) }
    func dim(_ text: String) -> String { paint("2", text) }
    func red(_ text: String) -> String { paint("31", text) }
    func yellow(_ text: String) -> String { paint("33", text) }
    func green(_ text: String) -> String { paint("32", text) }

    private func paint(_ code: String, _ text: String) -> String {
        isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
