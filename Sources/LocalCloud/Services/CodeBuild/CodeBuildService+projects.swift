import AWSModel

extension CodeBuildService {
    private static let settable = [
        "name", "description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions", "artifacts",
        "secondaryArtifacts", "cache", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes",
        "encryptionKey", "tags", "vpcConfig", "logsConfig", "fileSystemLocations", "buildBatchConfig",
        "concurrentBuildLimit",
        "autoRetryLimit",
    ]

    nonisolated static func invalid(_ message: String) -> ServiceError {
        ServiceError("InvalidInputException", message)
    }

    func project(_ name: String, _ context: CallContext) throws(ServiceError) -> Project {
        let short = name.hasPrefix("arn:") ? name.split(separator: "/").last.map(String.init) ?? name : name
        guard let project = projects[context.account, context.region, short] else {
            throw ServiceError(
                "ResourceNotFoundException",
                "Project cannot be found: arn:aws:codebuild:\(context.region):\(context.account):project/\(short)")
        }
        return project
    }

    func value(_ project: Project, _ context: CallContext) -> AWSValue {
        guard case .map(var map) = project.settings else { return project.settings }
        map["arn"] = .string("arn:aws:codebuild:\(context.region):\(context.account):project/\(project.name)")
        map["created"] = .timestamp(project.created)
        map["lastModified"] = .timestamp(project.modified)
        map["badge"] = ["badgeEnabled": false]
        map["projectVisibility"] = "PRIVATE"
        return .map(map)
    }

    func createProject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("name", code: "InvalidInputException")
        guard PipelineNames.isSimple(name, limit: 150), !name.contains(".") else {
            throw Self.invalid(
                "Invalid project name: \(name): it must have 2 to 150 letters, digits, dashes and underscores and start with a letter or digit"
            )
        }
        guard projects[context.account, context.region, name] == nil else {
            throw ServiceError(
                "ResourceAlreadyExistsException",
                "Project already exists: arn:aws:codebuild:\(context.region):\(context.account):project/\(name)")
        }
        let settings = try settings(input, over: [:], context)
        let now = cloud.clock.now
        let project = Project(settings: .map(settings), created: now, modified: now)
        projects[context.account, context.region, name] = project
        return ["project": value(project, context)]
    }

    func updateProject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let old = try project(try input.require("name", code: "InvalidInputException"), context)
        let settings = try settings(input, over: old.settings.map ?? [:], context)
        let new = Project(settings: .map(settings), created: old.created, modified: cloud.clock.now)
        projects[context.account, context.region, old.name] = new
        return ["project": value(new, context)]
    }

    private func settings(_ input: AWSValue, over old: AWSMap, _ context: CallContext) throws(ServiceError) -> AWSMap {
        var map = old
        for key in Self.settable { if let given = input[key] { map[key] = given } }
        if let role = map["serviceRole"]?.string, !role.hasPrefix("arn:") {
            map["serviceRole"] = .string("arn:aws:iam::\(context.account):role/service-role/\(role)")
            if cloud.iam.role(arn: map["serviceRole"]?.string ?? "") == nil {
                map["serviceRole"] = .string("arn:aws:iam::\(context.account):role/\(role)")
            }
        }
        let fill: [(String, AWSValue)] = [
            ("timeoutInMinutes", 60), ("queuedTimeoutInMinutes", 480), ("cache", ["type": "NO_CACHE"]), ("tags", []),
            ("secondarySources", []), ("secondarySourceVersions", []), ("secondaryArtifacts", []),
            ("encryptionKey", .string("arn:aws:kms:\(context.region):\(context.account):alias/aws/s3")),
        ]
        for (key, value) in fill where map[key] == nil { map[key] = value }
        if case .map(var environment)? = map["environment"] {
            if environment["environmentVariables"] == nil { environment["environmentVariables"] = [] }
            if environment["privilegedMode"] == nil { environment["privilegedMode"] = false }
            if environment["imagePullCredentialsType"] == nil { environment["imagePullCredentialsType"] = "CODEBUILD" }
            map["environment"] = .map(environment)
        }
        try ProjectRules.check(map)
        do {
            _ = try cloud.iam.assume(
                roleARN: map["serviceRole"]?.string ?? "", by: "codebuild.amazonaws.com", session: "validate")
        } catch {
            throw Self.invalid(
                "CodeBuild is not authorized to perform: sts:AssumeRole on \(map["serviceRole"]?.string ?? "")")
        }
        return map
    }

    /// No error for a project that is not there. Builds and logs stay.
    func deleteProject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("name", code: "InvalidInputException")
        let short = name.split(separator: "/").last.map(String.init) ?? name
        projects[context.account, context.region, short] = nil
        return [:]
    }

    func batchGetProjects(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let names = input["names"]?.strings ?? []
        var found: [AWSValue] = []
        var missing: [AWSValue] = []
        for name in names {
            let short = name.hasPrefix("arn:") ? name.split(separator: "/").last.map(String.init) ?? name : name
            if let project = projects[context.account, context.region, short] {
                found.append(value(project, context))
            } else {
                missing.append(.string(name))
            }
        }
        return ["projects": .list(found), "projectsNotFound": .list(missing)]
    }

    func listProjects(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var all = projects.all(account: context.account, region: context.region)
        switch input["sortBy"]?.string {
        case "CREATED_TIME": all.sort { $0.created < $1.created }
        case "LAST_MODIFIED_TIME": all.sort { $0.modified < $1.modified }
        default: break
        }
        return try page(
            all.map { .string($0.name) }, "projects", input, descending: input["sortOrder"]?.string == "DESCENDING")
    }

    func invalidateCache(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let project = try project(try input.require("projectName", code: "InvalidInputException"), context)
        let folder = cloud.workDirectory + "/build-caches"
        let prefix = "\(context.account)-\(context.region)-\(project.name)-"
        await Task.detached {
            for name in BundleFiles.files(below: folder) where name.hasPrefix(prefix) {
                BundleFiles.remove(folder + "/" + name)
            }
        }.value
        return [:]
    }

    /// A page of names, as the List operations give it.
    func page(_ items: [AWSValue], _ member: String, _ input: AWSValue, descending: Bool, limit: Int = 100) throws
        -> AWSValue
    {
        let page = try Page.of(
            descending ? items.reversed() : items, token: input["nextToken"]?.string,
            limit: min(limit, input["maxResults"]?.int ?? limit), invalidToken: "InvalidInputException")
        var map: AWSMap = [member: .list(page.elements)]
        map["nextToken"] = page.next.map(AWSValue.string)
        return .map(map)
    }
}
