import AWSModel

/// DOWNLOAD_SOURCE: the sources, the buildspec, the secrets, the cache.
extension BuildRun {
    func downloadSource() async throws {
        guard let record, let role else { return }
        log.container("Waiting for DOWNLOAD_SOURCE")
        if let job = record.pipeline {
            for input in job.inputs {
                let target = input.name == job.primary ? hostSource : hostDirectory(of: input.name)
                try await unpack(input.place, version: nil, into: target)
            }
            if let revision = job.revision { update { $0.resolvedVersion = revision } }
        } else {
            try await fetch(record.source, version: record.sourceVersion, into: hostSource, isPrimary: true)
            for source in record.secondarySources {
                guard let name = source["sourceIdentifier"]?.string else { continue }
                try await fetch(
                    source, version: record.secondaryVersions[name], into: hostDirectory(of: name), isPrimary: false)
            }
        }
        log.container("Phase is DOWNLOAD_SOURCE")
        log.container("CODEBUILD_SRC_DIR=\(insideSource)")
        spec = try await readBuildSpec(record, role)
        log.container("Processing environment variables")
        try await prepareEnvironment()
        guard let sandbox else { return }
        let log = log
        shell = try BuildShell(
            sandbox: sandbox, steps: folder + "/steps", shell: spec.shell ?? "sh", environment: environment,
            directory: insideSource, onOutput: { log.output($0) })
        await restoreCache()
        if let id = sandbox.hostID { SandboxIdentity.give(hostSources, to: id) }
        log.container("Moving to directory \(insideSource)")
        log.container("Registering with agent")
        let used = BuildSpec.PhaseName.allCases.filter { spec.phases[$0] != nil }
        log.container("Phases found in YAML: \(used.count)")
        for name in used { log.container(" \(name.phaseType): \(spec.phases[name]?.commands.count ?? 0) commands") }
        if !spec.proxied.isEmpty {
            log.container(
                "proxy: \(spec.proxied.joined(separator: ", ")) changes nothing: the local cloud has no explicit proxy")
        }
    }

    private func fetch(_ source: AWSValue, version: String?, into directory: String, isPrimary: Bool) async throws {
        guard let role else { return }
        try BundleFiles.makeDirectories(directory)
        let location = source["location"]?.string ?? ""
        switch source["type"]?.string {
        case "NO_SOURCE": return
        case "S3":
            let parts = location.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Failure("CLIENT_ERROR", "The S3 source \(location) is not BUCKET/KEY") }
            let found = try await unpack(S3Place(bucket: parts[0], key: parts[1]), version: version, into: directory)
            if isPrimary { update { $0.resolvedVersion = found.versionID ?? found.etag } }
        case "CODECOMMIT":
            let name = location.split(separator: "/").last.map(String.init) ?? location
            let service = cloud.service(CodeCommitService.self)
            try cloud.iam.authorize(
                role, action: "codecommit:GitPull",
                resource: CodeCommitService.arn(name, region: region, account: account))
            guard let repository = service.repositories[account, region, name] else {
                throw Failure("GIT_CLONE_FAILED", "repository '\(name)' not found")
            }
            let git = service.git(repository)
            guard let commit = try await git.commit(specifier: version ?? repository.defaultBranch ?? "main") else {
                throw Failure(
                    "CLIENT_ERROR", "reference not found for primary source and source version \(version ?? "")")
            }
            try await clone(git.path, commit: commit, url: location, into: directory)
            if isPrimary { update { $0.resolvedVersion = commit } }
        case let type:
            throw Failure(
                "CLIENT_ERROR",
                "The local cloud has no sources of type \(type ?? "none"): use CODECOMMIT, S3, CODEPIPELINE or NO_SOURCE"
            )
        }
    }

    private func clone(_ path: String, commit: String, url: String, into directory: String) async throws {
        do {
            try await GitProgram.check(
                ["clone", "--quiet", "--no-hardlinks", "--no-checkout", path, "."], in: directory)
            try await GitProgram.check(["checkout", "--quiet", "--detach", commit], in: directory)
            try await GitProgram.check(["remote", "set-url", "origin", url], in: directory)
        } catch let error as GitProgram.Failure {
            throw Failure("GIT_CLONE_FAILED", error.description)
        }
    }

    @discardableResult
    private func unpack(
        _ place: S3Place, version: String?, into directory: String
    ) async throws -> DeliveryStorage.Fetched {
        guard let role else { return .init(metadata: []) }
        try BundleFiles.makeDirectories(directory)
        let file = "\(folder)/source-\(Identifier.hex(8)).zip"
        let storage = DeliveryStorage(cloud: cloud, principal: role, region: region)
        do {
            let fetched = try await storage.fetch(place, version: version, to: file)
            _ = try await Task.detached { try BundleReader.unpack(file, into: directory) }.value
            return fetched
        } catch let error as BundleError {
            throw Failure("CLIENT_ERROR", "cannot unpack the source \(place.bucket)/\(place.key): \(error.message)")
        } catch let error as ServiceError {
            throw Failure(
                "CLIENT_ERROR",
                "\(error.code): \(error.message) for primary source and source version arn:aws:s3:::\(place.bucket)/\(place.key)"
            )
        }
    }

    /// The buildspec: text in the project, a file of the source (`buildspec.yml` by default), or an object's ARN.
    private func readBuildSpec(_ record: BuildRecord, _ role: Principal) async throws -> BuildSpec {
        let given = record.source["buildspec"]?.string ?? ""
        var text = given
        if given.hasPrefix("arn:aws:s3:::") {
            let parts = given.dropFirst("arn:aws:s3:::".count).split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Failure("YAML_FILE_ERROR", "\(given) names no object") }
            let file = folder + "/buildspec.yml"
            try await DeliveryStorage(cloud: cloud, principal: role, region: region)
                .fetch(S3Place(bucket: parts[0], key: parts[1]), to: file)
            text = String(decoding: BundleFiles.read(file) ?? [], as: UTF8.self)
        } else if !given.contains("\n") && !given.contains("{") {
            let name = given.isEmpty ? "buildspec.yml" : given
            log.container("YAML location is \(insideSource)/\(name)")
            guard let path = SafePath.existing(name, below: hostSource), let bytes = BundleFiles.read(path) else {
                throw Failure("YAML_FILE_ERROR", "stat \(insideSource)/\(name): no such file or directory")
            }
            text = String(decoding: bytes, as: UTF8.self)
        }
        do {
            return try BuildSpec(yaml: text)
        } catch {
            let prefix = "YAML_FILE_ERROR: "
            let message =
                error.message.hasPrefix(prefix) ? String(error.message.dropFirst(prefix.count)) : error.message
            throw Failure("YAML_FILE_ERROR", message)
        }
    }
}
