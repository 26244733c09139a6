/// A program to run: what a script says to `process.run` and `process.start`.
struct Program: Sendable {
    enum Input: Sendable, Equatable {
        case empty
        case bytes([UInt8])
        case pipe
        case inherit
        case file(String)
    }

    enum Output: Sendable, Equatable {
        /// Read by the script while the program runs, or as a whole afterwards.
        case pipe
        case inherit
        case discard
        case file(String, append: Bool)
        /// For standard error: into the same stream as standard output.
        case merge
    }

    var name: String
    var arguments: [[UInt8]] = []
    /// Changes to the environment: nil removes a variable.
    var environment: [String: String?] = [:]
    var clearsEnvironment = false
    var directory: String?
    var input = Input.empty
    var output = Output.pipe
    var error = Output.pipe
    /// Seconds until the program and what it started are ended.
    var timeout: Double?
    /// Seconds between the request to end (SIGTERM) and the end (SIGKILL).
    var grace = 5.0
    /// Bytes of each stream that are kept at most; a program that writes more is ended.
    var limit = 256 << 20

    /// Whether it runs in a process group of its own.
    var ownsGroup: Bool { input != .inherit }

    /// The program and its arguments as one would type them, for messages.
    var commandLine: String {
        ([name] + arguments.map { String(decoding: $0, as: UTF8.self) }).map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_-./:=@%+,".utf8.contains(byte)
            }
        }
        if plain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// How a program ended.
struct ProgramOutcome: Sendable {
    /// The exit status; 128 + the signal's number when a signal ended it, as a shell reports it.
    var status: Int
    var signal: Int?
    var timedOut = false
    var exceededLimit = false
    var output: [UInt8] = []
    var error: [UInt8] = []
    var seconds = 0.0
}

/// A program that could not be started.
struct ProgramFailure: Error, Sendable, CustomStringConvertible {
    let description: String
    let code: String
}
