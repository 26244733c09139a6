import AWSModel

/// What a caller needs to be allowed for a call: its action on each resource that the call is about.
///
/// Source: "Actions, resources, and condition keys for Amazon EC2", Service Authorization Reference. What is not listed there
/// with a resource, and most of Describe, asks for `*`.
extension EC2Service {
    /// A kind of resource, and the input's member that names it: an id, a list of ids, or nothing for one that is yet to be.
    private typealias Subject = (kind: String, member: String?)

    private static let subjects: [String: [Subject]] = {
        var all: [String: [Subject]] = [
            "CreateSecurityGroup": [("security-group", nil), ("vpc", "VpcId")],
            "CreateLaunchTemplate": [("launch-template", nil)],
            "CreateVpc": [("vpc", nil)], "DeleteVpc": [("vpc", "VpcId")], "ModifyVpcAttribute": [("vpc", "VpcId")],
            "DescribeVpcAttribute": [("vpc", "VpcId")],
            "CreateSubnet": [("subnet", nil), ("vpc", "VpcId")], "DeleteSubnet": [("subnet", "SubnetId")],
            "ModifySubnetAttribute": [("subnet", "SubnetId")],
            "CreateInternetGateway": [("internet-gateway", nil)],
            "DeleteInternetGateway": [("internet-gateway", "InternetGatewayId")],
            "AttachInternetGateway": [("internet-gateway", "InternetGatewayId"), ("vpc", "VpcId")],
            "DetachInternetGateway": [("internet-gateway", "InternetGatewayId"), ("vpc", "VpcId")],
            "CreateRouteTable": [("route-table", nil), ("vpc", "VpcId")],
            "DeleteNetworkInterface": [("network-interface", "NetworkInterfaceId")],
            "CreateKeyPair": [("key-pair", "KeyName")], "ImportKeyPair": [("key-pair", "KeyName")],
        ]
        for operation in ["TerminateInstances", "StopInstances", "StartInstances", "RebootInstances"] {
            all[operation] = [("instance", "InstanceIds")]
        }
        for operation in [
            "ModifyInstanceAttribute", "DescribeInstanceAttribute", "GetConsoleOutput", "ModifyInstanceMetadataOptions",
        ] {
            all[operation] = [("instance", "InstanceId")]
        }
        for operation in ["DeleteRouteTable", "CreateRoute", "DeleteRoute", "AssociateRouteTable"] {
            all[operation] = [("route-table", "RouteTableId")]
        }
        return all
    }()

    private static let ofSecurityGroups: Set<String> = [
        "DeleteSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
        "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules",
        "UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress",
    ]

    private static let ofTemplates: Set<String> = [
        "CreateLaunchTemplateVersion", "DeleteLaunchTemplate", "DeleteLaunchTemplateVersions", "ModifyLaunchTemplate",
    ]

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        // Root may do everything: nothing has to be looked up for it.
        if context.principal.kind == .root { return [] }
        let action = "ec2:\(operation)"
        if operation == "RunInstances" { return launchPermissions(input, context) }
        let resources = resources(of: operation, input, context)
        guard !resources.isEmpty else { return [Permission(action: action, resource: "*")] }
        let requested = requestedTags(input)
        return resources.map { kind, id in permission(action, kind, id, requested, context) }
            + taggingPermissions(operation, input["TagSpecifications"], context)
    }

    /// What is tagged while it is made takes `ec2:CreateTags` as well, on each kind that gets tags.
    ///
    /// Source: "Grant permission to tag Amazon EC2 resources during creation", Amazon EC2 User Guide.
    private func taggingPermissions(
        _ operation: String, _ specifications: AWSValue?, _ context: CallContext
    ) -> [Permission] {
        (specifications?.list ?? []).compactMap { specification in
            guard let kind = specification["ResourceType"]?.string else { return nil }
            let requested = Self.conditionKeys(Self.tags(in: specification["Tags"]))
            guard !requested.isEmpty else { return nil }
            var permission = permission("ec2:CreateTags", kind, "*", requested, context)
            permission.context["ec2:CreateAction"] = [operation]
            return permission
        }
    }

    private func resources(
        of operation: String, _ input: AWSValue, _ context: CallContext
    ) -> [(kind: String, id: String)] {
        if let subjects = Self.subjects[operation] {
            return subjects.flatMap { kind, member -> [(kind: String, id: String)] in
                guard let member else { return [(kind, "*")] }
                let ids = input[member]?.strings ?? input[member]?.string.map { [$0] } ?? ["*"]
                return ids.map { (kind, $0) }
            }
        }
        if Self.ofSecurityGroups.contains(operation) {
            return [("security-group", (try? group(named: input, context))?.id ?? input["GroupId"]?.string ?? "*")]
        }
        if Self.ofTemplates.contains(operation) {
            let template = try? template(input, context.account, context.region)
            return [("launch-template", template?.id ?? input["LaunchTemplateId"]?.string ?? "*")]
        }
        switch operation {
        case "DeleteKeyPair":
            let id = input["KeyPairId"]?.string
            let named = keyPairs.all(account: context.account, region: context.region).first { $0.id == id }?.name
            return [("key-pair", input["KeyName"]?.string ?? named ?? "*")]
        case "DisassociateRouteTable":
            let id = input["AssociationId"]?.string
            let table = routeTables.all(account: context.account, region: context.region).first { table in
                table.associations.contains { $0.id == id }
            }
            return [("route-table", table?.id ?? "*")]
        case "CreateTags", "DeleteTags":
            return (input["Resources"]?.strings ?? []).map { (Self.kind(of: $0) ?? "*", $0) }
        default: return []
        }
    }

    /// RunInstances needs its action on everything that the launch makes or uses, and may pass a role.
    private func launchPermissions(_ input: AWSValue, _ context: CallContext) -> [Permission] {
        let settings = (try? settings(input, context.account, context.region)) ?? input
        let interface = settings["NetworkInterfaces"]?.list?.first
        let subnet = settings["SubnetId"]?.string ?? interface?["SubnetId"]?.string
        let groups = settings["SecurityGroupIds"]?.strings ?? interface?["Groups"]?.strings ?? []
        var resources: [(kind: String, id: String)] = [
            ("instance", "*"), ("image", settings["ImageId"]?.string ?? "*"), ("network-interface", "*"),
            ("volume", "*"), ("subnet", subnet ?? "*"),
        ]
        resources += (groups.isEmpty ? ["*"] : groups).map { ("security-group", $0) }
        if let key = settings["KeyName"]?.string { resources.append(("key-pair", key)) }
        if let template = settings["aws:template"]?["Id"]?.string { resources.append(("launch-template", template)) }
        let requested = requestedTags(input)
        var permissions = resources.map { kind, id -> Permission in
            var permission = permission("ec2:RunInstances", kind, id, requested, context)
            if kind == "instance" {
                permission.context["ec2:InstanceType"] = [settings["InstanceType"]?.string ?? Self.defaultType]
            }
            return permission
        }
        permissions += taggingPermissions("RunInstances", settings["TagSpecifications"], context)
        if let profile = try? profile(for: input, context), let role = profile.roleARN {
            permissions.append(
                Permission(
                    action: "iam:PassRole", resource: role, context: ["iam:PassedToService": ["ec2.amazonaws.com"]]))
        }
        return permissions
    }

    private func permission(
        _ action: String, _ kind: String, _ id: String, _ requested: [String: [String]], _ context: CallContext
    ) -> Permission {
        var keys = requested
        keys["ec2:Region"] = [context.region]
        for tag in tags(of: tagged(kind, id, context), context) {
            keys["aws:ResourceTag/\(tag.key)"] = [tag.value]
            keys["ec2:ResourceTag/\(tag.key)"] = [tag.value]
        }
        // Images are nobody's: their ARNs name no account.
        let account = kind == "image" ? "" : context.account
        return Permission(
            action: action, resource: "arn:aws:ec2:\(context.region):\(account):\(kind)/\(id)", context: keys)
    }

    /// What a resource's tags are kept under: key pairs are named in ARNs, but tagged by their id.
    private func tagged(_ kind: String, _ id: String, _ context: CallContext) -> String {
        guard kind == "key-pair" else { return id }
        return keyPairs[context.account, context.region, id]?.id ?? id
    }

    /// The tags that a call gives, as conditions ask about them.
    private func requestedTags(_ input: AWSValue) -> [String: [String]] {
        Self.conditionKeys(
            Self.tags(in: input["Tags"])
                + (input["TagSpecifications"]?.list ?? []).flatMap { Self.tags(in: $0["Tags"]) })
    }

    private static func conditionKeys(_ given: [Tag]) -> [String: [String]] {
        guard !given.isEmpty else { return [:] }
        var keys = ["aws:TagKeys": Array(Set(given.map(\.key))).sorted()]
        for tag in given { keys["aws:RequestTag/\(tag.key)"] = [tag.value] }
        return keys
    }
}
