import AWSModel

/// Commits made through the API.
extension CodeCommitService {
    func createCommit(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let puts = input["putFiles"]?.list ?? []
        let deletes = input["deleteFiles"]?.list ?? []
        let modes = input["setFileModes"]?.list ?? []
        guard !puts.isEmpty || !deletes.isEmpty || !modes.isEmpty else {
            throw ServiceError(
                "FileEntryRequiredException", "The commit cannot be created because it has no file changes.")
        }
        guard puts.count + deletes.count + modes.count <= 100 else {
            throw ServiceError(
                "MaximumFileEntriesExceededException", "A commit through this call has 100 file entries at most")
        }
        var change = try change(input, name: "authorName", context)
        try Self.checkPaths(
            puts: try puts.map { try path($0, "filePath") },
            removals: try deletes.map { try path($0, "filePath") }
                + puts.filter { $0["sourceFile"]?["isMove"]?.bool == true }.map {
                    try path($0["sourceFile"] ?? [:], "filePath")
                },
            modes: try modes.map { try path($0, "filePath") })
        for put in puts {
            let file = try path(put, "filePath")
            let mode = try put["fileMode"]?.string.map(Self.gitMode)
            switch (put["fileContent"]?.blob, put["sourceFile"]) {
            case (let content?, nil):
                guard content.count <= 6 << 20 else {
                    throw ServiceError("FileContentSizeLimitExceededException", "The file \(file) is larger than 6 MB")
                }
                change.edits.append(.put(path: file, content: content, mode: mode))
            case (nil, let source?):
                let from = try path(source, "filePath")
                change.edits.append(.copy(path: file, from: from, mode: mode))
                if source["isMove"]?.bool == true { change.edits.append(.delete(path: from)) }
            case (nil, nil):
                throw ServiceError(
                    "SourceFileOrContentRequiredException", "The file \(file) needs fileContent or sourceFile")
            default:
                throw ServiceError(
                    "FileContentAndSourceFileSpecifiedException", "The file \(file) has both fileContent and sourceFile"
                )
            }
        }
        for delete in deletes { change.edits.append(.delete(path: try path(delete, "filePath"))) }
        for item in modes {
            let mode = try Self.gitMode(item["fileMode"]?.string ?? "")
            change.edits.append(.setMode(path: try path(item, "filePath"), mode: mode))
        }
        let done = try await perform(change, input, context)
        let differences =
            try await getDifferences(
                .structure([
                    "repositoryName": input["repositoryName"],
                    "beforeCommitSpecifier": done.parent.map(AWSValue.string),
                    "afterCommitSpecifier": .string(done.commit), "MaxResults": 1000,
                ]), context)["differences"]?.list ?? []
        func files(_ type: String, _ side: String) -> AWSValue {
            .list(
                differences.filter { $0["changeType"]?.string == type }.compactMap { difference in
                    guard let blob = difference[side] else { return nil }
                    return .structure([
                        "absolutePath": blob["path"], "blobId": blob["blobId"],
                        "fileMode": Self.fileMode(blob["mode"]?.string ?? ""),
                    ])
                })
        }
        return [
            "commitId": .string(done.commit), "treeId": .string(done.tree), "filesAdded": files("A", "afterBlob"),
            "filesUpdated": files("M", "afterBlob"), "filesDeleted": files("D", "beforeBlob"),
        ]
    }

    /// Refuses changes that do the same to a file twice or contradict each other, and files that are folders of others.
    private static func checkPaths(puts: [String], removals: [String], modes: [String]) throws(ServiceError) {
        // A file may be put and have its mode set, not more.
        for paths in [puts + removals, modes + removals] {
            var seen: Set<String> = []
            for path in paths where !seen.insert(path).inserted {
                throw ServiceError(
                    "SamePathRequestException",
                    "The commit cannot be created because one or more changes in this commit duplicate actions in the same file path: \(path)"
                )
            }
        }
        let files = Set(puts)
        for path in puts {
            var folder = path[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                guard files.contains(String(folder)) else { continue }
                throw ServiceError(
                    "PutFileEntryConflictException",
                    "The commit cannot be created because one or more files specified in the commit reference both a file and a folder: \(folder)"
                )
            }
        }
    }

    func putFile(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let file = try path(input, "filePath")
        guard let content = input["fileContent"]?.blob else {
            throw ServiceError("FileContentRequiredException", "The file's content is required, but was not specified.")
        }
        guard content.count <= 6 << 20 else {
            throw ServiceError("FileContentSizeLimitExceededException", "The file \(file) is larger than 6 MB")
        }
        var change = try change(input, name: "name", context)
        change.edits = [.put(path: file, content: content, mode: try input["fileMode"]?.string.map(Self.gitMode))]
        let done: (commit: String, tree: String, parent: String?)
        do {
            done = try await perform(change, input, context)
        } catch let error as ServiceError where error.code == "NoChangeException" {
            throw ServiceError(
                "SameFileContentException",
                "The file was not added or updated either because the content of the file is exactly the same as in the branch"
            )
        }
        let blob = try await git(try find(input, context)).entry(file, of: done.commit)?.id ?? ""
        return ["commitId": .string(done.commit), "blobId": .string(blob), "treeId": .string(done.tree)]
    }

    func deleteFile(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let file = try path(input, "filePath")
        let parent = try input.require("parentCommitId", code: "ParentCommitIdRequiredException")
        let blob = try await git(try find(input, context)).entry(file, of: parent)?.id ?? ""
        var change = try change(input, name: "name", context)
        change.edits = [.delete(path: file)]
        let done = try await perform(change, input, context)
        return [
            "commitId": .string(done.commit), "blobId": .string(blob), "treeId": .string(done.tree),
            "filePath": .string(file),
        ]
    }

    nonisolated static func gitMode(_ mode: String) throws(ServiceError) -> String {
        switch mode {
        case "NORMAL": return "100644"
        case "EXECUTABLE": return "100755"
        case "SYMLINK": return "120000"
        default:
            throw ServiceError("InvalidFileModeException", "The file mode \(mode) is not NORMAL, EXECUTABLE or SYMLINK")
        }
    }

    /// How long names and addresses can be: "User names in commits" and "Email addresses in commits" of CodeCommit's quotas.
    func change(_ input: AWSValue, name: String, _ context: CallContext) throws(ServiceError) -> GitChange {
        guard (input[name]?.string ?? "").unicodeScalars.count <= 1024 else {
            throw ServiceError(
                "NameLengthExceededException",
                "The user name is not valid because it has exceeded the character limit for author names.")
        }
        guard (input["email"]?.string ?? "").unicodeScalars.count <= 256 else {
            throw ServiceError(
                "InvalidEmailException",
                "The specified email address either contains one or more characters that are not allowed, or it exceeds the maximum number of characters allowed for an email address."
            )
        }
        let caller = context.principal.arn.split(separator: "/").last.map(String.init) ?? context.principal.arn
        return GitChange(
            keepEmptyFolders: input["keepEmptyFolders"]?.bool ?? false, message: input["commitMessage"]?.string ?? "",
            name: input[name]?.string ?? caller, email: input["email"]?.string ?? "", date: cloud.clock.now)
    }

    private func perform(
        _ change: GitChange, _ input: AWSValue, _ context: CallContext
    ) async throws -> (commit: String, tree: String, parent: String?) {
        let repository = try find(input, context)
        let branch = try branchName(input)
        let git = git(repository)
        let head = try await git.commit(ofBranch: branch)
        let parent = input["parentCommitId"]?.string
        if head == nil, try await !git.branches().isEmpty { throw Self.noBranch(branch) }
        if let head {
            guard let parent else {
                throw ServiceError(
                    "ParentCommitIdRequiredException", "A parent commit id is required; the branch is at \(head)")
            }
            guard CodeCommitInput.isObjectID(parent) else {
                throw ServiceError("InvalidParentCommitIdException", "The parent commit ID is not valid: \(parent)")
            }
            guard try await git.resolve(parent) != nil else {
                throw ServiceError("ParentCommitDoesNotExistException", "The parent commit \(parent) does not exist")
            }
            guard parent == head else { throw Self.outdated(parent, head) }
        } else if let parent {
            throw ServiceError("ParentCommitDoesNotExistException", "The parent commit \(parent) does not exist")
        }
        do {
            let done = try await git.commit(change, parent: head, branch: branch, scratch: try scratch())
            await moved(
                repository.name, repository, reference: "refs/heads/\(branch)", from: head, to: done.commit,
                by: context.principal, region: context.region)
            return (done.commit, done.tree, head)
        } catch let error as GitRepository.WriteError {
            switch error {
            case .noSuchFile(let file):
                throw ServiceError("FileDoesNotExistException", "The file \(file) does not exist in branch \(branch)")
            case .nothingChanged:
                throw ServiceError(
                    "NoChangeException", "The commit cannot be created because no changes are made to the repository.")
            case .outdated: throw Self.outdated(parent ?? "", try await git.commit(ofBranch: branch) ?? "")
            case .pathConflict(let file):
                throw try await Self.conflict(at: file, of: head, git)
            }
        }
    }

    /// What is in the way of a file: a folder of its name, or a file that it has for a folder.
    private static func conflict(at file: String, of head: String?, _ git: GitRepository) async throws -> ServiceError {
        if let head, try await git.entry(file, of: head)?.kind != "tree", file.contains("/") {
            return ServiceError(
                "DirectoryNameConflictsWithFileNameException",
                "A file cannot be added to the repository because the specified path name \(file) has the same name as a file that already exists in this repository."
            )
        }
        return ServiceError(
            "FileNameConflictsWithDirectoryNameException",
            "A file cannot be added to the repository because the specified file name \(file) has the same name as a directory in this repository, or is not allowed."
        )
    }

    private static func outdated(_ parent: String, _ head: String) -> ServiceError {
        ServiceError(
            "ParentCommitIdOutdatedException",
            "The parent commit id \(parent) is not the present tip of the branch, which is \(head)")
    }
}
