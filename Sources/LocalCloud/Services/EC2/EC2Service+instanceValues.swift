import AWSModel

/// Instances as answers describe them.
extension EC2Service {
    /// - Parameter members: in the order of their launch.
    func reservation(_ id: String, _ members: some Collection<Instance>, _ context: CallContext) -> AWSValue {
        .structure([
            "ReservationId": .string(id), "OwnerId": .string(context.account), "Groups": [],
            "RequesterId": members.first?.requesterID.map { .string($0) },
            "Instances": .list(members.map { value(of: $0, context) }),
        ])
    }

    func value(of instance: Instance, _ context: CallContext) -> AWSValue {
        let image = AmazonImages.image(instance.imageID, region: context.region)
        let isGone = instance.state == .terminated
        let rootDevice = image?.rootDevice ?? "/dev/xvda"
        return .structure([
            "AmiLaunchIndex": .integer(Int64(instance.index)), "ImageId": .string(instance.imageID),
            "InstanceId": .string(instance.id), "InstanceType": .string(instance.type),
            "KeyName": instance.keyName.map { .string($0) }, "LaunchTime": .timestamp(instance.launchTime),
            "Monitoring": instance.isMonitored ? Self.monitored : Self.notMonitored,
            "Placement": .structure([
                "AvailabilityZone": .string(instance.zone), "GroupName": "", "Tenancy": "default",
            ]),
            "PrivateDnsName": .string(isGone ? "" : Self.privateName(instance, context.region)), "ProductCodes": [],
            "PublicDnsName": .string(isGone ? "" : Self.publicName(instance, context.region) ?? ""),
            "State": Self.value(instance.state), "StateTransitionReason": .string(instance.transitionReason),
            "Architecture": .string(image?.architecture ?? "x86_64"),
            "ClientToken": .string(instance.clientToken ?? ""), "EbsOptimized": false, "EnaSupport": true,
            "Hypervisor": "xen", "RootDeviceName": .string(rootDevice), "RootDeviceType": "ebs",
            "VirtualizationType": "hvm", "CpuOptions": Self.processors,
            "MetadataOptions": instance.needsToken ? Self.metadataWithTokens : Self.metadataWithoutTokens,
            "StateReason": instance.stateReason.map {
                .structure(["Code": .string($0.code), "Message": .string($0.message)])
            },
            "Tags": tagValue(of: instance.id, context),
            "PrivateIpAddress": isGone ? nil : .string(instance.privateAddress),
            "PublicIpAddress": isGone ? nil : instance.publicAddress.map { .string($0) },
            "SubnetId": isGone ? nil : .string(instance.subnetID), "VpcId": isGone ? nil : .string(instance.vpcID),
            "SourceDestCheck": isGone ? nil : true,
            "SecurityGroups": isGone ? [] : groupReferences(instance.groupIDs, context),
            "IamInstanceProfile": isGone
                ? nil
                : instance.profileARN.map {
                    .structure(["Arn": .string($0), "Id": .string(instance.profileID ?? "")])
                },
            "BlockDeviceMappings": isGone ? [] : [Self.rootVolume(of: instance, rootDevice)],
            "NetworkInterfaces": isGone
                ? [] : .list(interfaceValue(of: instance, context).map { [$0] } ?? []),
        ])
    }

    // What is the same for every instance is made once.
    private nonisolated static let monitored: AWSValue = ["State": "enabled"]
    private nonisolated static let notMonitored: AWSValue = ["State": "disabled"]
    private nonisolated static let processors: AWSValue = ["CoreCount": 1, "ThreadsPerCore": 2]
    private nonisolated static let metadataWithTokens = metadataOptions(tokens: "required")
    private nonisolated static let metadataWithoutTokens = metadataOptions(tokens: "optional")

    private nonisolated static func metadataOptions(tokens: String) -> AWSValue {
        [
            "State": "applied", "HttpTokens": .string(tokens), "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled",
            "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
        ]
    }

    private nonisolated static func publicName(_ instance: Instance, _ region: String) -> String? {
        instance.publicAddress.map {
            "ec2-\(AddressBlock.dashed($0)).\(region == "us-east-1" ? "compute-1" : region + ".compute").amazonaws.com"
        }
    }

    private nonisolated static func rootVolume(of instance: Instance, _ device: String) -> AWSValue {
        .structure([
            "DeviceName": .string(device),
            "Ebs": .structure([
                "AttachTime": .timestamp(instance.launchTime), "DeleteOnTermination": true, "Status": "attached",
                "VolumeId": .string(instance.volumeID),
            ]),
        ])
    }

    /// An instance's interface has fewer members here than in DescribeNetworkInterfaces.
    private func interfaceValue(of instance: Instance, _ context: CallContext) -> AWSValue? {
        guard let interface = interfaces[context.account, context.region, instance.interfaceID] else { return nil }
        return .structure([
            "Attachment": .structure([
                "AttachTime": interface.attachedAt.map { .timestamp($0) },
                "AttachmentId": interface.attachmentID.map { .string($0) },
                "DeleteOnTermination": .bool(interface.requesterID == nil),
                "DeviceIndex": interface.requesterID == nil ? 0 : 1, "Status": "attached",
            ]),
            "Description": .string(interface.description), "Groups": groupReferences(interface.groupIDs, context),
            "InterfaceType": "interface", "Ipv6Addresses": [], "MacAddress": .string(interface.mac),
            "NetworkInterfaceId": .string(interface.id), "OwnerId": .string(context.account),
            "PrivateIpAddress": .string(interface.privateAddress), "SourceDestCheck": true, "Status": "in-use",
            "SubnetId": .string(interface.subnetID), "VpcId": .string(interface.vpcID),
        ])
    }
}
