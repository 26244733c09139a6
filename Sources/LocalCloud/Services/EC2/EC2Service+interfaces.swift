import AWSModel

/// Network interfaces: of instances, and of load balancers, which outlive them for a while.
extension EC2Service {
    var interfaceOperations: [String: OperationHandler] {
        ["DescribeNetworkInterfaces": describeNetworkInterfaces, "DeleteNetworkInterface": deleteNetworkInterface]
    }

    /// A free address of a subnet, which an interface then holds.
    func freeAddress(in subnet: Subnet, _ account: String, _ region: String) throws(ServiceError) -> String {
        guard let block = AddressBlock(subnet.cidr) else {
            throw notFound("InvalidSubnetID.NotFound", "subnet ID", subnet.id)
        }
        var taken = Set<String>()
        for interface in interfaces.all(account: account, region: region) where interface.subnetID == subnet.id {
            taken.insert(interface.privateAddress)
        }
        // The first four and the last are AWS's.
        let usable = 4..<(block.count - 1)
        guard taken.count < usable.count else {
            throw ServiceError(
                "InsufficientFreeAddressesInSubnet",
                "There are not enough free addresses in subnet '\(subnet.id)' to satisfy the requested number of instances."
            )
        }
        var offset = Int.random(in: usable)
        while taken.contains(block.address(offset)) {
            offset = offset + 1 < usable.upperBound ? offset + 1 : usable.lowerBound
        }
        return block.address(offset)
    }

    /// Makes an interface in a subnet.
    func addInterface(
        subnet: Subnet, groupIDs: [String], description: String, requesterID: String?, instanceID: String?,
        publicAddress: String?, _ account: String, _ region: String
    ) throws(ServiceError) -> NetworkInterface {
        let interface = NetworkInterface(
            id: "eni-" + Identifier.hex(17), vpcID: subnet.vpcID, subnetID: subnet.id, zone: subnet.zone,
            privateAddress: try freeAddress(in: subnet, account, region), publicAddress: publicAddress,
            groupIDs: groupIDs, description: description, requesterID: requesterID, instanceID: instanceID,
            attachmentID: "eni-attach-" + Identifier.hex(17), attachedAt: cloud.clock.now,
            mac: "0e:" + (0..<5).map { _ in Identifier.hex(2) }.joined(separator: ":"), removedAt: nil)
        interfaces[account, region, interface.id] = interface
        return interface
    }

    /// Takes a load balancer's interface away after the time that AWS lets it linger.
    func retireInterface(_ id: String, _ account: String, _ region: String) {
        interfaces.update(account, region, id) { $0.removedAt = cloud.clock.now + cloud.clock.duration(aws: 60) }
        removeLater(id, account, region)
    }

    func removeLater(_ id: String, _ account: String, _ region: String) {
        cloud.spawn { [cloud, interfaces] in
            do {
                try await cloud.clock.sleep(aws: 60)
                interfaces[account, region, id] = nil
            } catch {}  // the cloud stops; the next start goes on
        }
    }

    private func describeNetworkInterfaces(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let found = try select(
            interfaces, ids: "NetworkInterfaceIds", notFound: "InvalidNetworkInterfaceID.NotFound",
            kind: "networkInterface ID", id: \.id, input, context
        ) { interface, name in
            switch name {
            case "network-interface-id": [interface.id]
            case "vpc-id": [interface.vpcID]
            case "subnet-id": [interface.subnetID]
            case "group-id": interface.groupIDs
            case "group-name": interface.groupIDs.map { self.groups[context.account, context.region, $0]?.name }
            case "description": [interface.description]
            case "requester-id": [interface.requesterID]
            case "requester-managed": [interface.requesterID == nil ? "false" : "true"]
            case "status": ["in-use"]
            case "attachment.instance-id": [interface.instanceID]
            case "attachment.status": ["attached"]
            case "attachment.instance-owner-id": [interface.requesterID ?? context.account]
            case "private-ip-address", "addresses.private-ip-address": [interface.privateAddress]
            case "availability-zone": [interface.zone]
            case "interface-type": ["interface"]
            case "mac-address": [interface.mac]
            case "owner-id": [context.account]
            case "association.public-ip", "addresses.association.public-ip": [interface.publicAddress]
            default: nil
            }
        }
        return try page("NetworkInterfaces", found, input) { value(of: $0, context) }
    }

    func value(of interface: NetworkInterface, _ context: CallContext) -> AWSValue {
        let association: AWSValue? = interface.publicAddress.map {
            ["IpOwnerId": "amazon", "PublicDnsName": "", "PublicIp": .string($0)]
        }
        return .structure([
            "Association": association,
            "Attachment": .structure([
                "AttachTime": interface.attachedAt.map { .timestamp($0) },
                "AttachmentId": interface.attachmentID.map { .string($0) },
                "DeleteOnTermination": .bool(interface.requesterID == nil),
                "DeviceIndex": interface.requesterID == nil ? 0 : 1,
                "InstanceId": interface.instanceID.map { .string($0) },
                "InstanceOwnerId": .string(interface.requesterID ?? context.account), "Status": "attached",
            ]),
            "AvailabilityZone": .string(interface.zone), "Description": .string(interface.description),
            "Groups": groupReferences(interface.groupIDs, context), "InterfaceType": "interface", "Ipv6Addresses": [],
            "MacAddress": .string(interface.mac), "NetworkInterfaceId": .string(interface.id),
            "OwnerId": .string(context.account), "PrivateIpAddress": .string(interface.privateAddress),
            "PrivateIpAddresses": [
                .structure([
                    "Association": association, "Primary": true, "PrivateIpAddress": .string(interface.privateAddress),
                ])
            ],
            "RequesterId": interface.requesterID.map { .string($0) },
            "RequesterManaged": .bool(interface.requesterID != nil), "SourceDestCheck": true, "Status": "in-use",
            "SubnetId": .string(interface.subnetID), "TagSet": tagValue(of: interface.id, context) ?? [],
            "VpcId": .string(interface.vpcID),
        ])
    }

    private func deleteNetworkInterface(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let id = try input.require("NetworkInterfaceId", code: "MissingParameter")
        guard let interface = interfaces[context.account, context.region, id] else {
            throw notFound("InvalidNetworkInterfaceID.NotFound", "networkInterface ID", id)
        }
        if interface.requesterID != nil {
            throw ServiceError(
                "AuthFailure", "You do not have permission to access the specified resource.", status: 403)
        }
        throw ServiceError("InvalidParameterValue", "Network interface '\(id)' is currently in use.")
    }
}
