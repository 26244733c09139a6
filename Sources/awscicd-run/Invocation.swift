import AWSCICD

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the command line asks to run.
struct Invocation {
    var code: [String]
    var script: String?
    var arguments: [String]
    var isInteractive: Bool

    /// A piece of Lua to run.
    struct Chunk {
        /// In Lua's convention: "@deploy.lua", "=stdin".
        let name: String
        let source: [UInt8]

        /// The name as it is in messages.
        var shownName: String { String(name.dropFirst()) }

        /// Whether it looks like one that sends requests, by its beginning. A guess: a wrong one costs a few milliseconds,
        /// and so would looking through a script of many megabytes.
        var mentionsAWS: Bool {
            source.indices.dropLast(2).prefix(64 << 10).contains { at in
                source[at] == UInt8(ascii: "a") && source[at + 1] == UInt8(ascii: "w")
                    && source[at + 2] == UInt8(ascii: "s")
            }
        }
    }

    /// A script that cannot be run at all.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    init(code: [String], script: String?, arguments: [String], isInteractive: Bool) {
        (self.code, self.script, self.arguments, self.isInteractive) = (code, script, arguments, isInteractive)
    }

    /// What a command line asks for that has no options but `-e`; nil for every other, which is the parser's to read.
    ///
    /// The argument parser takes twice as long to set itself up as Lua takes to start, and most uses give it nothing to do.
    init?(plain words: ArraySlice<String>) {
        var words = words
        var code: [String] = []
        while words.first == "-e" {
            words.removeFirst()
            guard let chunk = words.popFirst() else { return nil }
            code.append(chunk)
        }
        let script = words.popFirst()
        if let script, script.isEmpty || (script.hasPrefix("-") && script != "-") { return nil }
        self.init(code: code, script: script, arguments: Array(words), isInteractive: false)
    }

    /// How messages and the script itself name it.
    var scriptName: String {
        switch script {
        case nil: "awscicd-run"
        case "-": "stdin"
        case let path?: String(path.split(separator: "/").last ?? "script")
        }
    }

    var scriptPath: String? { script == "-" ? nil : script }

    /// Without anything to run, a terminal gets a prompt and a pipe is read.
    var wantsPrompt: Bool { isInteractive || (script == nil && code.isEmpty && isatty(0) != 0) }

    /// - Throws: ``Unreadable``.
    func chunks() throws -> [Chunk] {
        var chunks = code.map { Chunk(name: "=(command line)", source: Array($0.utf8)) }
        if let script {
            chunks.append(script == "-" ? try Self.standardInput() : try Self.file(script))
        } else if code.isEmpty, !wantsPrompt {
            chunks.append(try Self.standardInput())
        }
        return chunks
    }

    private static func standardInput() throws -> Chunk {
        Chunk(name: "=stdin", source: try checked(try read(descriptor: 0, "standard input"), "standard input"))
    }

    private static func file(_ path: String) throws -> Chunk {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let advice = errno == ENOENT && !path.hasSuffix(".lua") && access(path + ".lua", F_OK) == 0
            throw Unreadable(
                description: "cannot open \(path): \(String(cString: strerror(errno)))"
                    + (advice ? " (did you mean \(path).lua?)" : ""))
        }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw Unreadable(description: "\(path) is a folder, not a script")
        }
        return Chunk(name: "@\(path)", source: try checked(try read(descriptor: descriptor, path), path))
    }

    /// The longest script that is read. What has no end (`/dev/zero`, a program that only writes) would take all memory.
    private static let longest = 256 << 20

    private static func read(descriptor: Int32, _ name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { readBytes(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw Unreadable(description: "cannot read \(name): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= longest else {
                throw Unreadable(description: "\(name) is longer than \(longest >> 20) MB, which no script is")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Without a byte order mark. Bytecode is refused: Lua does not check it, and a forged one can do anything.
    private static func checked(_ source: [UInt8], _ name: String) throws -> [UInt8] {
        if source.starts(with: [0x1B, 0x4C, 0x75, 0x61]) {
            throw Unreadable(description: "\(name) is compiled Lua; only source text is run")
        }
        if source.starts(with: [0x7F, 0x45, 0x4C, 0x46]) {
            throw Unreadable(description: "\(name) is a program, not a Lua script")
        }
        return source.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(source.dropFirst(3)) : source
    }
}

private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
