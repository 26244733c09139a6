import AWSModel

/// What the settings of a group may be.
///
/// Source: Auto Scaling API reference, CreateAutoScalingGroup and UpdateAutoScalingGroup.
extension ScalingGroup {
    static let terminationPolicyTypes = [
        "AllocationStrategy", "ClosestToNextInstanceHour", "Default", "NewestInstance", "OldestInstance",
        "OldestLaunchConfiguration", "OldestLaunchTemplate",
    ]
    private static let healthCheckTypes = ["EC2", "EBS", "ELB", "VPC_LATTICE"]

    /// - Throws: `ValidationError` for a name that a new group cannot have.
    static func checkName(_ name: String) throws(ServiceError) {
        // Older groups have spaces in their names, and the model allows them.
        guard name.utf8.allSatisfy({ (0x20...0x7e).contains($0) && $0 != UInt8(ascii: ":") }) else {
            throw ServiceError(
                "ValidationError",
                "Group name '\(name)' is not valid: it can have ASCII characters except control characters and the colon (:)"
            )
        }
    }

    /// Takes what a call sets; what it does not name stays.
    ///
    /// - Throws: `ValidationError` for what a group cannot have. The group is then changed in part: it has to be a copy.
    mutating func take(_ input: AWSValue) throws(ServiceError) {
        if let value = input["MinSize"]?.int { minimum = value }
        if let value = input["MaxSize"]?.int { maximum = value }
        if let value = input["DefaultCooldown"]?.int { cooldown = try Self.seconds(value, "DefaultCooldown") }
        if let value = input["HealthCheckGracePeriod"]?.int {
            gracePeriod = try Self.seconds(value, "HealthCheckGracePeriod")
        }
        if let value = input["DefaultInstanceWarmup"]?.int {
            defaultWarmup = value == -1 ? nil : try Self.seconds(value, "DefaultInstanceWarmup")
        }
        if let value = input["HealthCheckType"]?.string {
            let types = value.split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
            if let unknown = types.first(where: { !Self.healthCheckTypes.contains($0) }) {
                throw ServiceError(
                    "ValidationError",
                    "Invalid health check type '\(unknown)'. Valid types are: "
                        + Self.healthCheckTypes.joined(separator: ", "))
            }
            healthCheckType = value
        }
        if let value = input["TerminationPolicies"]?.strings {
            if let unknown = value.first(where: {
                !Self.terminationPolicyTypes.contains($0) && !$0.hasPrefix("arn:aws:lambda:")
            }) {
                throw ServiceError("ValidationError", "[\(unknown)] is not a valid termination policy")
            }
            terminationPolicies = value
        }
        if let value = input["MaxInstanceLifetime"]?.int {
            guard value == 0 || (86400...31_536_000).contains(value) else {
                throw ServiceError(
                    "ValidationError",
                    "maxInstanceLifetime must be either equal to 0 or between 86400 and 31536000 seconds (inclusive). "
                        + "A value of 0 is used to remove a previously set value.")
            }
            maximumLifetime = value == 0 ? nil : value
        }
        if let value = input["NewInstancesProtectedFromScaleIn"]?.bool { protectsNew = value }
        if let value = input["CapacityRebalance"]?.bool { capacityRebalance = value }
        if let value = input["DeletionProtection"]?.string { deletionProtection = value }
        if let value = input["DesiredCapacityType"]?.string, !["units", "vcpu", "memory-mib"].contains(value) {
            throw ServiceError(
                "ValidationError", "Desired capacity type '\(value)' must be units, vcpu or memory-mib")
        }
        if let value = input["PlacementGroup"]?.string, !value.isEmpty {
            throw ServiceError("ValidationError", "Placement group '\(value)' does not exist")
        }
        if input["LoadBalancerNames"]?.list?.isEmpty == false {
            throw ServiceError(
                "ValidationError", "Provided Load Balancers may not be valid. Please ensure they exist and try again.")
        }
    }

    private static func seconds(_ value: Int, _ member: String) throws(ServiceError) -> Int {
        guard value >= 0 else {
            throw ServiceError("ValidationError", "\(member) must be greater than or equal to 0: \(value)")
        }
        return value
    }

    func checkSize() throws(ServiceError) {
        guard minimum >= 0, maximum >= 0, minimum <= maximum else {
            throw ServiceError(
                "ValidationError", "Max bound, \(maximum), must be greater than or equal to min bound, \(minimum)")
        }
        guard (minimum...maximum).contains(desired) else {
            throw ServiceError(
                "ValidationError",
                "Desired capacity:\(desired) must be between the specified min size:\(minimum) and max size:\(maximum)")
        }
    }

    /// - Throws: `ResourceInUse` for a group that is protected from a deletion of this kind.
    func checkDeletion(byForce: Bool) throws(ServiceError) {
        guard deletionProtection == "prevent-all-deletion" || deletionProtection == "prevent-force-deletion" && byForce
        else { return }
        throw ServiceError(
            "ResourceInUse",
            "The Auto Scaling group \(name) cannot be deleted because its deletion protection is \(deletionProtection ?? "")"
        )
    }
}
