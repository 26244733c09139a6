import AWSModel

/// CodeDeploy's own errors for members that are missing, empty, or not one of the values that the model lists.
///
/// Most services of this protocol answer a `ValidationException` before they look at the input. CodeDeploy looks itself: it
/// takes the bundle type `yaml`, which its model does not list (aws-cli issue 6267), answers "Deployment option can only be
/// WITH_TRAFFIC_CONTROL or WITHOUT_TRAFFIC_CONTROL" to another one (aws-cloudformation-user-guide issue 534), and "BundleType
/// must be either YAML or JSON" is its `InvalidRevisionException` (aws-codedeploy-plugin issue 89). Which error it has for a
/// member is in the model: what the operation declares, by what that error's documentation says.
enum CodeDeployInput {
    /// The error for the first of an input's problems; nil for one that CodeDeploy has none of its own for.
    static func error(of problem: ValidationProblem, in operation: Operation) -> ServiceError? {
        let path = problem.path.split(separator: ".").map { String($0.prefix { $0 != "[" }) }
        guard let member = path.first, let last = path.last else { return nil }
        let declared = Set(operation.errors.map(\.name))
        switch problem.constraint {
        case .required, .leastLength:
            guard let code = (absent[member] ?? []).first(where: declared.contains) else { return nil }
            return missing(member, code)
        case .oneOf(let values):
            guard let code = (unknown[member] ?? []).first(where: declared.contains) else { return nil }
            return ServiceError(code, "\(MemberWords.words(last)) can only be \(MemberWords.alternatives(values))")
        default: return nil
        }
    }

    static func missing(_ member: String, _ code: String) -> ServiceError {
        ServiceError(code, "\(MemberWords.words(member)) must be specified")
    }

    /// Members that have to be there, and the error of each; the first that an operation declares is the one.
    private static let absent: [String: [String]] = [
        "applicationName": ["ApplicationNameRequiredException"],
        "applicationNames": ["ApplicationNameRequiredException"],
        "newApplicationName": ["InvalidApplicationNameException"],
        "deploymentGroupName": ["DeploymentGroupNameRequiredException"],
        "deploymentGroupNames": ["DeploymentGroupNameRequiredException"],
        "currentDeploymentGroupName": ["DeploymentGroupNameRequiredException"],
        "newDeploymentGroupName": ["InvalidDeploymentGroupNameException"],
        "deploymentConfigName": ["DeploymentConfigNameRequiredException", "InvalidDeploymentConfigNameException"],
        "serviceRoleArn": ["RoleRequiredException"],
        "deploymentId": ["DeploymentIdRequiredException"], "deploymentIds": ["DeploymentIdRequiredException"],
        "targetId": ["DeploymentTargetIdRequiredException"], "targetIds": ["DeploymentTargetIdRequiredException"],
        "instanceId": ["InstanceIdRequiredException"], "instanceIds": ["InstanceIdRequiredException"],
        "instanceName": ["InstanceNameRequiredException"], "instanceNames": ["InstanceNameRequiredException"],
        "revision": ["RevisionRequiredException"], "revisions": ["RevisionRequiredException"],
        "ResourceArn": ["ResourceArnRequiredException"],
        "tags": ["TagRequiredException"], "Tags": ["TagRequiredException"], "TagKeys": ["TagRequiredException"],
    ]

    /// Members that have values of a list in them, and the error for another value.
    private static let unknown: [String: [String]] = [
        "computePlatform": ["InvalidComputePlatformException"],
        "revision": ["InvalidRevisionException"], "revisions": ["InvalidRevisionException"],
        "deploymentStyle": ["InvalidDeploymentStyleException"],
        "blueGreenDeploymentConfiguration": ["InvalidBlueGreenDeploymentConfigurationException"],
        "ec2TagFilters": ["InvalidEC2TagException"], "ec2TagSet": ["InvalidEC2TagException"],
        "onPremisesInstanceTagFilters": ["InvalidTagException"], "onPremisesTagSet": ["InvalidTagException"],
        "targetInstances": ["InvalidTargetInstancesException"],
        "autoRollbackConfiguration": ["InvalidAutoRollbackConfigException"],
        "triggerConfigurations": ["InvalidTriggerConfigException"],
        "outdatedInstancesStrategy": ["InvalidInputException"],
        "minimumHealthyHosts": ["InvalidMinimumHealthyHostValueException"],
        "trafficRoutingConfig": ["InvalidTrafficRoutingConfigurationException"],
        "zonalConfig": ["InvalidZonalDeploymentConfigurationException"],
        "fileExistsBehavior": ["InvalidFileExistsBehaviorException"],
        "deploymentWaitType": ["InvalidDeploymentWaitTypeException"],
        "includeOnlyStatuses": ["InvalidDeploymentStatusException"],
        "instanceStatusFilter": ["InvalidInstanceStatusException"],
        "instanceTypeFilter": ["InvalidInstanceTypeException"],
        "targetFilters": ["InvalidTargetFilterNameException"],
        "sortBy": ["InvalidSortByException"], "sortOrder": ["InvalidSortOrderException"],
        "deployed": ["InvalidDeployedStateFilterException"],
        "registrationStatus": ["InvalidRegistrationStatusException"], "tagFilters": ["InvalidTagFilterException"],
    ]
}
