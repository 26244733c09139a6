/// The Install event as one shell script, run inside of the instance: remove what the previous revision installed, copy
/// the files, set permissions, and note what was installed for the next time.
///
/// The list of files is known outside, from the unpacked bundle; whether a file exists is only asked inside.
struct InstallScript {
    var archive: String
    var cleanupList: String
    var behavior: String
    private(set) var lines: [String] = []

    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// - Parameters:
    ///   - spec: The revision's AppSpec.
    ///   - files: Names of all files in the bundle.
    ///   - directories: Names of all folders in it.
    init(
        _ spec: AppSpec, archive: String, cleanupList: String, behavior: String, files: [String], directories: [String]
    ) throws(EventDiagnostics) {
        self.archive = archive
        self.cleanupList = cleanupList
        self.behavior = behavior
        lines = Self.preamble(cleanupList, behavior)
        for mapping in spec.files { try add(mapping, files, directories) }
        for permission in spec.permissions { add(permission) }
        lines.append("finish")
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private static func preamble(_ list: String, _ behavior: String) -> [String] {
        let list = quoted(list)
        let exists: String
        switch behavior {
        case "OVERWRITE": exists = ":"
        case "RETAIN": exists = "return 0"
        default:
            exists = "fail \"The deployment failed because a specified file already exists at this location: $2\""
        }
        return [
            "fail() { echo \"$1\" >&2; exit 1; }",
            // The previous revision's files go first, the deepest first; folders only when they are empty.
            "if [ -f \(list) ]; then sort -r \(list) | while IFS= read -r f; do if [ -d \"$f\" ] && [ ! -L \"$f\" ]; then rmdir \"$f\" 2>/dev/null; else rm -f \"$f\"; fi; done; fi",
            "mkdir -p \"$(dirname \(list))\"; : > \(list).new",
            "note() { printf '%s\\n' \"$1\" >> \(list).new; }",
            "folder() { [ -d \"$1\" ] || { folder \"$(dirname \"$1\")\"; mkdir \"$1\" || fail \"cannot create $1\"; note \"$1\"; }; }",
            "file() { if [ -e \"$2\" ] || [ -L \"$2\" ]; then \(exists); rm -f \"$2\"; fi; cp -Pp \"$1\" \"$2\" || fail \"cannot copy $2\"; note \"$2\"; }",
            "user() { id -u \"$1\" >/dev/null 2>&1 || fail \"chown: invalid user: '$1'\"; }",
            "finish() { mv \(list).new \(list); }",
        ]
    }

    private mutating func add(
        _ mapping: AppSpec.FileMapping, _ files: [String], _ directories: [String]
    ) throws(EventDiagnostics) {
        let source = mapping.source.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        guard !mapping.source.contains(".."), mapping.destination.hasPrefix("/") else {
            throw .failure(
                "The AppSpec's file entry \(mapping.source) -> \(mapping.destination) is not valid: the source lies in the bundle, the destination is an absolute path"
            )
        }
        let target = mapping.destination.hasSuffix("/") ? String(mapping.destination.dropLast()) : mapping.destination
        if files.contains(source) {
            let name = source.split(separator: "/").last.map(String.init) ?? source
            lines.append("folder \(Self.quoted(target.isEmpty ? "/" : target))")
            copy(source, to: target + "/" + name)
            return
        }
        guard source.isEmpty || directories.contains(source) else {
            throw .failure("No such file or directory - \(archive)/\(source)")
        }
        let prefix = source.isEmpty ? "" : source + "/"
        lines.append("folder \(Self.quoted(target.isEmpty ? "/" : target))")
        for directory in directories.sorted() where directory.hasPrefix(prefix) && directory.count > prefix.count {
            lines.append("folder \(Self.quoted(target + "/" + directory.dropFirst(prefix.count)))")
        }
        for file in files where file.hasPrefix(prefix) { copy(file, to: target + "/" + file.dropFirst(prefix.count)) }
    }

    private mutating func copy(_ file: String, to target: String) {
        lines.append("file \(Self.quoted(archive + "/" + file)) \(Self.quoted(target))")
    }

    /// Permissions hold for what this revision installed below the object.
    private mutating func add(_ permission: AppSpec.Permission) {
        let object =
            permission.object.hasSuffix("/") && permission.object.count > 1
            ? String(permission.object.dropLast()) : permission.object
        if let owner = permission.owner { lines.append("user \(Self.quoted(owner))") }
        var tests: [String] = []
        if !permission.types.contains("file") { tests.append("[ -d \"$f\" ] || continue") }
        if !permission.types.contains("directory") { tests.append("[ -d \"$f\" ] && continue") }
        let name = "n=${f#\(Self.quoted(object == "/" ? "" : object))}; n=${n#/}; b=${f##*/}"
        if permission.pattern != "**" {
            tests.append("case \"$b\" in \(Self.pattern(permission.pattern))) ;; *) continue;; esac")
        }
        for except in permission.except { tests.append("case \"$b\" in \(Self.pattern(except))) continue;; esac") }
        var changes: [String] = []
        // Inside of an instance all users are one: what cannot be given away stays.
        if let owner = permission.owner { changes.append("chown -h \(Self.quoted(owner)) \"$f\" 2>/dev/null || :") }
        if let group = permission.group { changes.append("chgrp -h \(Self.quoted(group)) \"$f\" 2>/dev/null || :") }
        if let mode = permission.mode {
            changes.append("[ -L \"$f\" ] || chmod \(mode) \"$f\" || fail \"cannot set the mode of $f\"")
        }
        let body =
            ([
                "case \"$f\" in \(Self.quoted(object))|\(Self.quoted(object == "/" ? "" : object))/*) ;; *) continue;; esac",
                name,
            ] + tests + changes)
        lines.append(
            "while IFS= read -r f; do \(body.joined(separator: "; ")); done < \(Self.quoted(cleanupList + ".new"))")
    }

    /// A pattern of the AppSpec as a shell's: only `*` and `?` are special.
    private static func pattern(_ text: String) -> String {
        text.map { character in
            if character == "*" || character == "?" { return String(character) }
            return character.isLetter || character.isNumber ? String(character) : "\\\(character)"
        }.joined()
    }
}
