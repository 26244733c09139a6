import AWSModel

/// What stands in the way of a merge, file by file and line by line.
extension CodeCommitService {
    func describeMergeConflicts(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let path = try input.require("filePath", code: "PathRequiredException")
        let merge = try await MergeView(input, context, self)
        guard let file = try await merge.file(path) else { throw Self.noFile(path) }
        let (metadata, hunks) = try await describe(file, merge.git)
        let page = try Page.of(
            hunks, token: input["nextToken"]?.string, limit: input["maxMergeHunks"]?.int ?? 1000,
            invalidToken: "InvalidContinuationTokenException")
        return .structure([
            "conflictMetadata": metadata, "mergeHunks": .list(page.elements),
            "nextToken": page.next.map(AWSValue.string), "destinationCommitId": .string(merge.destination),
            "sourceCommitId": .string(merge.source), "baseCommitId": merge.base.map(AWSValue.string),
        ])
    }

    func describeAllMergeConflicts(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let merge = try await MergeView(input, context, self)
        let wanted = input["filePaths"]?.strings ?? []
        let page = try Page.of(
            wanted.isEmpty ? merge.conflicts.map(\.path) : wanted, token: input["nextToken"]?.string,
            limit: input["maxConflictFiles"]?.int ?? 1000, invalidToken: "InvalidContinuationTokenException")
        var rows: [AWSValue] = []
        var errors: [AWSValue] = []
        for path in page.elements {
            guard let file = try await merge.file(path) else {
                let error = Self.noFile(path)
                errors.append([
                    "filePath": .string(path), "exceptionName": .string(error.code), "message": .string(error.message),
                ])
                continue
            }
            let (metadata, hunks) = try await describe(file, merge.git)
            let shown = input["maxMergeHunks"]?.int.map { Array(hunks.prefix($0)) } ?? hunks
            rows.append(["conflictMetadata": metadata, "mergeHunks": .list(shown)])
        }
        return .structure([
            "conflicts": .list(rows), "errors": .list(errors), "nextToken": page.next.map(AWSValue.string),
            "destinationCommitId": .string(merge.destination), "sourceCommitId": .string(merge.source),
            "baseCommitId": merge.base.map(AWSValue.string),
        ])
    }

    private static func noFile(_ path: String) -> ServiceError {
        ServiceError("FileDoesNotExistException", "The file \(path) is in neither commit")
    }

    private func describe(
        _ file: GitRepository.MergeConflict, _ git: GitRepository
    ) async throws -> (metadata: AWSValue, hunks: [AWSValue]) {
        let found = try await git.hunks(of: file)
        func side(_ side: GitRepository.MergeHunk.Side) -> AWSValue {
            [
                "startLine": .integer(Int64(side.lines.lowerBound + 1)),
                "endLine": .integer(Int64(side.lines.upperBound)),
                "hunkContent": .string(Base64.encode(side.content)),
            ]
        }
        let hunks = found.hunks.map { hunk -> AWSValue in
            [
                "isConflict": .bool(hunk.isConflict), "source": side(hunk.source),
                "destination": side(hunk.destination),
                "base": side(hunk.base),
            ]
        }
        return (Self.metadata(of: file, found), hunks)
    }

    /// - Parameter hunks: nil where they were not asked for; then a file counts as one conflict.
    static func metadata(of file: GitRepository.MergeConflict, _ hunks: GitRepository.MergeHunks? = nil) -> AWSValue {
        func sides(_ value: (GitRepository.TreeEntry) -> AWSValue) -> AWSValue {
            .structure([
                "source": file.source.map(value), "destination": file.destination.map(value),
                "base": file.base.map(value),
            ])
        }
        func change(_ side: GitRepository.TreeEntry?) -> AWSValue {
            side == nil ? "D" : file.base == nil ? "A" : "M"
        }
        let modes = Set([file.source, file.destination].compactMap { $0?.mode })
        return .structure([
            "filePath": .string(file.path), "fileSizes": sides { .integer($0.size) },
            "fileModes": sides { fileMode($0.mode) },
            "objectTypes": sides { $0.mode == "120000" ? "SYMBOLIC_LINK" : $0.kind == "commit" ? "GIT_LINK" : "FILE" },
            "numberOfConflicts": .integer(hunks.map { Int64($0.hunks.count(where: \.isConflict)) } ?? 1),
            "isBinaryFile": hunks.map {
                [
                    "source": .bool($0.isBinary.source), "destination": .bool($0.isBinary.destination),
                    "base": .bool($0.isBinary.base),
                ]
            },
            "contentConflict": .bool(file.source?.id != file.destination?.id),
            "fileModeConflict": .bool(modes.count > 1), "objectTypeConflict": false,
            "mergeOperations": ["source": change(file.source), "destination": change(file.destination)],
        ])
    }
}

/// A merge that is only looked at.
@CloudActor
private struct MergeView {
    let git: GitRepository
    let source: String
    let destination: String
    let base: String?
    let conflicts: [GitRepository.MergeConflict]

    init(_ input: AWSValue, _ context: CallContext, _ service: CodeCommitService) async throws {
        let repository = try service.find(input, context)
        _ = try CodeCommitService.mergeOption(input)
        (source, destination) = try await service.ends(input, repository)
        git = service.git(repository)
        let merge = try await git.merge(source, into: destination, byLine: try MergeResolution(input).byLine)
        base = merge.base
        conflicts = merge.conflicts
    }

    /// A file of the merge, in conflict or not; nil when neither side has it.
    func file(_ path: String) async throws -> GitRepository.MergeConflict? {
        if let conflict = conflicts.first(where: { $0.path == path }) { return conflict }
        var before: GitRepository.TreeEntry?
        if let base { before = try await git.entry(path, of: base) }
        let file = GitRepository.MergeConflict(
            path: path, base: before, source: try await git.entry(path, of: source),
            destination: try await git.entry(path, of: destination),
            isOfLines: false)
        return file.source == nil && file.destination == nil ? nil : file
    }
}
