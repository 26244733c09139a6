import AWSModel

/// CodeDeploy on EC2: applications, deployment groups and configurations, and deployments that happen on the instances.
@CloudActor
public final class CodeDeployService: CloudService {
    public static let model = "codedeploy"

    struct Application: Codable, Sendable {
        var id: String
        var name: String
        var created: Double
        var revisions: [Revision] = []
    }

    struct Revision: Codable, Sendable {
        var location: AWSValue
        var description: String?
        var registered: Double
        var firstUsed: Double?
        var lastUsed: Double?
    }

    /// A deployment group: its settings as they were given, under the API's own member names.
    struct Group: Codable, Sendable {
        var id: String
        var application: String
        var name: String
        var settings: AWSValue
        /// Names of the Auto Scaling groups, and of the lifecycle hook in each.
        var hooks: [String: String] = [:]
        var lastSuccessful: String?
        var lastAttempted: String?
        var targetRevision: AWSValue?

        var role: String { settings["serviceRoleArn"]?.string ?? "" }
        var autoScalingGroups: [String] { settings["autoScalingGroups"]?.strings ?? [] }
    }

    struct Config: Codable, Sendable {
        var id: String
        var name: String
        /// `HOST_COUNT` or `FLEET_PERCENT`.
        var type: String
        var value: Int
        var created: Double?
        var settings: AWSValue
    }

    let cloud: Cloud
    let applications: Table<Application>
    /// By "APPLICATION/GROUP".
    let groups: Table<Group>
    let configs: Table<Config>
    let deployments: Table<DeploymentRecord>
    let tags: ResourceTags
    let onPremises: Table<OnPremisesInstance>
    private var runs: [String: DeploymentRun] = [:]
    private var waiters: [String: [CheckedContinuation<Void, Never>]] = [:]

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        applications = try cloud.store.table("codedeploy.applications", of: Application.self)
        groups = try cloud.store.table("codedeploy.groups", of: Group.self)
        configs = try cloud.store.table("codedeploy.configs", of: Config.self)
        deployments = try cloud.store.table("codedeploy.deployments", of: DeploymentRecord.self)
        tags = try ResourceTags(cloud.store, "codedeploy.tags")
        onPremises = try cloud.store.table("codedeploy.onPremises", of: OnPremisesInstance.self)
    }

    public var operations: [String: OperationHandler] {
        deploymentOperations.merging(onPremisesOperations) { first, _ in first }
    }

    private var deploymentOperations: [String: OperationHandler] {
        [
            "CreateApplication": createApplication, "GetApplication": getApplication,
            "DeleteApplication": deleteApplication,
            "UpdateApplication": updateApplication, "ListApplications": listApplications,
            "BatchGetApplications": batchGetApplications,
            "RegisterApplicationRevision": registerRevision, "GetApplicationRevision": getRevision,
            "ListApplicationRevisions": listRevisions, "BatchGetApplicationRevisions": batchGetRevisions,
            "CreateDeploymentGroup": createGroup, "GetDeploymentGroup": getGroup, "UpdateDeploymentGroup": updateGroup,
            "DeleteDeploymentGroup": deleteGroup, "ListDeploymentGroups": listGroups,
            "BatchGetDeploymentGroups": batchGetGroups,
            "CreateDeploymentConfig": createConfig, "GetDeploymentConfig": getConfig,
            "DeleteDeploymentConfig": deleteConfig,
            "ListDeploymentConfigs": listConfigs,
            "CreateDeployment": createDeployment, "GetDeployment": getDeployment,
            "BatchGetDeployments": batchGetDeployments,
            "ListDeployments": listDeployments, "StopDeployment": stopDeployment,
            "ContinueDeployment": continueDeployment,
            "SkipWaitTimeForInstanceTermination": skipWaitTime,
            "ListDeploymentTargets": listTargets, "GetDeploymentTarget": getTarget,
            "BatchGetDeploymentTargets": batchGetTargets, "ListDeploymentInstances": listInstances,
            "GetDeploymentInstance": getInstance, "BatchGetDeploymentInstances": batchGetInstances,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTags,
        ]
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let prefix = "arn:aws:codedeploy:\(context.region):\(context.account):"
        let application = input["applicationName"]?.string
        let group = input["deploymentGroupName"]?.string ?? input["currentDeploymentGroupName"]?.string
        var resource = "*"
        if let application {
            resource = prefix + (group.map { "deploymentgroup:\(application)/\($0)" } ?? "application:\(application)")
        } else if let id = input["deploymentId"]?.string, let record = deployments[context.account, context.region, id]
        {
            resource = "\(prefix)deploymentgroup:\(record.application)/\(record.group)"
        } else if let config = input["deploymentConfigName"]?.string {
            resource = "\(prefix)deploymentconfig:\(config)"
        } else if let name = input["instanceName"]?.string {
            resource = "\(prefix)instance:\(name)"
        } else if let arn = input["ResourceArn"]?.string {
            resource = arn
        }
        var all = [Permission(action: "codedeploy:\(operation)", resource: resource)]
        if let role = input["serviceRoleArn"]?.string {
            all.append(
                Permission(
                    action: "iam:PassRole", resource: role,
                    context: ["iam:PassedToService": ["codedeploy.amazonaws.com"]]))
        }
        return all
    }

    // MARK: - Running deployments

    func launch(_ record: DeploymentRecord, _ group: Group, account: String, region: String) {
        deployments[account, region, record.id] = record
        groups.update(account, region, "\(group.application)/\(group.name)") {
            $0.lastAttempted = record.id
            $0.targetRevision = record.revision
        }
        publish(record.id, account, region)
        begin(DeploymentRun(self, account: account, region: region, id: record.id, group: group))
    }

    private func begin(_ run: DeploymentRun) {
        runs[run.id] = run
        cloud.spawn { await run.run() }
    }

    func run(_ id: String) -> DeploymentRun? { runs[id] }

    /// Returns when a deployment has ended, with its status.
    func wait(for id: String, account: String, region: String) async throws -> DeploymentRecord.Status {
        if let record = deployments[account, region, id], !record.status.isFinal {
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiters[id, default: []].append($0) }
            } onCancel: {
                Task { @CloudActor in self.wake(id) }
            }
        }
        return deployments[account, region, id]?.status ?? .failed
    }

    private func wake(_ id: String) { for waiter in waiters.removeValue(forKey: id) ?? [] { waiter.resume() } }

    func ended(_ run: DeploymentRun, _ failure: DeploymentRun.Failure?) {
        runs[run.id] = nil
        publish(run.id, run.account, run.region)
        if let record = deployments[run.account, run.region, run.id] {
            if record.status != .succeeded {
                rollBack(record, failure?.code, run.account, run.region)
            } else if record.onlyInstances == nil {
                // Those to new instances bring them what the group has, or had when they began.
                groups.update(run.account, run.region, "\(record.application)/\(record.group)") {
                    // The way back to instances that no deployment was ever made to brings no revision with it.
                    if record.rollbackTrigger == nil || $0.lastSuccessful != nil { $0.lastSuccessful = record.id }
                }
                updateOutdated(after: record, run.account, run.region)
            }
        }
        wake(run.id)
    }

    public func start() async {
        let now = cloud.clock.now
        for (account, region, id, record) in deployments.everything() where !record.status.isFinal {
            if record.isWaiting, let group = groups[account, region, "\(record.application)/\(record.group)"] {
                begin(DeploymentRun(self, account: account, region: region, id: id, group: group))
                continue
            }
            deployments.update(account, region, id) {
                $0.status = .failed
                $0.completed = now
                $0.errorCode = DeploymentRun.Failure.interrupted.code
                $0.errorMessage = DeploymentRun.Failure.interrupted.message
                for at in $0.targets.indices where ["Pending", "InProgress", "Ready"].contains($0.targets[at].status) {
                    $0.targets[at].status = "Unknown"
                    for event in $0.targets[at].events.indices
                    where $0.targets[at].events[event].status == "InProgress" {
                        $0.targets[at].events[event].status = "Unknown"
                    }
                }
            }
            publish(id, account, region)
            // Once every service stands: it calls them.
            cloud.spawn { [self] in
                guard let record = deployments[account, region, id] else { return }
                rollBack(record, record.errorCode, account, region)
            }
        }
        watchLaunches()
    }

    public func stop() async {
        for run in runs.values { run.stop(.init(code: "INTERNAL_ERROR", message: "The local cloud was stopped")) }
        for id in waiters.keys.map(\.self) { wake(id) }
    }

    // MARK: - Events

    func publish(_ id: String, _ account: String, _ region: String, instance: String? = nil) {
        guard let record = deployments[account, region, id] else { return }
        let states: [DeploymentRecord.Status: String] = [
            .created: "START", .inProgress: "START", .succeeded: "SUCCESS", .failed: "FAILURE", .stopped: "STOP",
            .ready: "READY",
        ]
        var detail: AWSMap = [
            "region": .string(region), "deploymentId": .string(id), "application": .string(record.application),
            "deploymentGroup": .string(record.group), "instanceGroupId": .string(record.groupID),
        ]
        var state = states[record.status] ?? "START"
        if let instance, let target = record.targets.first(where: { $0.instance == instance }) {
            state = ["Succeeded": "SUCCESS", "Failed": "FAILURE"][target.status] ?? "START"
            detail["instanceId"] = .string(
                target.onPremisesARN ?? "arn:aws:ec2:\(region):\(account):instance/\(instance)")
        }
        detail["state"] = .string(state)
        let kind = instance == nil ? "Deployment" : "Instance"
        cloud.events.publish(
            source: "aws.codedeploy", detailType: "CodeDeploy \(kind) State-change Notification", detail: .map(detail),
            resources: [
                "arn:aws:codedeploy:\(region):\(account):application:\(record.application)",
                "arn:aws:codedeploy:\(region):\(account):deploymentgroup:\(record.application)/\(record.group)",
            ], account: account, region: region, time: cloud.clock.now)
    }
}
