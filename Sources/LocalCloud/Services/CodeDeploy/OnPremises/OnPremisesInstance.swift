import AWSModel

/// A machine outside of EC2 that was made known to CodeDeploy. Its agent would have to ask for commands; none can here, so
/// deployments find it by its tags, wait for the agent, and report that it did not answer, as AWS does of a silent one.
struct OnPremisesInstance: Codable, Sendable {
    var name: String
    var arn: String
    var userARN: String?
    var sessionARN: String?
    var registered: Double
    var deregistered: Double?
    var tags: [Tag] = []

    var isRegistered: Bool { deregistered == nil }

    var value: AWSValue {
        .structure([
            "instanceName": .string(name), "iamSessionArn": sessionARN.map(AWSValue.string),
            "iamUserArn": userARN.map(AWSValue.string), "instanceArn": .string(arn),
            "registerTime": .timestamp(registered), "deregisterTime": deregistered.map(AWSValue.timestamp),
            "tags": tags.awsValue(),
        ])
    }
}
