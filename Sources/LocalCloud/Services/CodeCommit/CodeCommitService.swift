import AWSModel

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
    }

    let cloud: Cloud
    let repositories: Table<Repository>
    let tags: ResourceTags

    public init(cloud: Cloud) {
        self.cloud = cloud
        repositories = cloud.store.table("codecommit.repositories", of: Repository.self)
        tags = ResourceTags(cloud.store, "codecommit.tags")
        cloud.add(GitRoute(cloud: cloud))
    }

    public var operations: [String: OperationHandler] {
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
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTags,
        ]
    }

    public var resourceTemplates: [String: String] {
        var templates: [String: String] = [:]
        for name in operations.keys { templates[name] = "{repositoryName}" }
        for name in ["ListRepositories", "BatchGetRepositories"] { templates[name] = nil }
        for name in ["TagResource", "UntagResource", "ListTagsForResource"] { templates[name] = "{resourceArn}" }
        templates["UpdateRepositoryName"] = "{oldName}"
        return templates
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

    static func isValid(name: String) -> Bool { PipelineNames.isSimple(name, limit: 100) && !name.hasSuffix(".git") }

    func find(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Repository {
        guard let name = input["repositoryName"]?.string, !name.isEmpty else {
            throw ServiceError(
                "RepositoryNameRequiredException", "A repository name is required, but was not specified.")
        }
        guard Self.isValid(name: name) else {
            throw ServiceError(
                "InvalidRepositoryNameException",
                "The repository name is not valid. Repository names can be any valid combination of letters, numbers, periods, underscores and dashes, and cannot end in .git"
            )
        }
        guard let repository = repositories[context.account, context.region, name] else { throw Self.missing(name) }
        return repository
    }

    static func missing(_ name: String) -> ServiceError {
        ServiceError("RepositoryDoesNotExistException", "\(name) does not exist")
    }

    func branchName(_ input: AWSValue, _ member: String = "branchName") throws(ServiceError) -> String {
        guard let name = input[member]?.string, !name.isEmpty else {
            throw ServiceError("BranchNameRequiredException", "A branch name is required, but was not specified.")
        }
        let forbidden =
            name.hasPrefix("-") || name.hasPrefix("/") || name.hasSuffix("/") || name.hasSuffix(".lock")
            || name.contains("..") || name.contains("//")
            || name.unicodeScalars.contains {
                $0.value <= 32 || $0.value == 127 || "~^:?*[\\".unicodeScalars.contains($0)
            }
        guard !forbidden, name.utf8.count <= 256 else {
            throw ServiceError("InvalidBranchNameException", "The branch name \(name) is not valid")
        }
        return name
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
            repositories.update(principal.account, region, name) { $0.defaultBranch = short }
            _ = try? await GitProgram.run(["symbolic-ref", "HEAD", reference], in: git(repository).path)
        }
        repositories.update(principal.account, region, name) { $0.modified = now }
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
            name, repository, event: event, short: short, commit: new ?? old ?? "", by: principal, region: region)
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
