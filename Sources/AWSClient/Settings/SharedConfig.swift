#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What `~/.aws/config` and `~/.aws/credentials` say: profiles, sso-sessions and services.
///
/// Source: "Shared config and credentials files", AWS SDKs and Tools Reference Guide; where that is vague, botocore.
public struct SharedConfig: Sendable, Hashable {
    /// A section's settings; a nested group such as `s3 =` is a dictionary of its own.
    public struct Section: Sendable, Hashable {
        public internal(set) var values: [String: String] = [:]
        public internal(set) var groups: [String: [String: String]] = [:]

        public init() {}

        public subscript(name: String) -> String? {
            guard let value = values[name], !value.isEmpty else { return nil }
            return value
        }
    }

    /// Both files' settings of each profile; those of the credentials file win.
    public private(set) var profiles: [String: Section] = [:]
    /// The profiles that the credentials file alone has, for the place of that file in the chain of credentials.
    public private(set) var credentialProfiles: [String: Section] = [:]
    public private(set) var configProfiles: [String: Section] = [:]
    public private(set) var ssoSessions: [String: Section] = [:]
    public private(set) var services: [String: Section] = [:]
    /// Where the files were looked for.
    public let configPath: String
    public let credentialsPath: String

    /// Reads both files; one that does not exist counts as empty.
    public init(environment: Environment) throws(SettingsFailure) {
        configPath = environment.expand(environment["AWS_CONFIG_FILE"] ?? "~/.aws/config")
        credentialsPath = environment.expand(environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials")
        try addConfig(try INIFile.sections(configPath))
        credentialProfiles = try INIFile.sections(credentialsPath)
        for (name, section) in credentialProfiles {
            profiles[name, default: Section()].values.merge(section.values) { $1 }
            profiles[name, default: Section()].groups.merge(section.groups) { $1 }
        }
    }

    private mutating func addConfig(_ sections: [String: Section]) throws(SettingsFailure) {
        for (title, section) in sections {
            let words = Self.words(title)
            switch (words.first, words.count) {
            case ("default", 1): configProfiles["default"] = configProfiles["default"] ?? section
            case ("profile", 2): configProfiles[words[1]] = section
            case ("sso-session", 2): ssoSessions[words[1]] = section
            case ("services", 2): services[words[1]] = section
            default: break  // other tools' sections
            }
        }
        profiles = configProfiles
    }

    /// The words of a section's title; quotes keep spaces.
    private static func words(_ title: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isInWord = false
        for character in title {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isInWord = true
            } else if character == " " || character == "\t" {
                if isInWord { words.append(word) }
                word = ""
                isInWord = false
            } else {
                word.append(character)
                isInWord = true
            }
        }
        if isInWord { words.append(word) }
        return words
    }
}

/// A setting that cannot be used, with the place to mend it.
public struct SettingsFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}

/// The files' syntax: sections in brackets, `name = value`, and groups of indented lines under a name without a value.
enum INIFile {
    /// A file that does not exist is empty; one that cannot be read is an error.
    static func sections(_ path: String) throws(SettingsFailure) -> [String: SharedConfig.Section] {
        guard let bytes = try readFile(path) else { return [:] }
        return try parse(String(decoding: bytes, as: UTF8.self), path: path)
    }

    static func parse(_ text: String, path: String) throws(SettingsFailure) -> [String: SharedConfig.Section] {
        var sections: [String: SharedConfig.Section] = [:]
        var title: String?
        /// The last name that was given, for the indented lines that continue it.
        var name: String?
        for (number, rawLine) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        {
            let line = trim(rawLine)
            if line.isEmpty || line.first == "#" || line.first == ";" { continue }
            let isIndented = rawLine.first == " " || rawLine.first == "\t"
            if line.first == "[", !isIndented {
                guard let close = line.firstIndex(of: "]") else {
                    throw SettingsFailure("\(path), line \(number + 1): a section's title needs a closing bracket")
                }
                title = String(trim(line[line.index(after: line.startIndex)..<close]))
                if let title, sections[title] == nil { sections[title] = SharedConfig.Section() }
                name = nil
                continue
            }
            guard let title else {
                throw SettingsFailure(
                    "\(path), line \(number + 1): a setting before the first section, such as [default]")
            }
            if isIndented, let name {
                addContinuation(line, to: name, in: &sections[title, default: SharedConfig.Section()])
                continue
            }
            guard let equals = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                throw SettingsFailure("\(path), line \(number + 1): expected a section or name = value")
            }
            let key = trim(line[..<equals]).lowercased()
            name = key
            sections[title]?.values[key] = String(trim(line[line.index(after: equals)...]))
        }
        return sections
    }

    private static func addContinuation(_ line: Substring, to name: String, in section: inout SharedConfig.Section) {
        let value = section.values[name] ?? ""
        if value.isEmpty, let equals = line.firstIndex(of: "=") {
            section.groups[name, default: [:]][String(trim(line[..<equals]))] = String(
                trim(line[line.index(after: equals)...]))
        } else {
            section.values[name] = value.isEmpty ? String(line) : value + "\n" + line
        }
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text = text.dropFirst() }
        while text.last == " " || text.last == "\t" || text.last == "\r" { text = text.dropLast() }
        return text
    }

    private static func trim(_ text: Slice<Substring>) -> Substring { trim(Substring(text)) }

    /// The whole of a small file; nil when there is none.
    ///
    /// - Parameter patience: milliseconds for which a pipe in a file's place, such as a shell's `<(command)`, may be silent.
    static func readFile(_ path: String, patience: Int32 = 10_000) throws(SettingsFailure) -> [UInt8]? {
        // Not blocking: a pipe that nobody writes to would hold us for ever, and no signal would end it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SettingsFailure("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if !isFile, poll(&ready, 1, patience) == 0 {
                throw SettingsFailure("nothing came from \(path) within \(patience) ms")
            }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SettingsFailure("cannot read \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > 16 << 20 { throw SettingsFailure("\(path) is too large to be a settings file") }
        }
    }
}
