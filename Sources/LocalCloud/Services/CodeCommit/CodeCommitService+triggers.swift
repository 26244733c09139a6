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
        let triggers = try triggers(input)
        let id = Identifier.uuid()
        repositories.update(context.account, context.region, repository.name) {
            $0.triggers = triggers
            $0.triggersID = id
        }
        return ["configurationId": .string(id)]
    }

    /// Publishes to the topics of the repository's triggers; a topic that refuses does not hold up the push.
    func notify(
        _ name: String, _ repository: Repository, event: String, short: String, commit: String, by principal: Principal,
        region: String
    ) async {
        let names = [
            "referenceCreated": "createReference", "referenceUpdated": "updateReference",
            "referenceDeleted": "deleteReference",
        ]
        for trigger in repositories[principal.account, region, name]?.triggers ?? [] {
            let events = trigger["events"]?.strings ?? []
            let branches = trigger["branches"]?.strings ?? []
            guard events.contains("all") || events.contains(names[event] ?? ""),
                branches.isEmpty || branches.contains(short)
            else { continue }
            try? await send(trigger, name, short: short, commit: commit, by: principal, region: region)
        }
    }

    private func triggers(_ input: AWSValue) throws(ServiceError) -> [AWSValue] {
        let triggers = input["triggers"]?.list ?? []
        guard triggers.count <= 10 else {
            throw ServiceError(
                "MaximumRepositoryTriggersExceededException", "A repository can have 10 triggers at most")
        }
        for trigger in triggers {
            guard let arn = trigger["destinationArn"]?.string, arn.hasPrefix("arn:aws:sns:") else {
                throw ServiceError(
                    "InvalidRepositoryTriggerDestinationArnException",
                    "A trigger's destination must be an SNS topic's ARN")
            }
        }
        return triggers
    }

    /// Sends a message to every trigger's topic, as the first push would.
    func testTriggers(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        var reached: [AWSValue] = []
        var failed: [AWSValue] = []
        for trigger in try triggers(input) {
            let name = trigger["name"]?.string ?? ""
            do {
                try await send(
                    trigger, repository.name, short: repository.defaultBranch ?? "main",
                    commit: String(repeating: "0", count: 40), by: context.principal, region: context.region)
                reached.append(.string(name))
            } catch {
                let message = (error as? ServiceError)?.message ?? "\(error)"
                failed.append(["trigger": .string(name), "failureMessage": .string(message)])
            }
        }
        return ["successfulExecutions": .list(reached), "failedExecutions": .list(failed)]
    }

    private func send(
        _ trigger: AWSValue, _ name: String, short: String, commit: String, by principal: Principal, region: String
    ) async throws {
        let message: AWSValue = [
            "Records": [
                [
                    "awsRegion": .string(region), "eventName": "ReferenceChanges", "eventSource": "aws:codecommit",
                    "eventSourceARN": .string(Self.arn(name, region: region, account: principal.account)),
                    "eventTriggerName": .string(trigger["name"]?.string ?? ""),
                    "userIdentityARN": .string(principal.arn),
                    "codecommit": [
                        "references": [["commit": .string(commit), "ref": .string("refs/heads/\(short)")]]
                    ],
                ]
            ]
        ]
        _ = try await cloud.call(
            "sns", "Publish",
            [
                "TopicArn": trigger["destinationArn"] ?? "",
                "Message": .string(String(decoding: JSON.write(message), as: UTF8.self)),
            ],
            as: .service("codecommit.amazonaws.com", account: principal.account), region: region)
    }
}
