/// The action types that run here: how many artifacts each takes and gives, and its configuration.
struct ActionTypeRules: Sendable {
    var category: String
    var provider: String
    var inputs: ClosedRange<Int>
    var outputs: ClosedRange<Int>
    var required: [String]
    var optional: [String]
}

enum ActionCatalog {
    static let rules: [ActionTypeRules] = [
        ActionTypeRules(
            category: "Source", provider: "CodeCommit", inputs: 0...0, outputs: 1...1,
            required: ["RepositoryName", "BranchName"],
            optional: ["PollForSourceChanges", "OutputArtifactFormat"]),
        ActionTypeRules(
            category: "Source", provider: "S3", inputs: 0...0, outputs: 1...1, required: ["S3Bucket", "S3ObjectKey"],
            optional: ["PollForSourceChanges", "AllowOverrideForS3ObjectKey"]),
        ActionTypeRules(
            category: "Build", provider: "CodeBuild", inputs: 1...5, outputs: 0...5, required: ["ProjectName"],
            optional: codeBuildSettings),
        ActionTypeRules(
            category: "Test", provider: "CodeBuild", inputs: 1...5, outputs: 0...5, required: ["ProjectName"],
            optional: codeBuildSettings),
        ActionTypeRules(
            category: "Deploy", provider: "CodeDeploy", inputs: 1...1, outputs: 0...0,
            required: ["ApplicationName", "DeploymentGroupName"], optional: []),
        ActionTypeRules(
            category: "Deploy", provider: "S3", inputs: 1...1, outputs: 0...0, required: ["BucketName", "Extract"],
            optional: ["ObjectKey", "KMSEncryptionKeyARN", "CannedACL", "CacheControl"]),
        ActionTypeRules(
            category: "Approval", provider: "Manual", inputs: 0...0, outputs: 0...0, required: [],
            optional: ["NotificationArn", "CustomData", "ExternalEntityLink"]),
        ActionTypeRules(
            category: "Compute", provider: "Commands", inputs: 1...10, outputs: 0...1, required: [], optional: []),
    ]

    private static let codeBuildSettings = [
        "PrimarySource", "BatchEnabled", "BuildspecOverride", "CombineArtifacts", "EnvironmentVariables",
    ]

    static func rules(for type: PipelineDefinition.ActionType) -> ActionTypeRules? {
        rules.first { $0.category == type.category && $0.provider == type.provider }
    }

    static let ruleProviders = [
        "CloudWatchAlarm", "CodeBuild", "Commands", "DeploymentWindow", "LambdaInvoke", "VariableCheck",
    ]
}
