import AWSModel

/// CodeBuild: projects, builds that run in a sandbox, report groups and reports.
@CloudActor
public final class CodeBuildService: CloudService {
    public static let model = "codebuild"

    /// A project: its settings as they were given, under the API's own member names.
    struct Project: Codable, Sendable {
        var settings: AWSValue
        var created: Double
        var modified: Double
        var name: String { settings["name"]?.string ?? "" }
        var role: String { settings["serviceRole"]?.string ?? "" }
    }

    let cloud: Cloud
    let projects: Table<Project>
    let builds: Table<BuildRecord>
    let batches: Table<BatchRecord>
    let groups: Table<ReportGroupRecord>
    let reports: Table<ReportRecord>
    let counters: Table<Int64>
    private var runs: [String: BuildRun] = [:]
    private var waiters: [String: [CheckedContinuation<Void, Never>]] = [:]

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        projects = try cloud.store.table("codebuild.projects", of: Project.self)
        builds = try cloud.store.table("codebuild.builds", of: BuildRecord.self)
        batches = try cloud.store.table("codebuild.batches", of: BatchRecord.self)
        groups = try cloud.store.table("codebuild.reportGroups", of: ReportGroupRecord.self)
        reports = try cloud.store.table("codebuild.reports", of: ReportRecord.self)
        counters = try cloud.store.table("codebuild.counters", of: Int64.self)
    }

    public var operations: [String: OperationHandler] {
        [
            "CreateProject": createProject, "UpdateProject": updateProject, "DeleteProject": deleteProject,
            "BatchGetProjects": batchGetProjects, "ListProjects": listProjects,
            "InvalidateProjectCache": invalidateCache,
            "StartBuild": startBuild, "RetryBuild": retryBuild, "StopBuild": stopBuild,
            "BatchGetBuilds": batchGetBuilds,
            "ListBuilds": listBuilds, "ListBuildsForProject": listBuildsForProject,
            "BatchDeleteBuilds": batchDeleteBuilds,
            "StartBuildBatch": startBuildBatch, "StopBuildBatch": stopBuildBatch, "RetryBuildBatch": retryBuildBatch,
            "BatchGetBuildBatches": batchGetBuildBatches,
            "ListBuildBatches": listBuildBatches, "ListBuildBatchesForProject": listBuildBatchesForProject,
            "DeleteBuildBatch": deleteBuildBatch,
            "CreateReportGroup": createReportGroup, "UpdateReportGroup": updateReportGroup,
            "DeleteReportGroup": deleteReportGroup, "BatchGetReportGroups": batchGetReportGroups,
            "ListReportGroups": listReportGroups, "ListReports": listReports,
            "ListReportsForReportGroup": listReportsForGroup, "BatchGetReports": batchGetReports,
            "DeleteReport": deleteReport, "DescribeTestCases": describeTestCases,
        ]
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let prefix = "arn:aws:codebuild:\(context.region):\(context.account):"
        func one(_ resource: String) -> [Permission] {
            [Permission(action: "codebuild:\(operation)", resource: resource)]
        }
        func build(_ id: String?) -> String {
            let text = id?.split(separator: "/").last.map(String.init) ?? "*"
            return "\(prefix)project/\(text.split(separator: ":").first ?? "*")"
        }
        switch operation {
        case "CreateProject", "UpdateProject":
            var all = one("\(prefix)project/\(input["name"]?.string ?? "*")")
            if let role = input["serviceRole"]?.string {
                all.append(
                    Permission(
                        action: "iam:PassRole", resource: role,
                        context: ["iam:PassedToService": ["codebuild.amazonaws.com"]]))
            }
            return all
        case "DeleteProject": return one("\(prefix)project/\(input["name"]?.string ?? "*")")
        case "StartBuild", "StartBuildBatch", "ListBuildsForProject", "ListBuildBatchesForProject",
            "InvalidateProjectCache":
            return one("\(prefix)project/\(input["projectName"]?.string ?? "*")")
        case "StopBuild", "RetryBuild", "StopBuildBatch", "RetryBuildBatch", "DeleteBuildBatch":
            return one(build(input["id"]?.string))
        case "BatchGetBuilds", "BatchDeleteBuilds", "BatchGetBuildBatches":
            return Set((input["ids"]?.strings ?? []).map { build($0) }).sorted().flatMap { one($0) }
        case "BatchGetProjects":
            return (input["names"]?.strings ?? []).flatMap { one("\(prefix)project/\($0)") }
        case "CreateReportGroup": return one("\(prefix)report-group/\(input["name"]?.string ?? "*")")
        case "UpdateReportGroup", "DeleteReportGroup": return one(input["arn"]?.string ?? "*")
        case "ListReportsForReportGroup": return one(input["reportGroupArn"]?.string ?? "*")
        default: return one("*")
        }
    }

    // MARK: - Running builds

    /// - Parameter role: Whose permissions the build has, when it is not the record's service role that CodeBuild assumes.
    func launch(_ record: BuildRecord, account: String, region: String, as role: Principal? = nil) {
        builds[account, region, record.id] = record
        let run = BuildRun(self, account: account, region: region, id: record.id)
        run.role = role
        runs[record.id] = run
        publish(record, account, region)
        cloud.spawn { await run.run() }
    }

    func run(_ id: String) -> BuildRun? { runs[id] }

    /// Returns when a build has ended.
    func wait(for id: String, account: String, region: String) async {
        guard builds[account, region, id]?.isComplete == false else { return }
        await waitForWaking(id)
    }

    func waitForWaking(_ id: String) async { await withCheckedContinuation { waiters[id, default: []].append($0) } }

    /// Lets those go on that wait for a build or a batch.
    func wake(_ id: String) { for waiter in waiters.removeValue(forKey: id) ?? [] { waiter.resume() } }

    func ended(_ account: String, _ region: String, _ id: String) {
        runs[id] = nil
        wake(id)
        if let record = builds[account, region, id] { publish(record, account, region) }
    }

    /// Builds that ran when the process ended: AWS reports an internal fault.
    public func start() async {
        let now = cloud.clock.now
        for (account, region, id, record) in builds.everything() where !record.isComplete {
            builds.update(account, region, id) {
                if let last = $0.phases.indices.last, $0.phases[last].status == nil {
                    $0.phases[last].status = .fault
                    $0.phases[last].ended = now
                    $0.phases[last].contexts = [
                        .init(
                            code: "INTERNAL_SERVICE_ERROR",
                            message: "The build was interrupted: the local cloud was stopped")
                    ]
                }
                $0.phases.append(.init(type: "COMPLETED", started: now))
                $0.status = .fault
                $0.ended = now
                $0.currentPhase = "COMPLETED"
            }
            if let ended = builds[account, region, id] { publish(ended, account, region) }
        }
        for (account, region, id, record) in batches.everything() where record.ended == nil {
            batches.update(account, region, id) {
                $0.status = .fault
                $0.ended = now
                for at in $0.members.indices where $0.members[at].status == .inProgress {
                    $0.members[at].status = .fault
                }
            }
        }
    }

    public func stop() async {
        for waiting in waiters.values { for waiter in waiting { waiter.resume() } }
        waiters = [:]
        let sandboxes = runs.values.compactMap(\.sandbox)
        await withTaskGroup(of: Void.self) { group in
            for sandbox in sandboxes { group.addTask { await sandbox.stop() } }
        }
    }

    func phaseChanged(_ account: String, _ region: String, _ id: String, _ phase: String, _ status: BuildRecord.Status?)
    {
        guard let status, let record = builds[account, region, id] else { return }
        let arn = "arn:aws:codebuild:\(region):\(account):build/\(id)"
        cloud.events.publish(
            source: "aws.codebuild", detailType: "CodeBuild Build Phase Change",
            detail: [
                "completed-phase": .string(phase), "completed-phase-status": .string(status.rawValue),
                "project-name": .string(record.project), "build-id": .string(arn), "version": "1",
            ], resources: [arn], account: account, region: region, time: cloud.clock.now)
    }

    private func publish(_ record: BuildRecord, _ account: String, _ region: String) {
        let arn = "arn:aws:codebuild:\(region):\(account):build/\(record.id)"
        let value = record.value(account: account, region: region)
        cloud.events.publish(
            source: "aws.codebuild", detailType: "CodeBuild Build State Change",
            detail: .structure([
                "build-status": .string(record.status.rawValue), "project-name": .string(record.project),
                "build-id": .string(arn), "current-phase": .string(record.currentPhase), "current-phase-context": "[]",
                "version": "1",
                "additional-information": .structure([
                    "build-complete": .bool(record.isComplete), "initiator": .string(record.initiator),
                    "build-number": .integer(record.number), "source": record.source, "logs": value["logs"],
                    "phases": value["phases"], "environment": record.environment,
                ]),
            ]), resources: [arn], account: account, region: region, time: cloud.clock.now)
    }
}
