import AWSModel

/// Triggers: messages to topics about what is pushed.
extension CodeCommitService {
    func getTriggers(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        return .structure([
            "configurationId": .string(repository.triggersID ?? repository.id), "triggers": .list(repository.triggers),
        ])
    }

    func putTriggers(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let triggers = try triggers(input, region: context.region)
        let id = Identifier.uuid()
        repositories.update(context.account, context.region, repository.name) {
            $0.triggers = triggers
            $0.triggersID = id
        }
        return ["configurationId": .string(id)]
    }

    /// Publishes to the topics of the repository's triggers; a topic that refuses does not hold up the push.
    func notify(
        _ name: String, event: String, reference: String, commit: String, by principal: Principal, region: String
    ) async {
        let names = [
            "referenceCreated": "createReference", "referenceUpdated": "updateReference",
            "referenceDeleted": "deleteReference",
        ]
        var change: AWSValue = ["commit": .string(commit), "ref": .string(reference)]
        if event == "referenceCreated" { change["created"] = true }
        if event == "referenceDeleted" { change["deleted"] = true }
        for trigger in repositories[principal.account, region, name]?.triggers ?? [] {
            let events = trigger["events"]?.strings ?? []
            let branches = trigger["branches"]?.strings ?? []
            guard events.contains("all") || events.contains(names[event] ?? ""),
                branches.isEmpty || branches.contains(Self.shortBranch(reference))
            else { continue }
            do {
                try await send(trigger, name, "ReferenceChanges", change, by: principal, region: region)
            } catch {
                cloud.configuration.log?("codecommit: trigger \(trigger["name"]?.string ?? "") of \(name): \(error)")
            }
        }
    }

    private func triggers(_ input: AWSValue, region: String) throws(ServiceError) -> [AWSValue] {
        let triggers = input["triggers"]?.list ?? []
        var names: Set<String> = []
        guard triggers.count <= 10 else {
            throw ServiceError(
                "MaximumRepositoryTriggersExceededException", "A repository can have 10 triggers at most")
        }
        for trigger in triggers {
            guard let name = trigger["name"]?.string, !name.isEmpty else {
                throw ServiceError("RepositoryTriggerNameRequiredException", "A name for the trigger is required.")
            }
            guard names.insert(name).inserted else {
                throw ServiceError(
                    "InvalidRepositoryTriggerNameException",
                    "Triggers of a repository have unique names, and \(name) is given more than once")
            }
            guard PipelineNames.isSimple(trigger["name"]?.string ?? "", limit: 100) else {
                throw ServiceError(
                    "InvalidRepositoryTriggerNameException",
                    "A trigger's name has letters, digits, periods, underscores and dashes, 100 at most")
            }
            guard let arn = trigger["destinationArn"]?.string, arn.hasPrefix("arn:aws:sns:") else {
                throw ServiceError(
                    "InvalidRepositoryTriggerDestinationArnException",
                    "A trigger's destination must be an SNS topic's ARN")
            }
            guard arn.split(separator: ":", omittingEmptySubsequences: false).dropFirst(3).first == region[...] else {
                throw ServiceError(
                    "InvalidRepositoryTriggerRegionException",
                    "The AWS Region for the trigger target \(arn) does not match the AWS Region for the repository, \(region)"
                )
            }
            try Self.check(branchesAndDataOf: trigger)
            let events = trigger["events"]?.strings ?? []
            guard !events.isEmpty else {
                throw ServiceError(
                    "RepositoryTriggerEventsListRequiredException",
                    "A trigger needs events: all, or createReference, updateReference and deleteReference")
            }
            let known: Set = ["all", "createReference", "updateReference", "deleteReference"]
            if let unknown = events.first(where: { !known.contains($0) }) {
                throw ServiceError(
                    "InvalidRepositoryTriggerEventsException", "\(unknown) is not an event of a trigger")
            }
            guard !events.contains("all") || events.count == 1 else {
                throw ServiceError(
                    "InvalidRepositoryTriggerEventsException", "The event all cannot be used with other events")
            }
        }
        return triggers
    }

    /// "Custom data for triggers" of CodeCommit's quotas: 1,000 characters.
    private static func check(branchesAndDataOf trigger: AWSValue) throws(ServiceError) {
        for branch in trigger["branches"]?.strings ?? [] {
            try check(reference: branch, code: "InvalidRepositoryTriggerBranchNameException")
        }
        guard (trigger["customData"]?.string ?? "").unicodeScalars.count <= 1000 else {
            throw ServiceError(
                "InvalidRepositoryTriggerCustomDataException",
                "The custom data provided for the trigger is not valid: it can have up to 1,000 characters")
        }
    }

    /// Sends a message to every trigger's topic, as a push would.
    func testTriggers(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let branch = repository.defaultBranch ?? "main"
        let commit = try await git(repository).commit(ofBranch: branch) ?? String(repeating: "0", count: 40)
        let change: AWSValue = ["commit": .string(commit), "ref": .string("refs/heads/\(branch)")]
        var reached: [AWSValue] = []
        var failed: [AWSValue] = []
        for trigger in try triggers(input, region: context.region) {
            let name = trigger["name"] ?? ""
            do {
                try await send(
                    trigger, repository.name, "TriggerEventTest", change, by: context.principal, region: context.region)
                reached.append(name)
            } catch {
                let message = (error as? ServiceError)?.message ?? "\(error)"
                failed.append(["trigger": name, "failureMessage": .string(message)])
            }
        }
        return ["successfulExecutions": .list(reached), "failedExecutions": .list(failed)]
    }

    private func send(
        _ trigger: AWSValue, _ name: String, _ event: String, _ change: AWSValue, by principal: Principal,
        region: String
    ) async throws {
        let repository = repositories[principal.account, region, name]
        let record: AWSValue = .structure([
            "awsRegion": .string(region), "codecommit": ["references": [change]], "customData": trigger["customData"],
            "eventId": .string(Identifier.uuid()), "eventName": .string(event), "eventPartNumber": 1,
            "eventSource": "aws:codecommit",
            "eventSourceARN": .string(Self.arn(name, region: region, account: principal.account)),
            "eventTime": .string(Timestamps.format(cloud.clock.now, as: .iso8601)), "eventTotalParts": 1,
            "eventTriggerConfigId": repository.map { .string($0.triggersID ?? $0.id) },
            "eventTriggerName": trigger["name"], "eventVersion": "1.0", "userIdentityARN": .string(principal.arn),
        ])
        let message: AWSValue = ["Records": [record]]
        _ = try await cloud.call(
            "sns", "Publish",
            [
                "TopicArn": trigger["destinationArn"] ?? "",
                "Message": .string(String(decoding: JSON.write(message), as: UTF8.self)),
            ],
            as: .service("codecommit.amazonaws.com", account: principal.account), region: region)
    }
}
