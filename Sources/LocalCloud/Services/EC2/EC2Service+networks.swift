import AWSModel

/// VPCs and subnets. Each region of an account has a default VPC from the start.
extension EC2Service {
    var networkOperations: [String: OperationHandler] {
        [
            "DescribeVpcs": describeVpcs, "CreateVpc": createVpc, "DeleteVpc": deleteVpc,
            "DescribeVpcAttribute": describeVpcAttribute, "ModifyVpcAttribute": modifyVpcAttribute,
            "DescribeSubnets": describeSubnets, "CreateSubnet": createSubnet, "DeleteSubnet": deleteSubnet,
            "ModifySubnetAttribute": modifySubnetAttribute,
        ]
    }

    /// Makes the default VPC, its subnets, gateway, routes and security group, once for an account and region.
    func ensureDefaults(_ context: CallContext) {
        let (account, region) = (context.account, context.region)
        // Deleting the default VPC is allowed, so its presence alone would not say whether it was made.
        guard tags[account, region, "defaults"] == nil else { return }
        tags[account, region, "defaults"] = []
        let vpc = VPC(id: "vpc-" + Identifier.hex(17), cidr: "172.31.0.0/16", isDefault: true, hasDNSHostnames: true)
        vpcs[account, region, vpc.id] = vpc
        for (at, letter) in Self.zoneLetters.enumerated() {
            let subnet = Subnet(
                id: "subnet-" + Identifier.hex(17), vpcID: vpc.id, cidr: "172.31.\(at * 16).0/20",
                zone: region + letter,
                isDefault: true, mapsPublicAddress: true)
            subnets[account, region, subnet.id] = subnet
        }
        let gateway = InternetGateway(id: "igw-" + Identifier.hex(17), vpcID: vpc.id)
        gateways[account, region, gateway.id] = gateway
        addVPCParts(vpc, account, region, gateway: gateway.id)
    }

    /// What every VPC has: its default security group and its main route table.
    private func addVPCParts(_ vpc: VPC, _ account: String, _ region: String, gateway: String? = nil) {
        let id = "sg-" + Identifier.hex(17)
        groups[account, region, id] = SecurityGroup(
            id: id, name: "default", description: "default VPC security group", vpcID: vpc.id,
            rules: [
                .init(id: "sgr-" + Identifier.hex(17), match: .init(isEgress: false, ipProtocol: "-1", groupID: id)),
                .init(
                    id: "sgr-" + Identifier.hex(17), match: .init(isEgress: true, ipProtocol: "-1", cidr: "0.0.0.0/0")),
            ])
        var table = RouteTable(
            id: "rtb-" + Identifier.hex(17), vpcID: vpc.id,
            routes: [.init(destination: vpc.cidr, gatewayID: "local", origin: "CreateRouteTable")],
            associations: [.init(id: "rtbassoc-" + Identifier.hex(17), subnetID: nil)])
        if let gateway {
            table.routes.append(.init(destination: "0.0.0.0/0", gatewayID: gateway, origin: "CreateRoute"))
        }
        routeTables[account, region, table.id] = table
    }

    func vpc(_ id: String, _ context: CallContext) throws(ServiceError) -> VPC {
        ensureDefaults(context)
        guard let vpc = vpcs[context.account, context.region, id] else {
            throw ServiceError("InvalidVpcID.NotFound", "The vpc ID '\(id)' does not exist")
        }
        return vpc
    }

    func subnet(_ id: String, _ context: CallContext) throws(ServiceError) -> Subnet {
        ensureDefaults(context)
        guard let subnet = subnets[context.account, context.region, id] else {
            throw ServiceError("InvalidSubnetID.NotFound", "The subnet ID '\(id)' does not exist")
        }
        return subnet
    }

    func defaultVPC(_ context: CallContext) -> VPC? {
        ensureDefaults(context)
        return vpcs.all(account: context.account, region: context.region).first { $0.isDefault }
    }

    private func describeVpcs(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        let found = try select(
            vpcs, ids: "VpcIds", notFound: "InvalidVpcID.NotFound", kind: "vpc ID", id: \.id, input, context
        ) { vpc, name in
            switch name {
            case "vpc-id": [vpc.id]
            case "cidr", "cidr-block", "cidrBlock", "cidr-block-association.cidr-block": [vpc.cidr]
            case "isDefault", "is-default": [vpc.isDefault ? "true" : "false"]
            case "state", "cidr-block-association.state": ["available"]
            case "owner-id": [context.account]
            case "dhcp-options-id": ["dopt-default"]
            default: nil
            }
        }
        return try page("Vpcs", found, input) { value(of: $0, context) }
    }

    private func value(of vpc: VPC, _ context: CallContext) -> AWSValue {
        .structure([
            "CidrBlock": .string(vpc.cidr), "DhcpOptionsId": "dopt-0a1b2c3d4e5f60718", "State": "available",
            "VpcId": .string(vpc.id), "OwnerId": .string(context.account), "InstanceTenancy": .string(vpc.tenancy),
            "CidrBlockAssociationSet": [
                [
                    "AssociationId": .string("vpc-cidr-assoc-" + vpc.id.dropFirst(4)), "CidrBlock": .string(vpc.cidr),
                    "CidrBlockState": ["State": "associated"],
                ]
            ],
            "IsDefault": .bool(vpc.isDefault), "Tags": tagValue(of: vpc.id, context),
        ])
    }

    private func createVpc(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        let cidr = try input.require("CidrBlock", code: "MissingParameter")
        guard let block = AddressBlock(cidr) else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value (\(cidr)) for parameter cidrBlock is invalid. This is not a valid CIDR block.")
        }
        guard (16...28).contains(block.length) else {
            throw ServiceError("InvalidVpc.Range", "The CIDR '\(cidr)' is invalid.")
        }
        let vpc = VPC(
            id: "vpc-" + Identifier.hex(17), cidr: "\(AddressBlock.text(block.base))/\(block.length)", isDefault: false,
            hasDNSHostnames: false, tenancy: input["InstanceTenancy"]?.string ?? "default")
        vpcs[context.account, context.region, vpc.id] = vpc
        addVPCParts(vpc, context.account, context.region)
        applyTags(input, kind: "vpc", to: vpc.id, context)
        return ["Vpc": value(of: vpc, context)]
    }

    private func deleteVpc(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let vpc = try vpc(input.require("VpcId", code: "MissingParameter"), context)
        let ownGroups = groups.all(account: account, region: region).filter { $0.vpcID == vpc.id }
        let tables = routeTables.all(account: account, region: region).filter { $0.vpcID == vpc.id }
        let isInUse =
            subnets.all(account: account, region: region).contains { $0.vpcID == vpc.id }
            || ownGroups.contains { $0.name != "default" }
            || gateways.all(account: account, region: region).contains { $0.vpcID == vpc.id }
            || interfaces.all(account: account, region: region).contains { $0.vpcID == vpc.id }
            || tables.contains { table in !table.associations.contains { $0.subnetID == nil } }
        if isInUse {
            throw ServiceError("DependencyViolation", "The vpc '\(vpc.id)' has dependencies and cannot be deleted.")
        }
        for group in ownGroups { forget(group.id, in: groups, context) }
        for table in tables { forget(table.id, in: routeTables, context) }
        forget(vpc.id, in: vpcs, context)
        return [:]
    }

    /// Removes a record with its tags.
    func forget<Record>(_ id: String, in table: Table<Record>, _ context: CallContext) {
        table[context.account, context.region, id] = nil
        tags[context.account, context.region, id] = nil
    }

    private func describeVpcAttribute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let vpc = try vpc(input.require("VpcId", code: "MissingParameter"), context)
        let value: AWSValue =
            switch input["Attribute"]?.string {
            case "enableDnsSupport": ["EnableDnsSupport": ["Value": .bool(vpc.hasDNSSupport)]]
            case "enableDnsHostnames": ["EnableDnsHostnames": ["Value": .bool(vpc.hasDNSHostnames)]]
            default: ["EnableNetworkAddressUsageMetrics": ["Value": false]]
            }
        var answer = value
        answer["VpcId"] = .string(vpc.id)
        return answer
    }

    private func modifyVpcAttribute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let vpc = try vpc(input.require("VpcId", code: "MissingParameter"), context)
        vpcs.update(context.account, context.region, vpc.id) { vpc in
            if let value = input["EnableDnsSupport"]?["Value"]?.bool { vpc.hasDNSSupport = value }
            if let value = input["EnableDnsHostnames"]?["Value"]?.bool { vpc.hasDNSHostnames = value }
        }
        return [:]
    }

    private func describeSubnets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        let found = try select(
            subnets, ids: "SubnetIds", notFound: "InvalidSubnetID.NotFound", kind: "subnet ID", id: \.id, input, context
        ) { subnet, name in
            switch name {
            case "subnet-id": [subnet.id]
            case "vpc-id": [subnet.vpcID]
            case "availability-zone", "availabilityZone": [subnet.zone]
            case "cidr", "cidr-block", "cidrBlock": [subnet.cidr]
            case "default-for-az", "defaultForAz": [subnet.isDefault ? "true" : "false"]
            case "map-public-ip-on-launch": [subnet.mapsPublicAddress ? "true" : "false"]
            case "state": ["available"]
            case "owner-id": [context.account]
            default: nil
            }
        }
        let ordered = found.sorted { ($0.zone, $0.id) < ($1.zone, $1.id) }
        return try page("Subnets", ordered, input) { value(of: $0, context) }
    }

    private func value(of subnet: Subnet, _ context: CallContext) -> AWSValue {
        let used = interfaces.all(account: context.account, region: context.region).count { $0.subnetID == subnet.id }
        let letter = Self.zoneLetters.firstIndex { subnet.zone.hasSuffix($0) } ?? 0
        return .structure([
            "AvailabilityZone": .string(subnet.zone),
            "AvailabilityZoneId": .string(Self.zoneID(context.region, letter)),
            "AvailableIpAddressCount": .integer(Int64((AddressBlock(subnet.cidr)?.count ?? 0) - 5 - used)),
            "CidrBlock": .string(subnet.cidr), "DefaultForAz": .bool(subnet.isDefault),
            "MapPublicIpOnLaunch": .bool(subnet.mapsPublicAddress), "State": "available",
            "SubnetId": .string(subnet.id), "VpcId": .string(subnet.vpcID), "OwnerId": .string(context.account),
            "AssignIpv6AddressOnCreation": false, "Ipv6CidrBlockAssociationSet": [],
            "SubnetArn": .string("arn:aws:ec2:\(context.region):\(context.account):subnet/\(subnet.id)"),
            "EnableDns64": false, "Ipv6Native": false, "Tags": tagValue(of: subnet.id, context),
        ])
    }

    private func createSubnet(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let vpc = try vpc(input.require("VpcId", code: "MissingParameter"), context)
        let cidr = try input.require("CidrBlock", code: "MissingParameter")
        let zone = input["AvailabilityZone"]?.string ?? context.region + Self.zoneLetters[0]
        guard Self.zoneLetters.contains(where: { zone == context.region + $0 }) else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value (\(zone)) for parameter availabilityZone is invalid. Subnets can currently only be created in the following "
                    + "availability zones: \(Self.zoneLetters.map { context.region + $0 }.joined(separator: ", ")).")
        }
        guard let block = AddressBlock(cidr), let whole = AddressBlock(vpc.cidr), whole.contains(block),
            (16...28).contains(block.length)
        else { throw ServiceError("InvalidSubnet.Range", "The CIDR '\(cidr)' is invalid.") }
        let others = subnets.all(account: context.account, region: context.region).filter { $0.vpcID == vpc.id }
        if others.contains(where: { AddressBlock($0.cidr)?.overlaps(block) ?? false }) {
            throw ServiceError("InvalidSubnet.Conflict", "The CIDR '\(cidr)' conflicts with another subnet")
        }
        let subnet = Subnet(
            id: "subnet-" + Identifier.hex(17), vpcID: vpc.id, cidr: "\(AddressBlock.text(block.base))/\(block.length)",
            zone: zone, isDefault: false, mapsPublicAddress: false)
        subnets[context.account, context.region, subnet.id] = subnet
        applyTags(input, kind: "subnet", to: subnet.id, context)
        return ["Subnet": value(of: subnet, context)]
    }

    private func deleteSubnet(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let subnet = try subnet(input.require("SubnetId", code: "MissingParameter"), context)
        if interfaces.all(account: context.account, region: context.region).contains(where: { $0.subnetID == subnet.id }
        ) {
            throw ServiceError(
                "DependencyViolation", "The subnet '\(subnet.id)' has dependencies and cannot be deleted.")
        }
        for table in routeTables.all(account: context.account, region: context.region) {
            routeTables.update(context.account, context.region, table.id) { table in
                table.associations.removeAll { $0.subnetID == subnet.id }
            }
        }
        forget(subnet.id, in: subnets, context)
        return [:]
    }

    private func modifySubnetAttribute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let subnet = try subnet(input.require("SubnetId", code: "MissingParameter"), context)
        subnets.update(context.account, context.region, subnet.id) { subnet in
            if let value = input["MapPublicIpOnLaunch"]?["Value"]?.bool { subnet.mapsPublicAddress = value }
        }
        return [:]
    }
}
