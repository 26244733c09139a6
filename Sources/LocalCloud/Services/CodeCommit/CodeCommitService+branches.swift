import AWSModel

extension CodeCommitService {
    static func noBranch(_ name: String) -> ServiceError {
        ServiceError("BranchDoesNotExistException", "Branch \(name) does not exist")
    }

    func createBranch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let branch = try branchName(input)
        let commit = try input.require("commitId", code: "CommitIdRequiredException")
        try Self.check(commitID: commit)
        let git = git(repository)
        guard let commit = try await git.resolve(commit) else {
            throw ServiceError("CommitDoesNotExistException", "Commit \(commit) does not exist")
        }
        do {
            try await git.move(branch, from: nil, to: commit)
        } catch GitRepository.WriteError.outdated {
            throw ServiceError("BranchNameExistsException", "Branch name \(branch) already exists")
        }
        await moved(
            repository.name, repository, reference: "refs/heads/\(branch)", from: nil, to: commit,
            by: context.principal,
            region: context.region)
        return [:]
    }

    func getBranch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let branch = try branchName(input)
        guard let commit = try await git(repository).commit(ofBranch: branch) else { throw Self.noBranch(branch) }
        return ["branch": ["branchName": .string(branch), "commitId": .string(commit)]]
    }

    func listBranches(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let names = try await git(try find(input, context)).branches().map(\.name)
        let page = try Page.of(
            names, token: input["nextToken"]?.string, limit: 1000, invalidToken: "InvalidContinuationTokenException")
        return .structure([
            "branches": .list(page.elements.map(AWSValue.string)), "nextToken": page.next.map(AWSValue.string),
        ])
    }

    func deleteBranch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let branch = try branchName(input)
        guard repository.defaultBranch != branch else {
            throw ServiceError(
                "DefaultBranchCannotBeDeletedException",
                "The default branch \(branch) of the repository cannot be deleted")
        }
        let git = git(repository)
        guard let commit = try await git.commit(ofBranch: branch) else { return [:] }
        try await GitProgram.check(["update-ref", "-d", "refs/heads/\(branch)", commit], in: git.path)
        await moved(
            repository.name, repository, reference: "refs/heads/\(branch)", from: commit, to: nil,
            by: context.principal,
            region: context.region)
        return ["deletedBranch": ["branchName": .string(branch), "commitId": .string(commit)]]
    }

    func getCommit(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let id = try input.require("commitId", code: "CommitIdRequiredException")
        try Self.check(commitID: id)
        guard let commit = try await git(repository).commit(id) else {
            throw ServiceError("CommitIdDoesNotExistException", "Commit \(id) does not exist")
        }
        return ["commit": Self.value(commit)]
    }

    private static func check(commitID id: String) throws(ServiceError) {
        guard CodeCommitInput.isObjectID(id) else {
            throw ServiceError("InvalidCommitIdException", "The commit id \(id) is not valid")
        }
    }

    func batchGetCommits(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let git = git(try find(input, context))
        let ids = input["commitIds"]?.strings ?? []
        guard !ids.isEmpty else {
            throw ServiceError(
                "CommitIdsListRequiredException",
                "A list of commit IDs is required, but was either not specified or the list was empty.")
        }
        guard ids.count <= CodeCommitInput.mostInBatch else {
            throw ServiceError(
                "CommitIdsLimitExceededException",
                "The maximum number of allowed commit IDs in a batch request is \(CodeCommitInput.mostInBatch).")
        }
        var commits: [AWSValue] = []
        var errors: [AWSValue] = []
        for id in ids {
            if id.allSatisfy(\.isHexDigit), let commit = try await git.commit(id) {
                commits.append(Self.value(commit))
            } else {
                errors.append([
                    "commitId": .string(id), "errorCode": "CommitDoesNotExistException",
                    "errorMessage": .string("Commit \(id) does not exist"),
                ])
            }
        }
        return ["commits": .list(commits), "errors": .list(errors)]
    }

    static func value(_ commit: GitRepository.Commit) -> AWSValue {
        func person(_ person: (name: String, email: String, date: String)) -> AWSValue {
            ["name": .string(person.name), "email": .string(person.email), "date": .string(person.date)]
        }
        return [
            "commitId": .string(commit.id), "treeId": .string(commit.tree),
            "parents": .list(commit.parents.map(AWSValue.string)), "message": .string(commit.message),
            "author": person(commit.author), "committer": person(commit.committer), "additionalData": "",
        ]
    }
}
