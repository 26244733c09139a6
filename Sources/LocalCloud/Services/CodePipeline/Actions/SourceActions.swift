import AWSModel

/// The tip of a branch, zipped.
enum CodeCommitSource: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        let repository = context.configuration["RepositoryName"] ?? ""
        let branch = context.configuration["BranchName"] ?? ""
        let override = context.execution?.sourceOverrides.first { $0.action == context.action.name }
        let commit: String
        let details: AWSValue
        do {
            if let override, override.type == "COMMIT_ID" {
                commit = override.value
            } else {
                let answer = try await context.call(
                    "codecommit", "GetBranch", ["repositoryName": .string(repository), "branchName": .string(branch)])
                commit = answer["branch"]?["commitId"]?.string ?? ""
            }
            details =
                try await context.call(
                    "codecommit", "GetCommit", ["repositoryName": .string(repository), "commitId": .string(commit)])[
                    "commit"] ?? [:]
            // How CodePipeline has the repository zipped into its bucket: it asks for it, then asks whether it is done.
            for action in ["codecommit:UploadArchive", "codecommit:GetUploadArchiveStatus"] {
                try context.cloud.iam.authorize(
                    context.role, action: action,
                    resource: CodeCommitService.arn(repository, region: context.region, account: context.key.account))
            }
        } catch let error as ServiceError {
            throw failure(error, repository)
        }
        let service = context.cloud.service(CodeCommitService.self)
        guard let found = service.repositories[context.key.account, context.region, repository],
            let output = context.action.outputs.first
        else { throw ActionFailure("ConfigurationError", "The repository \(repository) does not exist") }
        let git = service.git(found)
        let artifact = try await context.withFolder { folder in
            let file = folder + "/source.zip"
            try await git.archive(commit, to: file)
            return try await context.store(file, as: output.name)
        }
        let message = (details["message"]?.string ?? "").trimmed
        let url =
            "https://console.aws.amazon.com/codecommit/home?region=\(context.region)#/repository/\(repository)/commit/\(commit)"
        let now = context.cloud.clock.now
        context.service.saw(commit, context.action.name, context.key)
        context.note { run in
            run.revisionID = commit
            run.revisionSummary = message
            run.revisionURL = url
            run.summary = message
            run.externalID = commit
            run.externalURL = url
            var artifact = artifact
            artifact.revisionID = commit
            artifact.revisionSummary = message
            artifact.revisionURL = url
            artifact.created = now
            run.outputs = [artifact]
            run.variables = [
                "CommitId": commit, "CommitMessage": message, "RepositoryName": repository, "BranchName": branch,
                "AuthorDate": date(details["author"]), "CommitterDate": date(details["committer"]),
            ]
        }
    }

    /// git's "1700000000 +0000" as the variables have it: 2023-11-14T22:13:20Z.
    private static func date(_ person: AWSValue?) -> String {
        guard let seconds = person?["date"]?.string?.split(separator: " ").first.flatMap({ Double($0) }) else {
            return ""
        }
        return CodePipelineService.iso(seconds)
    }

    private static func failure(_ error: ServiceError, _ repository: String) -> ActionFailure {
        switch error.code {
        case "RepositoryDoesNotExistException":
            ActionFailure("ConfigurationError", "The repository \(repository) does not exist: \(error.message)")
        case "BranchDoesNotExistException", "CommitIdDoesNotExistException":
            ActionFailure("ConfigurationError", "The action failed because the source was not found. \(error.message)")
        default:
            ActionFailure(
                "PermissionError",
                "The service role or action role doesn't have the permissions required to access the AWS CodeCommit repository named \(repository). Update the IAM role permissions, and then try again. Error: \(error.message)"
            )
        }
    }
}

/// A version of an object in S3, copied to the artifact bucket.
enum S3Source: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        let bucket = context.configuration["S3Bucket"] ?? ""
        var objectKey = context.configuration["S3ObjectKey"] ?? ""
        var version: String?
        // A key and a version of it can be given together.
        for override in context.execution?.sourceOverrides ?? [] where override.action == context.action.name {
            if override.type == "S3_OBJECT_VERSION_ID" { version = override.value }
            if override.type == "S3_OBJECT_KEY" { objectKey = override.value }
        }
        let status = try await context.call("s3", "GetBucketVersioning", ["Bucket": .string(bucket)])["Status"]?.string
        guard status == "Enabled" else {
            throw ActionFailure(
                "ConfigurationError",
                "The Amazon S3 bucket \(bucket) of the source action is not versioned; enable versioning on it")
        }
        guard let output = context.action.outputs.first else { return }
        let (artifact, fetched) = try await context.withFolder { folder in
            let file = folder + "/source.zip"
            let fetched = try await context.storage.fetch(
                S3Place(bucket: bucket, key: objectKey), version: version, to: file)
            return (try await context.store(file, as: output.name), fetched)
        }
        let revision = fetched.versionID ?? fetched.etag ?? ""
        let summary =
            fetched.metadata.first { $0.name.lowercased() == "codepipeline-artifact-revision-summary" }?.value
            ?? "Amazon S3 version id: \(revision)"
        let now = context.cloud.clock.now
        let name = objectKey
        context.service.saw(revision, context.action.name, context.key)
        context.note { run in
            run.revisionID = revision
            run.revisionSummary = summary
            run.summary = summary
            run.externalID = revision
            var artifact = artifact
            artifact.revisionID = revision
            artifact.revisionSummary = summary
            artifact.created = now
            run.outputs = [artifact]
            run.variables = [
                "BucketName": bucket, "ETag": fetched.etag ?? "", "ObjectKey": name, "VersionId": revision,
            ]
        }
    }
}
