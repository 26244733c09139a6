import AWSModel

extension CodeCommitService {
    func metadata(_ repository: Repository, _ context: CallContext) -> AWSValue {
        .structure([
            "accountId": .string(context.account), "repositoryId": .string(repository.id),
            "repositoryName": .string(repository.name),
            "repositoryDescription": repository.description.map(AWSValue.string),
            "defaultBranch": repository.defaultBranch.map(AWSValue.string),
            "lastModifiedDate": .timestamp(repository.modified), "creationDate": .timestamp(repository.created),
            "cloneUrlHttp": .string("\(cloud.endpoint)/v1/repos/\(repository.name)"),
            "cloneUrlSsh": .string("ssh://git-codecommit.\(context.region).amazonaws.com/v1/repos/\(repository.name)"),
            "kmsKeyId": repository.keyID.map(AWSValue.string),
            "Arn": .string(Self.arn(repository.name, region: context.region, account: context.account)),
        ])
    }

    func createRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        guard let name = input["repositoryName"]?.string, !name.isEmpty else {
            throw ServiceError(
                "RepositoryNameRequiredException", "A repository name is required, but was not specified.")
        }
        guard Self.isValid(name: name) else { throw Self.invalid(name) }
        try Self.checkDescription(input)
        try Self.tagRules.check(Self.tags(input))
        if let key = input["kmsKeyId"]?.string, !cloud.service(KMSService.self).isUsable(key, context) {
            throw ServiceError("EncryptionKeyNotFoundException", "No encryption key was found: \(key)")
        }
        try checkIsFree(name, context)
        let now = cloud.clock.now
        let repository = Repository(
            id: Identifier.uuid(), name: name, description: input["repositoryDescription"]?.string, created: now,
            modified: now, keyID: input["kmsKeyId"]?.string)
        // Its row comes last: one whose files are not complete would outlive a killed server.
        let place = [context.account, context.region, name]
        beingCreated[place] = repository.id
        defer { beingCreated[place] = nil }
        let path = git(repository).path
        do {
            _ = try await GitRepository.create(at: path)
        } catch {
            await Task.detached { BundleFiles.remove(path) }.value
            throw error
        }
        repositories[context.account, context.region, name] = repository
        tags.set(input["tags"]?.stringPairs ?? [], on: Self.arn(name, region: context.region, account: context.account))
        return ["repositoryMetadata": metadata(repository, context)]
    }

    private static func checkDescription(_ input: AWSValue) throws(ServiceError) {
        guard (input["repositoryDescription"]?.string ?? "").unicodeScalars.count <= 1000 else {
            throw ServiceError(
                "InvalidRepositoryDescriptionException",
                "The repository description is not valid. Repository descriptions can be up to 1,000 characters long.")
        }
    }

    private func checkIsFree(_ name: String, _ context: CallContext) throws(ServiceError) {
        guard repositories[context.account, context.region, name] == nil,
            beingCreated[[context.account, context.region, name]] == nil
        else { throw Self.exists(name) }
    }

    private static func exists(_ name: String) -> ServiceError {
        ServiceError("RepositoryNameExistsException", "Repository named \(name) already exists")
    }

    func getRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        ["repositoryMetadata": metadata(try find(input, context), context)]
    }

    /// A repository that is not there answers without an id.
    func deleteRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("repositoryName", code: "RepositoryNameRequiredException")
        guard let repository = repositories.remove(account: context.account, region: context.region, key: name) else {
            return [:]
        }
        tags.removeAll(of: Self.arn(name, region: context.region, account: context.account))
        for request in pullRequests.all(account: context.account, region: context.region)
        where request.repositoryID == repository.id {
            pullRequests[context.account, context.region, request.id] = nil
        }
        for comment in comments.all(account: context.account, region: context.region) where comment.repository == name {
            comments[context.account, context.region, comment.id] = nil
        }
        // Before that, a kill would bring back a repository of which half is gone.
        try await cloud.store.committed()
        let path = git(repository).path
        await Task.detached { BundleFiles.remove(path) }.value
        return ["repositoryId": .string(repository.id)]
    }

    func listRepositories(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var all = repositories.all(account: context.account, region: context.region)
        if input["sortBy"]?.string == "lastModifiedDate" { all.sort { $0.modified < $1.modified } }
        if input["order"]?.string == "descending" { all.reverse() }
        let page = try Page.of(
            all, token: input["nextToken"]?.string, limit: 1000, invalidToken: "InvalidContinuationTokenException")
        return .structure([
            "repositories": .list(
                page.elements.map { ["repositoryName": .string($0.name), "repositoryId": .string($0.id)] }),
            "nextToken": page.next.map(AWSValue.string),
        ])
    }

    func batchGetRepositories(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let names = input["repositoryNames"]?.strings ?? []
        guard !names.isEmpty else {
            throw ServiceError(
                "RepositoryNamesRequiredException", "At least one repository name is required, but was not specified.")
        }
        guard names.count <= CodeCommitInput.mostInBatch else {
            throw ServiceError(
                "MaximumRepositoryNamesExceededException",
                "The maximum number of allowed repository names was exceeded. Currently, this number is \(CodeCommitInput.mostInBatch)."
            )
        }
        for name in names where !Self.isValid(name: name) { throw Self.invalid(name) }
        let found = names.compactMap { repositories[context.account, context.region, $0] }
        let missing = names.filter { repositories[context.account, context.region, $0] == nil }
        return [
            "repositories": .list(found.map { metadata($0, context) }),
            "repositoriesNotFound": .list(missing.map(AWSValue.string)),
        ]
    }

    func updateDescription(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        try Self.checkDescription(input)
        repositories.update(context.account, context.region, repository.name) {
            $0.description = input["repositoryDescription"]?.string
            $0.modified = cloud.clock.now
        }
        return [:]
    }

    func updateName(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let old = try input.require("oldName", code: "RepositoryNameRequiredException")
        let new = try input.require("newName", code: "RepositoryNameRequiredException")
        guard var repository = repositories[context.account, context.region, old] else { throw Self.missing(old) }
        guard Self.isValid(name: new) else { throw Self.invalid(new) }
        try checkIsFree(new, context)
        repository.name = new
        repository.modified = cloud.clock.now
        repositories[context.account, context.region, old] = nil
        repositories[context.account, context.region, new] = repository
        for request in pullRequests.all(account: context.account, region: context.region)
        where request.repositoryID == repository.id {
            pullRequests.update(context.account, context.region, request.id) { $0.repository = new }
        }
        for comment in comments.all(account: context.account, region: context.region) where comment.repository == old {
            comments.update(context.account, context.region, comment.id) { $0.repository = new }
        }
        tags.move(
            from: Self.arn(old, region: context.region, account: context.account),
            to: Self.arn(new, region: context.region, account: context.account))
        return [:]
    }

    func updateDefaultBranch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let branch = try branchName(input, "defaultBranchName")
        guard try await git(repository).commit(ofBranch: branch) != nil else { throw Self.noBranch(branch) }
        try await makeDefault(branch, of: repository, account: context.account, region: context.region)
        return [:]
    }

    /// What clones take, and calls that name no branch.
    func makeDefault(_ branch: String, of repository: Repository, account: String, region: String) async throws {
        repositories.update(account, region, repository.name) { $0.defaultBranch = branch }
        try await GitProgram.check(["symbolic-ref", "HEAD", "refs/heads/\(branch)"], in: git(repository).path)
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try resource(input, context)
        let given = Self.tags(input)
        try Self.tagRules.check(given, over: tags[arn])
        tags.add(given, to: arn)
        return [:]
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try resource(input, context)
        let keys = input["tagKeys"]?.strings ?? []
        guard !keys.isEmpty else {
            throw ServiceError(
                "TagKeysListRequiredException", "A list of tag keys is required. The list cannot be empty or null.")
        }
        if let key = keys.first(where: TagRules.isReserved) {
            throw ServiceError(
                Self.tagRules.reserved, "Tag keys starting with '\(TagRules.reserved)' cannot be removed: \(key)")
        }
        tags.remove(keys, from: arn)
        return [:]
    }

    func listTags(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let tags = self.tags[try resource(input, context)]
        return ["tags": .map(AWSMap(tags.map { ($0.key, .string($0.value)) }))]
    }

    private static let tagRules = TagRules(
        duplicate: "InvalidTagsMapException", reserved: "InvalidSystemTagUsageException",
        tooMany: "TooManyTagsException", lengths: "InvalidTagsMapException")

    private static func tags(_ input: AWSValue) -> [Tag] {
        (input["tags"]?.stringPairs ?? []).map { Tag(key: $0.name, value: $0.value) }
    }

    private func resource(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> String {
        let arn = try input.require("resourceArn", code: "ResourceArnRequiredException")
        let name = String(arn.split(separator: ":").last ?? "")
        guard arn == Self.arn(name, region: context.region, account: context.account) else {
            throw ServiceError("InvalidResourceArnException", "The resource ARN \(arn) is not a repository's")
        }
        guard repositories[context.account, context.region, name] != nil else { throw Self.missing(name) }
        return arn
    }
}
