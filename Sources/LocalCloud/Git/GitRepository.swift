/// A bare repository on disk, read and written with the git program.
struct GitRepository: Sendable {
    let path: String

    struct Commit: Sendable {
        var id: String
        var tree: String
        var parents: [String]
        var author: (name: String, email: String, date: String)
        var committer: (name: String, email: String, date: String)
        /// The whole message, as written.
        var message: String
    }

    struct TreeEntry: Sendable {
        var mode: String
        var kind: String
        var id: String
        var path: String
        var size: Int64
    }

    static func create(at path: String) async throws -> GitRepository {
        try BundleFiles.makeDirectories(path)
        try await GitProgram.check(["init", "--quiet", "--bare", "--initial-branch=main", "."], in: path)
        try await GitProgram.check(["config", "http.receivepack", "true"], in: path)
        // What a pipeline's source action or a full clone asks for by commit id.
        try await GitProgram.check(["config", "uploadpack.allowAnySHA1InWant", "true"], in: path)
        return GitRepository(path: path)
    }

    /// Branch names and their commits, sorted by name.
    func branches() async throws -> [(name: String, commit: String)] {
        let output = try await GitProgram.check(
            ["for-each-ref", "--format=%(refname:strip=2) %(objectname)", "refs/heads"], in: path)
        return output.text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
    }

    func commit(ofBranch name: String) async throws -> String? {
        try await resolve("refs/heads/\(name)")
    }

    /// The commit that a full reference or an id stands for.
    func resolve(_ reference: String) async throws -> String? {
        guard !reference.hasPrefix("-") else { return nil }
        let output = try await GitProgram.run(["rev-parse", "--verify", "--quiet", "\(reference)^{commit}"], in: path)
        return output.status == 0 ? output.line : nil
    }

    /// The commit of a branch, a tag, a full reference or an id, as the API's commit specifiers allow.
    func commit(specifier: String) async throws -> String? {
        for candidate in ["refs/heads/\(specifier)", "refs/tags/\(specifier)", specifier] {
            if let found = try await resolve(candidate) { return found }
        }
        return nil
    }

    func commit(_ id: String) async throws -> Commit? {
        guard let id = try await resolve(id) else { return nil }
        let format = "%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"
        let output = try await GitProgram.check(["show", "-s", "--date=raw", "--format=\(format)", id], in: path)
        let parts = output.text.split(separator: "\0", maxSplits: 9, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 10 else { return nil }
        return Commit(
            id: parts[0], tree: parts[1], parents: parts[2].split(separator: " ").map(String.init),
            author: (parts[3], parts[4], parts[5]), committer: (parts[6], parts[7], parts[8]),
            message: message(parts[9]))
    }

    /// What was printed without git's own end of the line. By bytes: a message may end with the half of "\r\n".
    private func message(_ printed: String) -> String {
        printed.utf8.last == UInt8(ascii: "\n") ? String(Substring(printed.utf8.dropLast())) : printed
    }

    /// Everything below `folder` (all of the tree when empty).
    func entries(of commit: String, folder: String = "", recursive: Bool) async throws -> [TreeEntry]? {
        var arguments = ["ls-tree", "-z", "-l"] + (recursive ? ["-r"] : [])
        arguments.append(folder.isEmpty ? commit : "\(commit):\(folder)")
        let output = try await GitProgram.run(arguments, in: path)
        guard output.status == 0 else { return nil }
        return output.text.split(separator: "\0").compactMap { line in
            let halves = line.split(separator: "\t", maxSplits: 1)
            let head = halves.first?.split(separator: " ") ?? []
            guard halves.count == 2, head.count == 4 else { return nil }
            return TreeEntry(
                mode: String(head[0]), kind: String(head[1]), id: String(head[2]),
                path: folder.isEmpty ? String(halves[1]) : folder + "/" + halves[1], size: Int64(head[3]) ?? 0)
        }
    }

    func entry(_ file: String, of commit: String) async throws -> TreeEntry? {
        let output = try await GitProgram.run(["ls-tree", "-z", "-l", commit, "--", file], in: path)
        guard output.status == 0, let line = output.text.split(separator: "\0").first else { return nil }
        let halves = line.split(separator: "\t", maxSplits: 1)
        let head = halves[0].split(separator: " ")
        guard halves.count == 2, head.count == 4, halves[1] == file else { return nil }
        return TreeEntry(
            mode: String(head[0]), kind: String(head[1]), id: String(head[2]), path: file, size: Int64(head[3]) ?? 0)
    }

    func blob(_ id: String) async throws -> [UInt8]? {
        guard id.allSatisfy(\.isHexDigit) else { return nil }
        let output = try await GitProgram.run(["cat-file", "blob", id], in: path)
        return output.status == 0 ? output.bytes : nil
    }

    /// The tree of a commit as a zip, as a pipeline's source action makes it.
    func archive(_ commit: String, to file: String) async throws {
        try await GitProgram.check(["archive", "--format=zip", "--output=\(file)", commit], in: path)
    }
}
