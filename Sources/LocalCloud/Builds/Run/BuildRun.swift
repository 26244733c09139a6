import AWSModel
import FoundationEssentials

/// Carries one build through its phases.
///
/// What ends a build early (a stop, a time-out) sets ``early`` and ends the sandbox: the command that runs then comes back,
/// and the phase that it belongs to takes that status.
@CloudActor
final class BuildRun {
    /// A phase that did not succeed.
    struct Failure: Error {
        var code: String
        var message: String
        var status = BuildRecord.Status.failed

        init(_ code: String, _ message: String, status: BuildRecord.Status = .failed) {
            self.code = code
            self.message = message
            self.status = status
        }
    }

    let service: CodeBuildService
    let account: String
    let region: String
    let id: String
    let log = BuildLog()
    /// The host's folder of this build, and the number in the name of the source folder inside.
    let folder: String
    let sourceNumber = String(Int.random(in: 1_000_000...9_999_999))

    var role: Principal?
    var sandbox: Sandbox?
    var shell: BuildShell?
    var spec = BuildSpec()
    var environment: [String: String] = [:]
    var secretNames: Set<String> = []
    private(set) var early: BuildRecord.Status?

    var cloud: Cloud { service.cloud }
    /// The sources' folder, where the build sees it as a mount; it cannot put anything else in its place.
    var hostSources: String { folder + "/src" }
    /// Trusted until the build's first command has run.
    var hostSource: String { hostSources + "/src" }
    var insideSource: String { "/codebuild/output/src\(sourceNumber)/src" }
    var hostRoot: String { folder + "/box/root" }

    init(_ service: CodeBuildService, account: String, region: String, id: String) {
        self.service = service
        self.account = account
        self.region = region
        self.id = id
        folder = service.cloud.workDirectory + "/builds/" + (id.split(separator: ":").last.map(String.init) ?? id)
    }

    var record: BuildRecord? { service.builds[account, region, id] }
    func update(_ change: (inout BuildRecord) -> Void) { service.builds.update(account, region, id, change) }

    /// Ends the build from outside.
    func end(_ status: BuildRecord.Status) {
        guard early == nil else { return }
        early = status
        let sandbox = sandbox
        cloud.spawn { await sandbox?.stop() }
    }

    func run() async {
        guard let record else { return }
        let timer = cloud.spawn { [weak self] in
            try? await self?.cloud.clock.sleep(real: Double(record.timeoutInMinutes) * 60)
            if !Task.isCancelled { self?.end(.timedOut) }
        }
        defer { timer.cancel() }
        var status = BuildRecord.Status.succeeded
        do {
            try await phase("SUBMITTED") { try await self.submit() }
            try await phase("QUEUED") {}
            try await phase("PROVISIONING") { try await self.provision() }
            try await phase("DOWNLOAD_SOURCE") { try await self.downloadSource() }
            status = await runPhases()
        } catch {
            status = early ?? error.status
        }
        await sandbox?.stop()
        if Task.isCancelled { return }  // the cloud stops: the next start reports what became of the build
        begin("FINALIZING")
        finish("FINALIZING", .succeeded)
        begin("COMPLETED")
        await log.finish()
        let now = cloud.clock.now
        update {
            $0.ended = now
            $0.status = status
            $0.currentPhase = "COMPLETED"
        }
        service.ended(account, region, id)
        let folder = folder
        await Task.detached { BundleFiles.remove(folder) }.value
    }

    // MARK: - Phases

    func begin(_ type: String) {
        let now = cloud.clock.now
        update {
            $0.currentPhase = type
            $0.phases.append(BuildRecord.Phase(type: type, started: now))
        }
        service.phaseChanged(account, region, id, type, nil)
    }

    func finish(_ type: String, _ status: BuildRecord.Status, _ failure: Failure? = nil) {
        let now = cloud.clock.now
        let message = failure.map { log.masked($0.message) } ?? ""
        update { record in
            guard let at = record.phases.lastIndex(where: { $0.type == type }) else { return }
            record.phases[at].status = status
            record.phases[at].ended = now
            record.phases[at].contexts = [BuildRecord.Context(code: failure?.code ?? "", message: message)]
        }
        service.phaseChanged(account, region, id, type, status)
    }

    /// Logs a phase's end as the build agent does.
    func logEnd(_ type: String, _ status: BuildRecord.Status, _ failure: Failure?) {
        log.container("Phase complete: \(type) State: \(status.rawValue)")
        log.container("Phase context status code: \(failure?.code ?? "") Message: \(failure?.message ?? "")")
    }

    /// Runs one phase that ends the build when it fails.
    func phase(_ type: String, _ work: @CloudActor () async throws -> Void) async throws(Failure) {
        begin(type)
        var failure: Failure?
        do {
            try await work()
        } catch let error as Failure {
            failure = error
        } catch let error as ServiceError {
            failure = Failure("CLIENT_ERROR", "\(error.code): \(error.message)")
        } catch {
            failure = Failure("INTERNAL_SERVICE_ERROR", "\(error)", status: .fault)
        }
        if let early { failure = Self.ended(early) }
        let status = failure?.status ?? .succeeded
        finish(type, status, failure)
        if type == "DOWNLOAD_SOURCE" { logEnd(type, status, failure) }
        if let failure { throw failure }
    }

    static func ended(_ status: BuildRecord.Status) -> Failure {
        status == .timedOut
            ? Failure("BUILD_TIMED_OUT", "Build has timed out.", status: .timedOut)
            : Failure("", "", status: .stopped)
    }

    private func submit() async throws {
        guard let record else { return }
        if role != nil { return try await openLog() }
        do {
            role = try cloud.iam.assume(
                roleARN: record.serviceRole, by: "codebuild.amazonaws.com",
                session: "AWSCodeBuild-" + (id.split(separator: ":").last.map(String.init) ?? id))
        } catch {
            throw Failure(
                "ACCESS_DENIED",
                "CodeBuild is not authorized to perform: sts:AssumeRole on service role. \(error.message)")
        }
        try await openLog()
    }

    private func openLog() async throws {
        guard let record, let role, let group = record.logGroup, let stream = record.logStream else { return }
        do {
            do {
                _ = try await cloud.call(
                    "logs", "CreateLogGroup", ["logGroupName": .string(group)], as: role, region: region)
            } catch let error as ServiceError where error.code == "ResourceAlreadyExistsException" {}
            _ = try await cloud.call(
                "logs", "CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(stream)], as: role,
                region: region)
            try cloud.iam.authorize(
                role, action: "logs:PutLogEvents",
                resource: "arn:aws:logs:\(region):\(account):log-group:\(group):log-stream:\(stream)")
        } catch let error as ServiceError {
            let arn = "arn:aws:codebuild:\(region):\(account):build/\(id)"
            throw Failure(
                "ACCESS_DENIED",
                "Service role \(record.serviceRole) does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build \(arn). Error message: \(error.message)"
            )
        }
        let cloud = cloud
        let region = region
        log.start { events in
            let entries = events.map { event -> AWSValue in
                ["timestamp": .integer(Int64(event.time * 1000)), "message": .string(event.text)]
            }
            // A role that loses its permission, or a group deleted under way, loses lines: the build goes on.
            _ = try? await cloud.call(
                "logs", "PutLogEvents",
                ["logGroupName": .string(group), "logStreamName": .string(stream), "logEvents": .list(entries)],
                as: role,
                region: region)
        }
        log.container("Waiting for agent ping")
    }

    private func provision() async throws {
        let folder = folder
        let hostSource = hostSource
        try await Task.detached {
            BundleFiles.remove(folder)
            for path in [folder + "/box", folder + "/steps", hostSource] { try BundleFiles.makeDirectories(path) }
        }.value
        var configuration = try SandboxConfiguration.build(
            folder: folder + "/box", program: cloud.sandboxProgram, hostname: "codebuild")
        configuration.binds += [
            SandboxConfiguration.Bind(folder + "/steps", at: BuildShell.stepsInside),
            SandboxConfiguration.Bind(hostSources, at: "/codebuild/output/src\(sourceNumber)", isWritable: true),
        ]
        do {
            let started = try await Sandbox.start(configuration)
            sandbox = started
            DiskGuard.shared.watch(started)
            Task {
                await started.waitForEnd()
                DiskGuard.shared.forget(started)
            }
        } catch {
            throw Failure("BUILD_CONTAINER_UNABLE_TO_START", error.description, status: .fault)
        }
    }
}
