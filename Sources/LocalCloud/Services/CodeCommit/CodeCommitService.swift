import AWSModel
import Foundation

/// CodeCommit: git repositories, over git's smart HTTP and over the API, on the same bare repositories on disk.
@CloudActor
public final class CodeCommitService: CloudService {
    public static let model = "codecommit"

    struct Repository: Codable, Sendable {
        var id: String
        var name: String
        var description: String?
        var defaultBranch: String?
        var created: Double
        var modified: Double
        var triggers: [AWSValue] = []
        var triggersID: String?
        var keyID: String?
    }

    let cloud: Cloud
    let repositories: Table<Repository>
    let tags: ResourceTags
    /// By number.
    let pullRequests: Table<PullRequest>
    let comments: Table<CommitComment>
    let counters: Table<Int>
    /// The ids of repositories whose files are being made, by account, region and name.
    var beingCreated: [[String]: String] = [:]

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        repositories = try cloud.store.table("codecommit.repositories", of: Repository.self)
        tags = try ResourceTags(cloud.store, "codecommit.tags")
        pullRequests = try cloud.store.table("codecommit.pullRequests", of: PullRequest.self)
        comments = try cloud.store.table("codecommit.comments", of: CommitComment.self)
        counters = try cloud.store.table("codecommit.counters", of: Int.self)
        cloud.add(GitRoute(cloud: cloud))
    }

    /// Puts right what a kill left half done: the files of a repository that was being made, or was deleted just before,
    /// are nobody's; and who has a first branch has a default one.
    public func start() async {
        let all = repositories.everything()
        let ids = all.map(\.record.id) + beingCreated.values
        BundleFiles.removeAll(in: directory, except: Set(ids.map { "\($0).git" }))
        for (account, region, _, repository) in all where repository.defaultBranch == nil {
            guard let branch = try? await git(repository).branches().first?.name else { continue }
            try? await makeDefault(branch, of: repository, account: account, region: region)
        }
    }

    public var operations: [String: OperationHandler] {
        repositoryOperations
            .merging(mergeOperations) { first, _ in first }
            .merging(pullRequestOperations) { first, _ in first }
            .merging(pullRequestMergeOperations) { first, _ in first }
            .merging(approvalOperations) { first, _ in first }
            .merging(commentOperations) { first, _ in first }
    }

    private var repositoryOperations: [String: OperationHandler] {
        [
            "CreateRepository": createRepository, "GetRepository": getRepository, "DeleteRepository": deleteRepository,
            "ListRepositories": listRepositories, "BatchGetRepositories": batchGetRepositories,
            "UpdateRepositoryDescription": updateDescription, "UpdateRepositoryName": updateName,
            "UpdateDefaultBranch": updateDefaultBranch,
            "CreateBranch": createBranch, "GetBranch": getBranch, "ListBranches": listBranches,
            "DeleteBranch": deleteBranch,
            "GetCommit": getCommit, "BatchGetCommits": batchGetCommits,
            "CreateCommit": createCommit, "PutFile": putFile, "DeleteFile": deleteFile,
            "GetFile": getFile, "GetFolder": getFolder, "GetBlob": getBlob, "GetDifferences": getDifferences,
            "GetRepositoryTriggers": getTriggers, "PutRepositoryTriggers": putTriggers,
            "TestRepositoryTriggers": testTriggers, "ListFileCommitHistory": listFileHistory,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTags,
        ]
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let name: String?
        switch operation {
        case "ListRepositories", "BatchGetRepositories": name = nil
        case "TagResource", "UntagResource", "ListTagsForResource": name = input["resourceArn"]?.string
        case "UpdateRepositoryName": name = input["oldName"]?.string
        case "CreatePullRequest": name = input["targets"]?.list?.first?["repositoryName"]?.string
        default: name = input["repositoryName"]?.string ?? repositoryName(of: input, context)
        }
        let arn = name.map {
            $0.hasPrefix("arn:") ? $0 : Self.arn($0, region: context.region, account: context.account)
        }
        return [Permission(action: "codecommit:\(operation)", resource: arn ?? "*")]
    }

    /// The repository of the pull request or the comment that a call is about.
    private func repositoryName(of input: AWSValue, _ context: CallContext) -> String? {
        if let id = input["pullRequestId"]?.string {
            return pullRequests[context.account, context.region, id]?.repository
        }
        let comment = input["commentId"]?.string ?? input["inReplyTo"]?.string
        return comment.flatMap { comments[context.account, context.region, $0]?.repository }
    }

    // MARK: - Shared

    /// Where repositories live: with the state when that is durable.
    private var directory: String { (cloud.configuration.dataDirectory ?? cloud.workDirectory) + "/codecommit" }

    func git(_ repository: Repository) -> GitRepository { GitRepository(path: "\(directory)/\(repository.id).git") }

    /// A folder for index files and bodies.
    func scratch() throws -> String {
        let path = cloud.workDirectory + "/git"
        try BundleFiles.makeDirectories(path)
        return path
    }

    static func arn(_ name: String, region: String, account: String) -> String {
        "arn:aws:codecommit:\(region):\(account):\(name)"
    }

    /// Not what clients take for a folder when they put the name into a URL.
    static func isValid(name: String) -> Bool {
        PipelineNames.isSimple(name, limit: 100) && !name.hasSuffix(".git") && name != "." && name != ".."
    }

    func find(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Repository {
        guard let name = input["repositoryName"]?.string, !name.isEmpty else {
            throw ServiceError(
                "RepositoryNameRequiredException", "A repository name is required, but was not specified.")
        }
        guard Self.isValid(name: name) else { throw Self.invalid(name) }
        guard let repository = repositories[context.account, context.region, name] else { throw Self.missing(name) }
        return repository
    }

    static func invalid(_ name: String) -> ServiceError {
        ServiceError(
            "InvalidRepositoryNameException",
            "The repository name \(name) is not valid. Repository names can be any valid combination of letters, numbers, periods, underscores and dashes, up to 100, and cannot end in .git"
        )
    }

    static func missing(_ name: String) -> ServiceError {
        ServiceError("RepositoryDoesNotExistException", "\(name) does not exist")
    }

    func branchName(_ input: AWSValue, _ member: String = "branchName") throws(ServiceError) -> String {
        guard let name = input[member]?.string, !name.isEmpty else {
            throw ServiceError("BranchNameRequiredException", "A branch name is required, but was not specified.")
        }
        try Self.check(reference: name, code: "InvalidBranchNameException")
        return name
    }

    /// Refuses a branch's name that is none.
    static func check(reference name: String, code: String) throws(ServiceError) {
        // git's own rules (git-check-ref-format), and no name that git would take for an option.
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let forbidden =
            name.hasPrefix("-") || name.hasSuffix(".") || name.contains("..") || name.contains("@{") || name == "@"
            || parts.contains { $0.isEmpty || $0.hasPrefix(".") || $0.hasSuffix(".lock") }
            || name.unicodeScalars.contains {
                $0.value <= 32 || $0.value == 127 || "~^:?*[\\".unicodeScalars.contains($0)
            }
        // What git would take for a commit's id is none either (CodeCommit's quotas).
        guard !forbidden, name.utf8.count <= 256, !CodeCommitInput.isObjectID(name) else {
            throw ServiceError(code, "The name \(name) is not valid for a branch")
        }
    }

    /// Tells the world that a reference moved, and remembers the default branch.
    func moved(
        _ name: String, _ repository: Repository, reference: String, from old: String?, to new: String?,
        by principal: Principal,
        region: String
    ) async {
        let parts = reference.split(separator: "/", maxSplits: 2)
        guard parts.count == 3 else { return }
        let short = String(parts[2])
        let kind = parts[1] == "heads" ? "branch" : "tag"
        let now = cloud.clock.now
        if kind == "branch", new != nil, repositories[principal.account, region, name]?.defaultBranch == nil {
            try? await makeDefault(short, of: repository, account: principal.account, region: region)
        }
        repositories.update(principal.account, region, name) { $0.modified = now }
        if kind == "branch" {
            await followPush(repository, branch: short, to: new, by: principal, region: region)
        }
        let event = old == nil ? "referenceCreated" : new == nil ? "referenceDeleted" : "referenceUpdated"
        let arn = Self.arn(name, region: region, account: principal.account)
        cloud.events.publish(
            source: "aws.codecommit", detailType: "CodeCommit Repository State Change",
            detail: .structure([
                "callerUserArn": .string(principal.arn), "commitId": .string(new ?? old ?? ""), "event": .string(event),
                "oldCommitId": old.map(AWSValue.string), "referenceFullName": .string(reference),
                "referenceName": .string(short), "referenceType": .string(kind), "repositoryId": .string(repository.id),
                "repositoryName": .string(name),
            ]),
            resources: [arn], account: principal.account, region: region, time: now)
        await notify(
            name, event: event, reference: reference, commit: new ?? old ?? "", by: principal, region: region)
    }
}

/// Names that several of the developer services share the rules of.
enum PipelineNames {
    /// 1 to `limit` letters, digits, periods, underscores and dashes.
    static func isSimple(_ name: String, limit: Int) -> Bool {
        (1...limit).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "._-".utf8.contains(byte)
            }
    }
}
