import AWSModel

extension CodeBuildService {
    func startBuild(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let token = StartToken(input, at: cloud.clock.now)
        if let known = try token?.match(in: builds.all(account: account, region: region), \.token) {
            return ["build": known.value(account: account, region: region)]
        }
        var record = try makeRecord(input, context)
        record.token = token
        launch(record, account: account, region: region)
        return ["build": builds[account, region, record.id]?.value(account: account, region: region) ?? [:]]
    }

    /// A build of a project with the overrides of a start request; not started yet.
    func makeRecord(
        _ input: AWSValue, _ context: CallContext, pipeline: BuildRecord.PipelineJob? = nil, batch: String? = nil
    ) throws -> BuildRecord {
        let project = try project(try input.require("projectName", code: "InvalidInputException"), context)
        let settings = project.settings
        if let limit = settings["concurrentBuildLimit"]?.int, limit > 0 {
            let running = builds.all(account: context.account, region: context.region)
                .filter { $0.project == project.name && !$0.isComplete }.count
            guard running < limit else {
                throw ServiceError(
                    "AccountLimitExceededException",
                    "Cannot have more than \(limit) builds in queue for the project \(project.name)")
            }
        }
        try ProjectRules.checkSecondarySources(input["secondarySourcesOverride"])
        try ProjectRules.checkSecondaryArtifacts(input["secondaryArtifactsOverride"])
        try ProjectRules.checkCache(input["cacheOverride"])
        try ProjectRules.checkLogs(input["logsConfigOverride"])
        var source = settings["source"] ?? [:]
        if let type = input["sourceTypeOverride"] {
            source["type"] = type
            // The project's is for the source that it has.
            source["reportBuildStatus"] = nil
        }
        if let reports = input["reportBuildStatusOverride"] { source["reportBuildStatus"] = reports }
        if let location = input["sourceLocationOverride"] { source["location"] = location }
        if let buildspec = input["buildspecOverride"] { source["buildspec"] = buildspec }
        var artifacts = input["artifactsOverride"] ?? settings["artifacts"] ?? ["type": "NO_ARTIFACTS"]
        if pipeline != nil {
            source = .structure(["type": "CODEPIPELINE", "buildspec": source["buildspec"]])
            artifacts = ["type": "CODEPIPELINE"]
        } else if source["type"]?.string == "CODEPIPELINE" {
            throw Self.invalid(
                "Cannot start a build of a project of source type CODEPIPELINE outside of a pipeline; give sourceTypeOverride and artifactsOverride"
            )
        }
        if pipeline == nil { try ProjectRules.check(source: source, artifacts: artifacts) }
        let uuid = Identifier.uuid()
        let role = input["serviceRoleOverride"]?.string ?? project.role
        do {
            _ = try cloud.iam.assume(roleARN: role, by: "codebuild.amazonaws.com", session: "validate")
        } catch {
            throw Self.invalid("CodeBuild is not authorized to perform: sts:AssumeRole on \(role)")
        }
        let logs = input["logsConfigOverride"] ?? settings["logsConfig"]
        let cloudWatch = logs?["cloudWatchLogs"]
        let hasLogs = cloudWatch?["status"]?.string != "DISABLED"
        let number = (counters[context.account, context.region, project.name] ?? 0) + 1
        counters[context.account, context.region, project.name] = number
        var record = BuildRecord(
            id: "\(project.name):\(uuid)", project: project.name, number: number, started: cloud.clock.now,
            sourceVersion: input["sourceVersion"]?.string ?? settings["sourceVersion"]?.string, source: source,
            secondarySources: input["secondarySourcesOverride"]?.list ?? settings["secondarySources"]?.list ?? [],
            artifacts: artifacts,
            secondaryArtifacts: pipeline != nil
                ? [] : input["secondaryArtifactsOverride"]?.list ?? settings["secondaryArtifacts"]?.list ?? [],
            environment: environment(input, settings), cache: input["cacheOverride"] ?? settings["cache"],
            logsConfig: logs,
            logGroup: hasLogs ? cloudWatch?["groupName"]?.string ?? "/aws/codebuild/\(project.name)" : nil,
            logStream: hasLogs ? cloudWatch?["streamName"]?.string.map { "\($0)/\(uuid)" } ?? uuid : nil,
            serviceRole: role,
            timeoutInMinutes: input["timeoutInMinutesOverride"]?.int ?? settings["timeoutInMinutes"]?.int ?? 60,
            queuedTimeoutInMinutes: input["queuedTimeoutInMinutesOverride"]?.int ?? settings["queuedTimeoutInMinutes"]?
                .int ?? 480,
            encryptionKey: input["encryptionKeyOverride"]?.string ?? settings["encryptionKey"]?.string ?? "",
            initiator: initiator(context.principal), pipeline: pipeline, batchARN: batch)
        let versions = input["secondarySourcesVersionOverride"]?.list ?? settings["secondarySourceVersions"]?.list ?? []
        for version in versions {
            record.secondaryVersions[version["sourceIdentifier"]?.string ?? ""] = version["sourceVersion"]?.string
        }
        return record
    }

    private func initiator(_ principal: Principal) -> String {
        switch principal.kind {
        case .root: "root"
        case .user(let name): name
        case .assumedRole(let role, let session): "\(role)/\(session)"
        case .service(let name): name
        case .anonymous: "anonymous"
        }
    }

    private func environment(_ input: AWSValue, _ settings: AWSValue) -> AWSValue {
        var environment = settings["environment"] ?? [:]
        let pairs = [
            ("environmentTypeOverride", "type"), ("imageOverride", "image"), ("computeTypeOverride", "computeType"),
            ("privilegedModeOverride", "privilegedMode"),
        ]
        for (override, member) in pairs { if let value = input[override] { environment[member] = value } }
        let given = input["environmentVariablesOverride"]?.list ?? []
        let names = Set(given.compactMap { $0["name"]?.string })
        let kept = (environment["environmentVariables"]?.list ?? []).filter {
            !names.contains($0["name"]?.string ?? "")
        }
        environment["environmentVariables"] = .list(
            (given + kept).map { variable in
                var variable = variable
                if variable["type"] == nil { variable["type"] = "PLAINTEXT" }
                return variable
            })
        return environment
    }

    /// The last part of a build's id or ARN.
    static func id(_ text: String) -> String {
        text.hasPrefix("arn:") ? text.split(separator: "/").last.map(String.init) ?? text : text
    }

    private func find(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> BuildRecord {
        let id = Self.id(try input.require("id", code: "InvalidInputException"))
        guard let record = builds[context.account, context.region, id] else {
            throw ServiceError("ResourceNotFoundException", "Build \(id) not found")
        }
        return record
    }

    func retryBuild(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let old = try find(input, context)
        guard old.pipeline == nil else { throw Self.invalid("A build of a pipeline is retried by its pipeline") }
        var record = try makeRecord(["projectName": .string(old.project)], context)
        (record.source, record.sourceVersion, record.environment) = (old.source, old.sourceVersion, old.environment)
        (record.artifacts, record.secondaryArtifacts) = (old.artifacts, old.secondaryArtifacts)
        launch(record, account: context.account, region: context.region)
        return ["build": record.value(account: context.account, region: context.region)]
    }

    func stopBuild(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try find(input, context)
        if !record.isComplete {
            run(record.id)?.end(.stopped)
            await wait(for: record.id, account: context.account, region: context.region)
        }
        return ["build": try find(input, context).value(account: context.account, region: context.region)]
    }

    func batchGetBuilds(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var found: [AWSValue] = []
        var missing: [AWSValue] = []
        for text in input["ids"]?.strings ?? [] {
            if let record = builds[context.account, context.region, Self.id(text)] {
                found.append(record.value(account: context.account, region: context.region))
            } else {
                missing.append(.string(text))
            }
        }
        return ["builds": .list(found), "buildsNotFound": .list(missing)]
    }

    func batchDeleteBuilds(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var deleted: [AWSValue] = []
        var kept: [AWSValue] = []
        for text in input["ids"]?.strings ?? [] {
            let id = Self.id(text)
            if let record = builds[context.account, context.region, id], record.isComplete {
                builds[context.account, context.region, id] = nil
                deleted.append(.string("arn:aws:codebuild:\(context.region):\(context.account):build/\(id)"))
            } else {
                kept.append(["id": .string(text), "statusCode": "BUILD_IN_PROGRESS_OR_NOT_FOUND"])
            }
        }
        return ["buildsDeleted": .list(deleted), "buildsNotDeleted": .list(kept)]
    }

    func listBuilds(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let all = builds.all(account: context.account, region: context.region).sorted {
            ($0.started, $0.number) < ($1.started, $1.number)
        }
        return try page(all.map { .string($0.id) }, "ids", input, descending: input["sortOrder"]?.string != "ASCENDING")
    }

    func listBuildsForProject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let project = try project(try input.require("projectName", code: "InvalidInputException"), context)
        let all = builds.all(account: context.account, region: context.region).filter { $0.project == project.name }
            .sorted { $0.number < $1.number }
        return try page(all.map { .string($0.id) }, "ids", input, descending: input["sortOrder"]?.string != "ASCENDING")
    }
}
