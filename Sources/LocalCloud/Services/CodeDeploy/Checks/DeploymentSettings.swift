import AWSModel

/// What CodeDeploy refuses of a deployment group's settings, and of those that a deployment has of its own.
///
/// The rules are those of the errors' documentation in the model, and of the service's quotas
/// (docs.aws.amazon.com/codedeploy/latest/userguide/limits.html). A group that rolls back on alarms and has none is taken:
/// nothing comes of it.
enum DeploymentSettings {
    /// The quota "Associated alarms per deployment group"; the model still says 10.
    private static let mostAlarms = 50
    private static let mostTriggers = 10
    private static let mostBalancers = 10
    private static let mostScalingGroups = 10
    private static let longestDescription = 256
    /// Two days.
    private static let longestWait = 2880

    /// Refuses a group whose settings contradict themselves.
    static func check(_ settings: AWSValue) throws(ServiceError) {
        try TagFilterRules.check(
            settings["ec2TagFilters"], settings["ec2TagSet"]?["ec2TagSetList"], code: "InvalidEC2TagException")
        try TagFilterRules.check(
            settings["onPremisesInstanceTagFilters"], settings["onPremisesTagSet"]?["onPremisesTagSetList"],
            code: "InvalidTagException")
        try checkScalingGroups(settings["autoScalingGroups"]?.strings ?? [])
        try checkTriggers(settings["triggerConfigurations"]?.list ?? [])
        try checkAlarms(settings["alarmConfiguration"])
        try checkRollback(settings["autoRollbackConfiguration"])
        try checkStyle(settings["deploymentStyle"], settings["loadBalancerInfo"])
        try checkBlueGreen(settings)
    }

    /// Refuses what cannot be given in one call, or not to a group of instances.
    static func checkInput(_ input: AWSValue) throws(ServiceError) {
        if names(input["ec2TagFilters"]), names(input["ec2TagSet"]) {
            throw ServiceError(
                "InvalidEC2TagCombinationException", "Either ec2TagFilters or ec2TagSet can be specified, not both")
        }
        if names(input["onPremisesInstanceTagFilters"]), names(input["onPremisesTagSet"]) {
            throw ServiceError(
                "InvalidOnPremisesTagCombinationException",
                "Either onPremisesInstanceTagFilters or onPremisesTagSet can be specified, not both")
        }
        if !isEmpty(input["ecsServices"]) {
            throw ServiceError(
                "InvalidECSServiceException", "ecsServices can be specified for the compute platform ECS only")
        }
    }

    /// Whether filters by tags, of either kind, name a tag: an empty list removes them, and goes with any other.
    static func names(_ filters: AWSValue?) -> Bool {
        !isEmpty(filters?["ec2TagSetList"] ?? filters?["onPremisesTagSetList"] ?? filters)
    }

    static func checkDescription(_ description: String?) throws(ServiceError) {
        if let description, description.unicodeScalars.count > longestDescription {
            throw ServiceError(
                "DescriptionTooLongException", "The description can have at most \(longestDescription) characters")
        }
    }

    /// A replacement environment is found for blue/green deployments alone.
    static func checkTargets(_ targets: AWSValue?, of group: CodeDeployService.Group) throws(ServiceError) {
        guard let targets, targets.map?.isEmpty == false else { return }
        let code = "InvalidTargetInstancesException"
        guard group.settings["deploymentStyle"]?["deploymentType"]?.string == "BLUE_GREEN" else {
            throw ServiceError(code, "Target instances were specified for an in-place deployment")
        }
        if names(targets["tagFilters"]), names(targets["ec2TagSet"]) {
            throw ServiceError(code, "Either tagFilters or ec2TagSet can be specified, not both")
        }
        try TagFilterRules.check(targets["tagFilters"], targets["ec2TagSet"]?["ec2TagSetList"], code: code)
    }

    /// A null list is taken where the alarms are not enabled: that is how they are switched off.
    static func checkAlarms(_ configuration: AWSValue?) throws(ServiceError) {
        guard let configuration else { return }
        let alarms = configuration["alarms"]?.list ?? []
        if configuration["enabled"]?.bool == true, alarms.isEmpty {
            throw ServiceError(
                "InvalidAlarmConfigException", "The alarm configuration is enabled, but the alarm list is empty")
        }
        guard alarms.count <= mostAlarms else {
            throw ServiceError(
                "AlarmsLimitExceededException", "A deployment group can have at most \(mostAlarms) alarms")
        }
        var names: Set<String> = []
        for alarm in alarms {
            guard let name = alarm["name"]?.string, (1...255).contains(name.unicodeScalars.count) else {
                throw ServiceError("InvalidAlarmConfigException", "An alarm's name needs 1 to 255 characters")
            }
            guard names.insert(name).inserted else {
                throw ServiceError(
                    "InvalidAlarmConfigException", "Two alarms with the same name have been specified: \(name)")
            }
        }
    }

    static func checkRollback(_ configuration: AWSValue?) throws(ServiceError) {
        guard configuration?["enabled"]?.bool == true, isEmpty(configuration?["events"]) else { return }
        throw ServiceError(
            "InvalidAutoRollbackConfigException", "Automatic rollback is enabled, but no event types were listed")
    }

    private static func checkTriggers(_ triggers: [AWSValue]) throws(ServiceError) {
        guard triggers.count <= mostTriggers else {
            throw ServiceError(
                "TriggerTargetsLimitExceededException", "A deployment group can have at most \(mostTriggers) triggers")
        }
        for trigger in triggers {
            for member in ["triggerName", "triggerTargetArn"] where isEmpty(trigger[member]) {
                throw CodeDeployInput.missing(member, "InvalidTriggerConfigException")
            }
            guard trigger["triggerTargetArn"]?.string?.hasPrefix("arn:aws:sns:") == true else {
                throw invalidTopic(trigger)
            }
            if isEmpty(trigger["triggerEvents"]) {
                throw CodeDeployInput.missing("triggerEvents", "InvalidTriggerConfigException")
            }
        }
    }

    static func invalidTopic(_ trigger: AWSValue) -> ServiceError {
        ServiceError(
            "InvalidTriggerConfigException", "Topic ARN \(trigger["triggerTargetArn"]?.string ?? "") is not valid")
    }

    /// "Duplicates are not allowed": AWS::CodeDeploy::DeploymentGroup.
    private static func checkScalingGroups(_ names: [String]) throws(ServiceError) {
        let code = "InvalidAutoScalingGroupException"
        guard names.count <= mostScalingGroups else {
            throw ServiceError(code, "A deployment group can have at most \(mostScalingGroups) Auto Scaling groups")
        }
        guard Set(names).count == names.count else {
            throw ServiceError(code, "An Auto Scaling group can be specified only once")
        }
    }

    private static func checkStyle(_ style: AWSValue?, _ balancers: AWSValue?) throws(ServiceError) {
        if let style, isEmpty(style["deploymentType"]) || isEmpty(style["deploymentOption"]) {
            throw ServiceError(
                "InvalidDeploymentStyleException", "Deployment type or deployment option cannot be null or empty")
        }
        let code = "InvalidLoadBalancerInfoException"
        if !isEmpty(balancers?["elbInfoList"]) {
            throw ServiceError(
                code, "Classic load balancers are not built into the local cloud; use targetGroupInfoList")
        }
        let targets = balancers?["targetGroupInfoList"]?.list ?? []
        guard targets.count <= mostBalancers else {
            throw ServiceError(code, "A deployment group can have at most \(mostBalancers) target groups")
        }
        guard targets.allSatisfy({ !isEmpty($0["name"]) }) else {
            throw ServiceError(code, "A target group of targetGroupInfoList has no name")
        }
        if style?["deploymentOption"]?.string == "WITH_TRAFFIC_CONTROL", targets.isEmpty {
            throw ServiceError(
                code,
                "The specification for load balancing in the deployment group is invalid. The deploymentOption value is set to "
                    + "WITH_TRAFFIC_CONTROL, but either no load balancer was specified in elbInfoList or no target group was "
                    + "specified in targetGroupInfoList.")
        }
    }

    private static func checkBlueGreen(_ settings: AWSValue) throws(ServiceError) {
        let style = settings["deploymentStyle"]
        let blueGreen = settings["blueGreenDeploymentConfiguration"]
        let code = "InvalidBlueGreenDeploymentConfigurationException"
        for (option, member) in [
            ("terminateBlueInstancesOnDeploymentSuccess", "terminationWaitTimeInMinutes"),
            ("deploymentReadyOption", "waitTimeInMinutes"),
        ] {
            if let minutes = blueGreen?[option]?[member]?.int, !(0...longestWait).contains(minutes) {
                throw ServiceError(code, "\(member) is between 0 and \(longestWait), not \(minutes)")
            }
        }
        guard style?["deploymentType"]?.string == "BLUE_GREEN" else { return }
        guard style?["deploymentOption"]?.string == "WITH_TRAFFIC_CONTROL" else {
            throw ServiceError(
                "InvalidDeploymentStyleException",
                "For blue/green deployments the deploymentOption must be WITH_TRAFFIC_CONTROL")
        }
        guard blueGreen != nil else {
            throw ServiceError(
                code, "blueGreenDeploymentConfiguration is required for deployment type BLUE_GREEN")
        }
    }

    /// Absent, or empty text, or an empty list.
    private static func isEmpty(_ value: AWSValue?) -> Bool {
        value?.string.map(\.isEmpty) ?? value?.list.map(\.isEmpty) ?? true
    }
}
