import AWSModel

/// Waits for PutApprovalResult, which ends the action; this only sends the request out and counts the time.
enum ManualApproval: ActionProvider {
    /// Seven days, when the action says nothing else.
    private static let defaultMinutes = 7 * 24 * 60

    static func run(_ context: ActionContext) async throws {
        let minutes = context.action.timeoutInMinutes ?? defaultMinutes
        let started = context.record?.started ?? context.cloud.clock.now
        let isNew = context.record?.token == nil
        if isNew {
            context.note { $0.token = Identifier.uuid() }
            try await notify(context, expires: started + Double(minutes) * 60)
        }
        try await context.cloud.clock.sleep(limit: started + Double(minutes) * 60 - context.cloud.clock.now)
        throw ActionFailure(
            "ApprovalTimedOut", "The approval action expired: nobody answered within \(minutes) minutes")
    }

    private static func notify(_ context: ActionContext, expires: Double) async throws {
        guard let topic = context.configuration["NotificationArn"], !topic.isEmpty, let token = context.record?.token
        else { return }
        let console =
            "https://console.aws.amazon.com/codepipeline/home?region=\(context.key.region)#/view/\(context.key.name)"
        let message: AWSValue = .structure([
            "region": .string(context.key.region), "consoleLink": .string(console),
            "approval": .structure([
                "pipelineName": .string(context.key.name), "stageName": .string(context.stage),
                "actionName": .string(context.action.name), "token": .string(token),
                "expires": .string(String(CodePipelineService.iso(expires).prefix(16)) + "Z"),
                "externalEntityLink": context.configuration["ExternalEntityLink"].map(AWSValue.string),
                "approvalReviewLink": .string("\(console)/\(context.stage)/\(context.action.name)/approve/\(token)"),
                "customData": context.configuration["CustomData"].map(AWSValue.string),
            ]),
        ])
        let subject = "APPROVAL NEEDED: AWS CodePipeline \(context.key.name) for action \(context.action.name)"
        do {
            _ = try await context.call(
                "sns", "Publish",
                [
                    "TopicArn": .string(topic), "Subject": .string(String(subject.prefix(100))),
                    "Message": .string(String(decoding: JSON.write(message), as: UTF8.self)),
                ])
        } catch let error as ServiceError {
            throw ActionFailure(
                error.code.contains("Auth") || error.code.contains("AccessDenied")
                    ? "PermissionError" : "ConfigurationError",
                "The approval notification could not be published to \(topic): \(error.message)")
        }
    }
}
