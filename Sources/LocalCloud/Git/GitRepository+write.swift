import FoundationEssentials

/// A change of files that becomes a commit.
struct GitChange: Sendable {
    enum Edit: Sendable {
        /// `mode` nil keeps the present file's mode.
        case put(path: String, content: [UInt8], mode: String?)
        case copy(path: String, from: String, mode: String?)
        case delete(path: String)
        case setMode(path: String, mode: String)
        /// Content that is in the repository already.
        case place(path: String, blob: String, mode: String)
    }
    var edits: [Edit] = []
    var keepEmptyFolders = false
    var message: String
    var name: String
    var email: String
    var date: Double
}

extension GitRepository {
    enum WriteError: Error, Sendable, Equatable {
        case noSuchFile(String)
        case nothingChanged
        /// The branch moved meanwhile.
        case outdated
        case pathConflict(String)
    }

    /// Applies a change to `parent`'s tree (or to none) and moves the branch from `parent` to the new commit.
    func commit(_ change: GitChange, parent: String?, branch: String, scratch: String) async throws -> (
        commit: String, tree: String
    ) {
        let tree = try await tree(change, on: parent, scratch: scratch)
        if let parent, try await GitProgram.check(["rev-parse", "\(parent)^{tree}"], in: path).line == tree {
            throw WriteError.nothingChanged
        }
        let commit = try await makeCommit(tree: tree, parents: parent.map { [$0] } ?? [], change)
        try await move(branch, from: parent, to: commit)
        return (commit, tree)
    }

    /// The tree that a commit's or a tree's files become with a change; `base` nil starts from none.
    func tree(_ change: GitChange, on base: String?, scratch: String) async throws -> String {
        let index = "\(scratch)/index-\(Identifier.hex(16))"
        defer { unlinkFile(index) }
        let environment = ["GIT_INDEX_FILE": index]
        try await GitProgram.check(["read-tree"] + [base ?? "--empty"], in: path, environment: environment)
        for edit in change.edits { try await apply(edit, parent: base, environment: environment) }
        if change.keepEmptyFolders, let base {
            try await keepFolders(emptiedBy: change, parent: base, environment: environment)
        }
        return try await GitProgram.check(["write-tree"], in: path, environment: environment).line
    }

    func makeCommit(tree: String, parents: [String], _ change: GitChange) async throws -> String {
        let stamp = "\(Int(change.date)) +0000"
        let identity = [
            "GIT_AUTHOR_NAME": change.name, "GIT_AUTHOR_EMAIL": change.email, "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_NAME": change.name, "GIT_COMMITTER_EMAIL": change.email, "GIT_COMMITTER_DATE": stamp,
        ]
        return try await GitProgram.check(
            ["commit-tree", tree] + parents.flatMap { ["-p", $0] }, in: path, input: Array(change.message.utf8),
            environment: identity
        ).line
    }

    /// Moves a branch if it still is where it was thought to be.
    func move(_ branch: String, from old: String?, to new: String) async throws {
        let zero = String(repeating: "0", count: 40)
        let output = try await GitProgram.run(["update-ref", "refs/heads/\(branch)", new, old ?? zero], in: path)
        guard output.status == 0 else { throw WriteError.outdated }
    }

    private func apply(_ edit: GitChange.Edit, parent: String?, environment: [String: String]) async throws {
        switch edit {
        case .put(let file, let content, let mode):
            let present = try await parent.asyncMap { try await entry(file, of: $0) } ?? nil
            let id = try await GitProgram.check(["hash-object", "-w", "--stdin"], in: path, input: content).line
            try await stage(id, file, mode: mode ?? present?.mode ?? "100644", environment)
        case .copy(let file, let from, let mode):
            guard let parent, let source = try await entry(from, of: parent), source.kind == "blob" else {
                throw WriteError.noSuchFile(from)
            }
            try await stage(source.id, file, mode: mode ?? source.mode, environment)
        case .delete(let file):
            guard let parent, try await entry(file, of: parent)?.kind == "blob" else {
                throw WriteError.noSuchFile(file)
            }
            // Mode 0 removes; a bare repository has no work tree for the other ways.
            let line = "0 \(String(repeating: "0", count: 40))\t\(file)\0"
            try await GitProgram.check(
                ["update-index", "-z", "--index-info"], in: path, input: Array(line.utf8), environment: environment)
        case .setMode(let file, let mode):
            guard let parent, let present = try await entry(file, of: parent), present.kind == "blob" else {
                throw WriteError.noSuchFile(file)
            }
            try await stage(present.id, file, mode: mode, environment)
        case .place(let file, let blob, let mode):
            try await stage(blob, file, mode: mode, environment)
        }
    }

    private func stage(_ id: String, _ file: String, mode: String, _ environment: [String: String]) async throws {
        let output = try await GitProgram.run(
            ["update-index", "--add", "--cacheinfo", "\(mode),\(id),\(file)"], in: path, environment: environment)
        guard output.status == 0 else { throw WriteError.pathConflict(file) }
    }

    private func keepFolders(emptiedBy change: GitChange, parent: String, environment: [String: String]) async throws {
        let left = try await GitProgram.check(["ls-files", "-z"], in: path, environment: environment).text
        let files = left.split(separator: "\0").map(String.init)
        for case .delete(let file) in change.edits {
            guard let slash = file.lastIndex(of: "/") else { continue }
            let folder = String(file[..<slash])
            guard !files.contains(where: { $0.hasPrefix(folder + "/") }) else { continue }
            let id = try await GitProgram.check(["hash-object", "-w", "--stdin"], in: path).line
            try await stage(id, folder + "/.gitkeep", mode: "100644", environment)
        }
    }

    private func unlinkFile(_ file: String) { try? FileManager.default.removeItem(atPath: file) }
}

extension Optional where Wrapped: Sendable {
    /// `map` for a closure that waits.
    func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
