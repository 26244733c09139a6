import AWSModel

/// Files and folders of a commit, and what differs between two.
extension CodeCommitService {
    private static let largestFile = 6 << 20

    static func fileMode(_ mode: String) -> AWSValue {
        switch mode {
        case "100755": "EXECUTABLE"
        case "120000": "SYMLINK"
        default: "NORMAL"
        }
    }

    /// A path inside of a repository without leading and trailing slashes.
    func path(_ input: AWSValue, _ member: String) throws(ServiceError) -> String {
        guard let text = input[member]?.string, !text.isEmpty else {
            throw ServiceError("PathRequiredException", "A path is required, but was not specified.")
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard !parts.contains(".."), !parts.contains("."), !parts.contains(".git"), !text.contains("\0"),
            text.utf8.count <= CodeCommitInput.longestPath
        else {
            throw ServiceError("InvalidPathException", "The path \(text) is not valid")
        }
        return parts.joined(separator: "/")
    }

    func commit(_ input: AWSValue, _ member: String, _ repository: Repository) async throws -> String {
        guard let specifier = input[member]?.string ?? repository.defaultBranch else {
            throw ServiceError("CommitDoesNotExistException", "The repository has no commits")
        }
        guard let commit = try await git(repository).commit(specifier: specifier) else {
            throw ServiceError("CommitDoesNotExistException", "Commit \(specifier) does not exist")
        }
        return commit
    }

    func getFile(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let file = try path(input, "filePath")
        let commit = try await commit(input, "commitSpecifier", repository)
        guard let entry = try await git(repository).entry(file, of: commit), entry.kind == "blob" else {
            throw ServiceError("FileDoesNotExistException", "The file \(file) does not exist in commit \(commit)")
        }
        let content = try await blob(entry.id, size: entry.size, repository)
        return [
            "commitId": .string(commit), "blobId": .string(entry.id), "filePath": .string(file),
            "fileMode": Self.fileMode(entry.mode), "fileSize": .integer(entry.size), "fileContent": .blob(content),
        ]
    }

    func getBlob(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let id = try input.require("blobId", code: "BlobIdRequiredException")
        guard CodeCommitInput.isObjectID(id) else {
            throw ServiceError("InvalidBlobIdException", "The blob id \(id) is not valid")
        }
        return ["content": .blob(try await blob(id, size: 0, repository))]
    }

    private func blob(_ id: String, size: Int64, _ repository: Repository) async throws -> [UInt8] {
        let tooLarge = ServiceError(
            "FileTooLargeException",
            "The file is larger than the \(Self.largestFile) bytes that this call returns; use git")
        guard size <= Self.largestFile else { throw tooLarge }
        guard let content = try await git(repository).blob(id) else {
            throw ServiceError("BlobIdDoesNotExistException", "Blob \(id) does not exist")
        }
        guard content.count <= Self.largestFile else { throw tooLarge }
        return content
    }

    func getFolder(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let folder = try path(input, "folderPath")
        let commit = try await commit(input, "commitSpecifier", repository)
        let git = git(repository)
        let missing = ServiceError(
            "FolderDoesNotExistException", "The folder \(folder) does not exist in commit \(commit)")
        guard let entries = try await git.entries(of: commit, folder: folder, recursive: false) else { throw missing }
        let tree = try await GitProgram.check(["rev-parse", "\(commit):\(folder)"], in: git.path).line
        func item(_ entry: GitRepository.TreeEntry, _ id: String) -> AWSValue {
            let name = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
            return .structure([
                id: .string(entry.id), "absolutePath": .string(entry.path), "relativePath": .string(name),
                "fileMode": id == "blobId" ? Self.fileMode(entry.mode) : nil,
            ])
        }
        let files = entries.filter { $0.kind == "blob" && $0.mode != "120000" }
        return [
            "commitId": .string(commit), "folderPath": .string(folder), "treeId": .string(tree),
            "subFolders": .list(entries.filter { $0.kind == "tree" }.map { item($0, "treeId") }),
            "files": .list(files.map { item($0, "blobId") }),
            "symbolicLinks": .list(entries.filter { $0.mode == "120000" }.map { item($0, "blobId") }),
            "subModules": .list(entries.filter { $0.kind == "commit" }.map { item($0, "commitId") }),
        ]
    }

    /// The commits that changed a file, newest first.
    func listFileHistory(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let file = try path(input, "filePath")
        let start = try await commit(input, "commitSpecifier", repository)
        let git = git(repository)
        let ids = try await GitProgram.check(["log", "--format=%H", start, "--", file], in: git.path).text
            .split(separator: "\n").map(String.init)
        let page = try Page.of(
            Array(ids.enumerated()), token: input["nextToken"]?.string, limit: try CodeCommitInput.pageSize(input),
            invalidToken: "InvalidContinuationTokenException")
        var versions: [AWSValue] = []
        for (at, id) in page.elements {
            guard let commit = try await git.commit(id) else { continue }
            versions.append(
                .structure([
                    "commit": Self.value(commit), "blobId": try await git.entry(file, of: id).map { .string($0.id) },
                    "path": .string(file), "revisionChildren": at == 0 ? [] : [.string(ids[at - 1])],
                ]))
        }
        return .structure(["revisionDag": .list(versions), "nextToken": page.next.map(AWSValue.string)])
    }

    func getDifferences(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        _ = try input.require("afterCommitSpecifier", code: "CommitRequiredException")
        let size = try CodeCommitInput.pageSize(input, "MaxResults", orElse: 400)
        let after = try await commit(input, "afterCommitSpecifier", repository)
        let git = git(repository)
        var before = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  // git's empty tree: everything is added
        if input["beforeCommitSpecifier"]?.string != nil {
            before = try await commit(input, "beforeCommitSpecifier", repository)
        } else {
            try await GitProgram.check(["hash-object", "-t", "tree", "-w", "--stdin"], in: git.path)
        }
        var arguments = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", before, after]
        let limits = Set(["beforePath", "afterPath"].compactMap { input[$0]?.string }.filter { !$0.isEmpty }).sorted()
            .map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
        for limit in limits where !limit.isEmpty {
            // Of what was added or removed, one of the two has it.
            let known = try await git.entry(limit, of: after) != nil
            if !known, try await git.entry(limit, of: before) == nil {
                throw ServiceError("PathDoesNotExistException", "The path \(limit) is in neither of the commits")
            }
        }
        if !limits.isEmpty { arguments += ["--"] + limits }
        let output = try await GitProgram.check(arguments, in: git.path)
        let fields = output.text.split(separator: "\0").map(String.init)
        var differences: [AWSValue] = []
        for at in stride(from: 0, to: fields.count - 1, by: 2) {
            let head = fields[at].dropFirst().split(separator: " ").map(String.init)
            guard head.count == 5 else { continue }
            func side(_ mode: String, _ id: String) -> AWSValue? {
                mode == "000000"
                    ? nil : ["blobId": .string(id), "path": .string(fields[at + 1]), "mode": .string(mode)]
            }
            let change = head[4].first == "T" ? "M" : String(head[4].prefix(1))
            differences.append(
                .structure([
                    "beforeBlob": side(head[0], head[2]), "afterBlob": side(head[1], head[3]),
                    "changeType": .string(change),
                ]))
        }
        let page = try Page.of(
            differences, token: input["NextToken"]?.string, limit: size,
            invalidToken: "InvalidContinuationTokenException")
        return .structure(["differences": .list(page.elements), "NextToken": page.next.map(AWSValue.string)])
    }
}
