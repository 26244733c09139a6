/// Merging two commits without a work tree.
extension GitRepository {
    /// A file that the two sides of a merge changed in ways that do not go together.
    struct MergeConflict: Sendable {
        var path: String
        var base: TreeEntry?
        var source: TreeEntry?
        var destination: TreeEntry?
        /// Whether git itself could not put the two together, line by line.
        var isOfLines: Bool
    }

    struct Merge: Sendable {
        var base: String?
        /// The merged tree; files in conflict stand in it as git left them.
        var tree: String
        var conflicts: [MergeConflict]
    }

    func isAncestor(_ ancestor: String, of commit: String) async throws -> Bool {
        try await GitProgram.run(["merge-base", "--is-ancestor", ancestor, commit], in: path).status == 0
    }

    func mergeBase(_ one: String, _ other: String) async throws -> String? {
        let output = try await GitProgram.run(["merge-base", one, other], in: path)
        return output.status == 0 ? output.line : nil
    }

    /// What merging `source` into `destination` comes to.
    ///
    /// - Parameter byLine: Whether changes of one file go together when they are of different lines; otherwise every file
    ///   that both sides changed is in conflict.
    func merge(_ source: String, into destination: String, byLine: Bool) async throws -> Merge {
        let base = try await mergeBase(source, destination)
        let output = try await GitProgram.run(
            [
                "merge-tree", "--write-tree", "-z", "--no-messages", "--name-only", "--allow-unrelated-histories",
                destination, source,
            ], in: path)
        let fields = output.text.split(separator: "\0").map(String.init)
        guard output.status <= 1, let tree = fields.first else {
            throw GitProgram.Failure(description: "git merge-tree failed: \(output.error.trimmed)")
        }
        let ofLines = Set(fields.dropFirst())
        var paths = ofLines
        if !byLine, let base {
            let ours = try await changes(from: base, to: destination)
            let theirs = try await changes(from: base, to: source)
            for (file, id) in theirs { if let other = ours[file], other != id { paths.insert(file) } }
        }
        var conflicts: [MergeConflict] = []
        for file in paths.sorted() {
            conflicts.append(
                MergeConflict(
                    path: file, base: try await base.asyncMap { try await entry(file, of: $0) } ?? nil,
                    source: try await entry(file, of: source), destination: try await entry(file, of: destination),
                    isOfLines: ofLines.contains(file)))
        }
        return Merge(base: base, tree: tree, conflicts: conflicts)
    }

    /// Files that differ between two commits, each with its mode and content in the second.
    private func changes(from old: String, to new: String) async throws -> [String: String] {
        let output = try await GitProgram.check(
            ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", old, new], in: path)
        let fields = output.text.split(separator: "\0").map(String.init)
        var found: [String: String] = [:]
        for at in stride(from: 0, to: fields.count - 1, by: 2) {
            let head = fields[at].split(separator: " ")
            if head.count == 5 { found[fields[at + 1]] = "\(head[1]) \(head[3])" }
        }
        return found
    }
}
