import AWSModel

/// Images, zones, regions and the account: what an account finds and does not make.
extension EC2Service {
    var imageOperations: [String: OperationHandler] {
        [
            "DescribeImages": describeImages, "DescribeAvailabilityZones": describeAvailabilityZones,
            "DescribeRegions": describeRegions, "DescribeAccountAttributes": describeAccountAttributes,
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

    private nonisolated static let regions = [
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
        "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
        "us-west-2",
    ]

    private func describeRegions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["RegionNames"]?.strings ?? []
        if let unknown = names.first(where: { !Self.regions.contains($0) }) {
            throw ServiceError("InvalidParameterValue", "Invalid region: [\(unknown)]")
        }
        let filters = EC2Filters(input)
        let found = try Self.regions.filter { region in
            guard names.isEmpty || names.contains(region) else { return false }
            return try filters.matches(tags: []) { name in
                switch name {
                case "region-name": [region]
                case "endpoint": [Self.endpoint(of: region)]
                case "opt-in-status": ["opt-in-not-required"]
                default: nil
                }
            }
        }
        return [
            "Regions": .list(
                found.map { region in
                    [
                        "OptInStatus": "opt-in-not-required", "RegionName": .string(region),
                        "Endpoint": .string(Self.endpoint(of: region)),
                    ]
                })
        ]
    }

    private nonisolated static func endpoint(of region: String) -> String { "ec2.\(region).amazonaws.com" }

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
}
