import AWSModel

/// Merging branches, and what would come of it.
extension CodeCommitService {
    var mergeOperations: [String: OperationHandler] {
        [
            "MergeBranchesByFastForward": { try await self.mergeBranches(.fastForward, $0, $1) },
            "MergeBranchesBySquash": { try await self.mergeBranches(.squash, $0, $1) },
            "MergeBranchesByThreeWay": { try await self.mergeBranches(.threeWay, $0, $1) },
            "GetMergeOptions": getMergeOptions, "GetMergeConflicts": getMergeConflicts,
            "DescribeMergeConflicts": describeMergeConflicts, "BatchDescribeMergeConflicts": describeAllMergeConflicts,
        ]
    }

    /// The commit that merging `source` into `destination` makes; for a fast-forward it is `source`.
    ///
    /// - Throws: `ManualMergeRequiredException` when it takes decisions that the caller did not give.
    func merge(
        _ option: MergeOption, _ source: String, into destination: String, message: String, _ input: AWSValue,
        _ repository: Repository, _ context: CallContext
    ) async throws -> String {
        let git = git(repository)
        if option == .fastForward {
            guard try await git.isAncestor(destination, of: source) else { throw MergeResolution.manual }
            return source
        }
        let resolution = try MergeResolution(input)
        let merge = try await git.merge(source, into: destination, byLine: resolution.byLine)
        var change = try change(input, name: "authorName", context)
        if change.message.isEmpty { change.message = message }
        change.edits = try resolution.edits(for: merge.conflicts)
        let tree: String
        do {
            tree = try await git.tree(change, on: merge.tree, scratch: try scratch())
        } catch is GitRepository.WriteError {
            throw MergeResolution.manual  // a decision about a file that the merge moved
        }
        return try await git.makeCommit(
            tree: tree, parents: option == .squash ? [destination] : [destination, source], change)
    }

    /// Moves a branch to what a merge made.
    func moveBranch(
        _ branch: String, from old: String, to new: String, _ repository: Repository, _ context: CallContext
    ) async throws {
        do {
            try await git(repository).move(branch, from: old, to: new)
        } catch GitRepository.WriteError.outdated {
            throw ServiceError(
                "ConcurrentReferenceUpdateException", "The branch \(branch) was changed meanwhile; try again")
        }
        await moved(
            repository.name, repository, reference: "refs/heads/\(branch)", from: old, to: new, by: context.principal,
            region: context.region)
    }

    private func mergeBranches(
        _ option: MergeOption, _ input: AWSValue, _ context: CallContext
    ) async throws -> AWSValue {
        let repository = try find(input, context)
        let (source, destination) = try await ends(input, repository)
        let git = git(repository)
        let into = input["destinationCommitSpecifier"]?.string ?? ""
        let branch = input["targetBranch"] == nil ? Self.shortBranch(into) : try branchName(input, "targetBranch")
        guard let head = try await git.commit(ofBranch: branch) else { throw Self.noBranch(branch) }
        guard head == destination else {
            throw ServiceError(
                "InvalidTargetBranchException", "The branch \(branch) is not at the destination commit \(destination)")
        }
        let commit = try await merge(
            option, source, into: destination,
            message: "Merged \(input["sourceCommitSpecifier"]?.string ?? source) into \(branch)", input, repository,
            context)
        try await moveBranch(branch, from: head, to: commit, repository, context)
        let tree = try await git.commit(commit)?.tree ?? ""
        return ["commitId": .string(commit), "treeId": .string(tree)]
    }

    func ends(_ input: AWSValue, _ repository: Repository) async throws -> (source: String, destination: String) {
        _ = try input.require("sourceCommitSpecifier", code: "CommitRequiredException")
        _ = try input.require("destinationCommitSpecifier", code: "CommitRequiredException")
        return (
            try await commit(input, "sourceCommitSpecifier", repository),
            try await commit(input, "destinationCommitSpecifier", repository)
        )
    }

    private func getMergeOptions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let (source, destination) = try await ends(input, repository)
        let git = git(repository)
        let resolution = try MergeResolution(input)
        var options: [MergeOption] = []
        if try await git.isAncestor(destination, of: source) { options.append(.fastForward) }
        let merge = try await git.merge(source, into: destination, byLine: resolution.byLine)
        if (try? resolution.edits(for: merge.conflicts)) != nil { options += [.squash, .threeWay] }
        return .structure([
            "mergeOptions": .list(options.map { .string($0.rawValue) }), "sourceCommitId": .string(source),
            "destinationCommitId": .string(destination), "baseCommitId": merge.base.map(AWSValue.string),
        ])
    }

    private func getMergeConflicts(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let option = try Self.mergeOption(input)
        let (source, destination) = try await ends(input, repository)
        let git = git(repository)
        let resolution = try MergeResolution(input)
        let merge = try await git.merge(source, into: destination, byLine: resolution.byLine)
        var isMergeable = (try? resolution.edits(for: merge.conflicts)) != nil
        if option == .fastForward { isMergeable = try await git.isAncestor(destination, of: source) }
        let conflicts = option == .fastForward || isMergeable ? [] : merge.conflicts
        let page = try Page.of(
            conflicts.map { Self.metadata(of: $0) }, token: input["nextToken"]?.string,
            limit: input["maxConflictFiles"]?.int ?? 1000,
            invalidToken: "InvalidContinuationTokenException")
        return .structure([
            "mergeable": .bool(isMergeable), "destinationCommitId": .string(destination),
            "sourceCommitId": .string(source), "baseCommitId": merge.base.map(AWSValue.string),
            "conflictMetadataList": .list(page.elements), "nextToken": page.next.map(AWSValue.string),
        ])
    }

    static func mergeOption(_ input: AWSValue) throws(ServiceError) -> MergeOption {
        guard let option = MergeOption(rawValue: input["mergeOption"]?.string ?? "") else {
            throw ServiceError(
                "InvalidMergeOptionException",
                "mergeOption is one of \(MergeOption.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return option
    }

    /// "main" of "refs/heads/main".
    static func shortBranch(_ reference: String) -> String {
        reference.hasPrefix("refs/heads/") ? String(reference.dropFirst(11)) : reference
    }
}
