import AWSCICD

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The lines of earlier prompts, in `~/.awscicd_history` or the file that `AWSCICD_HISTORY` names (none when that is empty).
///
/// Only its owner can read the file, and what looks like a secret does not get into it: code that holds a value which the
/// runtime covers, that writes of passwords, tokens and the like, or whose first line begins with a space.
struct PromptHistory {
    static let mostLines = 1000
    private static let privateWords = [
        "password", "passwd", "passphrase", "secret", "token", "credential", "private_key", "api_key", "bearer",
        "authorization",
    ]

    private let path: String?

    init() {
        if let path = Self.environment("AWSCICD_HISTORY") {
            self.path = path.isEmpty ? nil : path
        } else {
            path = Self.environment("HOME").flatMap { $0.isEmpty ? nil : $0 + "/.awscicd_history" }
        }
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The lines that are kept, oldest first; a file that has grown long is cut to them. Without a file there are none.
    func load() -> [String] {
        guard let path, let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        var buffer: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(buffer) }
        while case let count = getline(&buffer, &capacity, file), count > 0, let buffer {
            let bytes = UnsafeRawBufferPointer(start: buffer, count: buffer[count - 1] == 0x0A ? count - 1 : count)
            lines.append(String(decoding: bytes, as: UTF8.self))
        }
        // Not at each line too many: rewriting is for once in a while.
        guard lines.count > 2 * Self.mostLines else { return lines.suffix(Self.mostLines) }
        let kept = Array(lines.suffix(Self.mostLines))
        // Beside it first: another prompt may be reading, and this one may be killed.
        let beside = "\(path).\(getpid())"
        if Self.write(kept, to: beside, O_TRUNC) != nil || rename(beside, path) != 0 { unlink(beside) }
        return kept
    }

    /// Adds code that was typed, line by line, unless it may hold a secret.
    ///
    /// - Returns: why it cannot be kept, where the file is at fault.
    func add(_ code: String, _ mask: SecretMask) -> String? {
        guard let path, !Self.isPrivate(code), mask.mask(code) == code else { return nil }
        let problem = Self.write(code.split(separator: "\n").map(String.init), to: path, O_APPEND)
        return problem.map { "what is typed here is not kept: \(path): \($0) (AWSCICD_HISTORY names another file)" }
    }

    private static func isPrivate(_ code: String) -> Bool {
        if code.hasPrefix(" ") { return true }
        let code = code.lowercased()
        return privateWords.contains(where: code.contains)
    }

    /// In one call, so that the lines of two prompts do not mix.
    private static func write(_ lines: [String], to path: String, _ flags: Int32) -> String? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        let text = Array(lines.map { $0 + "\n" }.joined().utf8)
        return writeBytes(descriptor, text) == text.count ? nil : String(cString: strerror(errno))
    }
}

/// The C library's `write`, which the type's own hides.
private func writeBytes(_ descriptor: Int32, _ bytes: [UInt8]) -> Int { write(descriptor, bytes, bytes.count) }
