import AWSModel

/// State changes as events, and sources that start executions.
extension CodePipelineService {
    func publish(_ event: PipelineEvent, _ key: Key) {
        let execution = engine(key)?.executions[event.execution]
        let definition = execution.flatMap { engine(key)?.definition(of: $0) }
        var detail: AWSMap = [
            "pipeline": .string(key.name), "execution-id": .string(event.execution),
            "start-time": .string(Self.iso(execution?.started ?? cloud.clock.now)), "state": .string(event.state),
            "version": .integer(Int64(execution?.version ?? 1)),
        ]
        if let execution, event.level == .pipeline {
            detail["execution-trigger"] = [
                "trigger-type": .string(execution.triggerType), "trigger-detail": .string(execution.triggerDetail),
            ]
        }
        detail["stage"] = event.stage.map(AWSValue.string)
        if let name = event.action, let stage = event.stage {
            detail["action"] = .string(name)
            detail["action-execution-id"] = event.actionID.map(AWSValue.string)
            detail["region"] = .string(key.region)
            detail["type"] = definition?.stage(stage)?.action(name)?.type.value
            if let id = event.actionID, let run = execution?.action(id: id), run.status != .inProgress {
                detail["execution-result"] = .structure([
                    "external-execution-summary": run.summary.map(AWSValue.string),
                    "external-execution-url": run.externalURL.map(AWSValue.string),
                    "external-execution-id": run.externalID.map(AWSValue.string),
                    "error-code": run.errorCode.map(AWSValue.string),
                ])
            }
        }
        let types: [PipelineEvent.Level: String] = [.pipeline: "Pipeline", .stage: "Stage", .action: "Action"]
        cloud.events.publish(
            source: "aws.codepipeline", detailType: "CodePipeline \(types[event.level] ?? "") Execution State Change",
            detail: .map(detail), resources: [key.arn], account: key.account, region: key.region, time: cloud.clock.now)
    }

    static func iso(_ time: Double) -> String {
        let stamp = BuildLog.stamp(time)
        return stamp.prefix(10).split(separator: "/").joined(separator: "-") + "T" + stamp.dropFirst(11).prefix(8) + "Z"
    }

    // MARK: - Polling

    private static let pollInterval = 30.0

    /// A source action that polls sees a change within AWS's polling interval. A push tells when looking is worth while;
    /// objects in S3 are looked at regularly.
    func watchSources() {
        cloud.events.subscribe { [weak self] event in
            guard let self, event.source == "aws.codecommit", event.detail["referenceType"]?.string == "branch" else {
                return
            }
            let repository = event.detail["repositoryName"]?.string
            let branch = event.detail["referenceName"]?.string
            for key in self.allKeys where key.account == event.account && key.region == event.region {
                for action in self.polledSources(key, provider: "CodeCommit")
                where action.setting("RepositoryName") == repository && action.setting("BranchName") == branch {
                    self.cloud.spawn {
                        try? await self.cloud.clock.sleep(aws: Self.pollInterval)
                        await self.poll(key, action)
                    }
                }
            }
        }
        // What was pushed while nobody looked.
        for key in allKeys {
            for action in polledSources(key, provider: "CodeCommit") { cloud.spawn { await self.poll(key, action) } }
        }
        cloud.spawn {
            while !Task.isCancelled {
                try? await self.cloud.clock.sleep(aws: Self.pollInterval)
                for key in self.allKeys {
                    for action in self.polledSources(key, provider: "S3") { await self.poll(key, action) }
                }
            }
        }
    }

    private func polledSources(_ key: Key, provider: String) -> [PipelineDefinition.Action] {
        (engine(key)?.definition?.stages.first?.actions ?? []).filter {
            $0.type.provider == provider && $0.setting("PollForSourceChanges")?.lowercased() != "false"
        }
    }

    private func poll(_ key: Key, _ action: PipelineDefinition.Action) async {
        guard let definition = engine(key)?.definition,
            let role = try? cloud.iam.assume(
                roleARN: action.roleARN ?? definition.roleARN, by: "codepipeline.amazonaws.com", session: "poll"),
            let revision = await revision(action, role, key.region)
        else { return }
        // Nothing was seen yet when the first execution found no such branch: what is there now is a change.
        guard let record = pipelines[key.account, key.region, key.name], record.seen[action.name] != revision else {
            return
        }
        saw(revision, action.name, key)
        _ = try? begin(key, trigger: "PollForSourceChanges", detail: action.name)
    }

    private func revision(_ action: PipelineDefinition.Action, _ role: Principal, _ region: String) async -> String? {
        if action.type.provider == "S3" {
            let head = try? await cloud.call(
                "s3", "HeadObject",
                [
                    "Bucket": .string(action.setting("S3Bucket") ?? ""),
                    "Key": .string(action.setting("S3ObjectKey") ?? ""),
                ],
                as: role, region: region)
            return head?["VersionId"]?.string ?? head?["ETag"]?.string
        }
        let branch = try? await cloud.call(
            "codecommit", "GetBranch",
            [
                "repositoryName": .string(action.setting("RepositoryName") ?? ""),
                "branchName": .string(action.setting("BranchName") ?? ""),
            ], as: role, region: region)
        return branch?["branch"]?["commitId"]?.string
    }

    /// Remembers the revision that a source action took, so that polling does not take it again.
    func saw(_ revision: String, _ action: String, _ key: Key) {
        pipelines.update(key.account, key.region, key.name) { $0.seen[action] = revision }
    }
}
