import AWSModel

/// Images, zones, regions, instance types and the account: what an account finds and does not make.
extension EC2Service {
    var imageOperations: [String: OperationHandler] {
        [
            "DescribeImages": describeImages, "DescribeAvailabilityZones": describeAvailabilityZones,
            "DescribeRegions": describeRegions, "DescribeAccountAttributes": describeAccountAttributes,
            "DescribeInstanceTypes": describeInstanceTypes,
            "DescribeInstanceTypeOfferings": describeInstanceTypeOfferings,
        ]
    }

    /// Zones of a region, without the region: three are enough for any script, and every region has them.
    nonisolated static let zoneLetters = ["a", "b", "c"]

    private func describeImages(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let region = context.region
        var images = AmazonImages.images
        if let ids = input["ImageIds"]?.strings, !ids.isEmpty {
            images = try ids.map { id in
                guard let image = AmazonImages.image(id, region: region) else {
                    throw ServiceError("InvalidAMIID.NotFound", "The image id '[\(id)]' does not exist")
                }
                return image
            }
        }
        if let owners = input["Owners"]?.strings, !owners.isEmpty {
            images = images.filter { image in
                owners.contains { $0 == image.owner || ($0 == "amazon" && image.ownerAlias == "amazon") }
            }
        }
        let filters = EC2Filters(input)
        images = try images.filter { image in
            try filters.matches(tags: []) { name in
                switch name {
                case "name": [image.name]
                case "architecture": [image.architecture]
                case "description": [image.description]
                case "image-id": [AmazonImages.id(of: image, region: region)]
                case "owner-alias": [image.ownerAlias]
                case "owner-id": [image.owner]
                case "state": ["available"]
                case "virtualization-type": ["hvm"]
                case "root-device-type": ["ebs"]
                case "image-type": ["machine"]
                case "is-public": ["true"]
                case "hypervisor": ["xen"]
                case "ena-support": ["true"]
                case "platform", "platform-details", "kernel-id", "product-code": []
                case "root-device-name": [image.rootDevice]
                case "creation-date": [image.date]
                default: nil
                }
            }
        }
        return try page("Images", images, input) { image in
            .structure([
                "Architecture": .string(image.architecture), "CreationDate": .string(image.date),
                "ImageId": .string(AmazonImages.id(of: image, region: region)),
                "ImageLocation": .string("\(image.ownerAlias ?? image.owner)/\(image.name)"), "ImageType": "machine",
                "Public": true, "OwnerId": .string(image.owner), "PlatformDetails": "Linux/UNIX",
                "UsageOperation": "RunInstances", "State": "available",
                "BlockDeviceMappings": [
                    [
                        "DeviceName": .string(image.rootDevice),
                        "Ebs": ["DeleteOnTermination": true, "VolumeSize": 8, "VolumeType": "gp3", "Encrypted": false],
                    ]
                ],
                "Description": .string(image.description), "EnaSupport": true, "Hypervisor": "xen",
                "ImageOwnerAlias": image.ownerAlias.map { .string($0) }, "Name": .string(image.name),
                "RootDeviceName": .string(image.rootDevice), "RootDeviceType": "ebs", "VirtualizationType": "hvm",
                "ImdsSupport": image.name.hasPrefix("al2023") ? "v2.0" : nil,
            ])
        }
    }

    private func describeAvailabilityZones(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["ZoneNames"]?.strings ?? []
        let known = Self.zoneLetters.map { context.region + $0 }
        if let unknown = names.first(where: { !known.contains($0) }) {
            throw ServiceError("InvalidParameterValue", "Invalid availability zone: [\(unknown)]")
        }
        let filters = EC2Filters(input)
        let zones = try known.enumerated().filter { at, zone in
            guard names.isEmpty || names.contains(zone) else { return false }
            return try filters.matches(tags: []) { name in
                switch name {
                case "zone-name": [zone]
                case "zone-id": [Self.zoneID(context.region, at)]
                case "state": ["available"]
                case "region-name", "group-name": [context.region]
                case "opt-in-status": ["opt-in-not-required"]
                case "zone-type": ["availability-zone"]
                default: nil
                }
            }
        }
        return [
            "AvailabilityZones": .list(
                zones.map { at, zone in
                    [
                        "OptInStatus": "opt-in-not-required", "Messages": [], "RegionName": .string(context.region),
                        "ZoneName": .string(zone), "ZoneId": .string(Self.zoneID(context.region, at)),
                        "GroupName": .string(context.region), "NetworkBorderGroup": .string(context.region),
                        "ZoneType": "availability-zone", "State": "available",
                    ]
                })
        ]
    }

    /// "use1-az1" for the first zone of us-east-1.
    nonisolated static func zoneID(_ region: String, _ index: Int) -> String {
        let parts = region.split(separator: "-")
        let letters = parts.dropLast().enumerated().map { at, part in
            at == 0 ? String(part) : String(part.prefix(1))
        }
        return "\(letters.joined())\(parts.last ?? "1")-az\(index + 1)"
    }

    private func describeRegions(_ input: AWSValue, _ context: CallContext) -> AWSValue {
        let all = [
            "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
            "eu-north-1",
            "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
        ]
        let names = input["RegionNames"]?.strings ?? []
        return [
            "Regions": .list(
                all.filter { names.isEmpty || names.contains($0) }.map { region in
                    [
                        "OptInStatus": "opt-in-not-required", "RegionName": .string(region),
                        "Endpoint": .string("ec2.\(region).amazonaws.com"),
                    ]
                })
        ]
    }

    private func describeAccountAttributes(_ input: AWSValue, _ context: CallContext) -> AWSValue {
        ensureDefaults(context)
        let vpc = vpcs.all(account: context.account, region: context.region).first { $0.isDefault }
        let values = [
            ("supported-platforms", "VPC"), ("vpc-max-security-groups-per-interface", "5"), ("max-instances", "20"),
            ("max-elastic-ips", "5"), ("vpc-max-elastic-ips", "5"), ("default-vpc", vpc?.id ?? "none"),
        ]
        let names = input["AttributeNames"]?.strings ?? []
        return [
            "AccountAttributes": .list(
                values.filter { names.isEmpty || names.contains($0.0) }.map { name, value in
                    ["AttributeName": .string(name), "AttributeValues": [["AttributeValue": .string(value)]]]
                })
        ]
    }

    /// What types are taken here; sizes change nothing but the record.
    nonisolated static let instanceTypes: [(name: String, cpus: Int64, memory: Int64, architecture: String)] = [
        ("t2.micro", 1, 1024, "x86_64"), ("t2.small", 1, 2048, "x86_64"), ("t2.medium", 2, 4096, "x86_64"),
        ("t3.nano", 2, 512, "x86_64"), ("t3.micro", 2, 1024, "x86_64"), ("t3.small", 2, 2048, "x86_64"),
        ("t3.medium", 2, 4096, "x86_64"), ("t3.large", 2, 8192, "x86_64"), ("t3a.micro", 2, 1024, "x86_64"),
        ("t4g.nano", 2, 512, "arm64"), ("t4g.micro", 2, 1024, "arm64"), ("t4g.small", 2, 2048, "arm64"),
        ("m5.large", 2, 8192, "x86_64"), ("m6i.large", 2, 8192, "x86_64"), ("m7i.large", 2, 8192, "x86_64"),
        ("m7g.medium", 1, 4096, "arm64"), ("c5.large", 2, 4096, "x86_64"), ("c6i.large", 2, 4096, "x86_64"),
        ("c7g.medium", 1, 2048, "arm64"), ("r5.large", 2, 16384, "x86_64"),
    ]

    private func describeInstanceTypes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["InstanceTypes"]?.strings ?? []
        if let unknown = names.first(where: { name in !Self.instanceTypes.contains { $0.name == name } }) {
            throw ServiceError(
                "InvalidInstanceType", "The following supplied instance types do not exist: [\(unknown)]")
        }
        let types = Self.instanceTypes.filter { names.isEmpty || names.contains($0.name) }
        return try page("InstanceTypes", types, input) { type in
            [
                "InstanceType": .string(type.name), "CurrentGeneration": true,
                "VCpuInfo": ["DefaultVCpus": .integer(type.cpus)], "MemoryInfo": ["SizeInMiB": .integer(type.memory)],
                "ProcessorInfo": ["SupportedArchitectures": [.string(type.architecture)]],
            ]
        }
    }

    private func describeInstanceTypeOfferings(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let byZone = input["LocationType"]?.string == "availability-zone"
        let places = byZone ? Self.zoneLetters.map { context.region + $0 } : [context.region]
        let filters = EC2Filters(input)
        let rows = try Self.instanceTypes.flatMap { type in places.map { (type.name, $0) } }.filter { row in
            try filters.matches(tags: []) { name in
                switch name {
                case "instance-type": [row.0]
                case "location": [row.1]
                default: nil
                }
            }
        }
        return try page("InstanceTypeOfferings", rows, input) { row in
            [
                "InstanceType": .string(row.0), "LocationType": .string(byZone ? "availability-zone" : "region"),
                "Location": .string(row.1),
            ]
        }
    }
}
