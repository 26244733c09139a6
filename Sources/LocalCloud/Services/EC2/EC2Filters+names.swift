import AWSModel

/// The names that each Describe call's filters may have: a wrong one is refused also where there are no rows to ask.
///
/// These are the names that the calls' own questions (`EC2Filters.matches`) know, to be kept in step with them; a `tag:` with a key and `tag-key` come to all that have tags.
extension EC2Filters {
    /// Operations that first refuse a filter that they do not have, with `InvalidParameterValue`.
    static func checked(_ operations: [String: OperationHandler]) -> [String: OperationHandler] {
        var all = operations
        for (operation, handler) in operations {
            guard let known = names[operation] else { continue }
            all[operation] = { input, context in
                for name in (input["Filters"]?.list ?? []).compactMap({ $0["Name"]?.string })
                where !known.contains(name) {
                    if notKept[operation]?.contains(name) == true {
                        throw ServiceError(
                            "NotImplemented",
                            "the filter \(name) of ec2 \(operation) is not built into the local cloud", status: 501)
                    }
                    guard !untagged.contains(operation), name == "tag-key" || name.hasPrefix("tag:") else {
                        throw unknown(name)
                    }
                }
                return try await handler(input, context)
            }
        }
        return all
    }

    static func unknown(_ name: String) -> ServiceError {
        ServiceError("InvalidParameterValue", "The filter '\(name)' is invalid")
    }

    /// Operations whose results have no tags.
    private static let untagged: Set<String> = [
        "DescribeRegions", "DescribeAvailabilityZones", "DescribeInstanceTypes", "DescribeInstanceTypeOfferings",
        "DescribeLaunchTemplateVersions", "DescribeIamInstanceProfileAssociations",
    ]

    private static let ofInstances: Set<String> = [
        "instance-id", "instance-state-name", "instance-state-code", "image-id", "instance-type", "vpc-id",
        "network-interface.vpc-id", "subnet-id", "network-interface.subnet-id", "availability-zone",
        "private-ip-address", "private-dns-name", "ip-address", "key-name", "instance.group-id", "group-id",
        "network-interface.group-id", "instance.group-name", "group-name", "iam-instance-profile.arn",
        "reservation-id", "requester-id", "owner-id", "architecture", "root-device-type", "tenancy", "client-token",
        "launch-index", "instance-lifecycle", "network-interface.network-interface-id",
        "metadata-options.http-tokens",
    ]

    private static let names: [String: Set<String>] = [
        "DescribeInstances": ofInstances,
        "DescribeInstanceStatus": ofInstances.union([
            "instance-status.status", "system-status.status", "instance-status.reachability",
            "system-status.reachability",
        ]),
        "DescribeIamInstanceProfileAssociations": [
            "instance-id", "state",
        ],
        "DescribeTags": [
            "resource-id", "resource-type", "key", "value",
        ],
        "DescribeSecurityGroups": [
            "group-id", "group-name", "description", "vpc-id", "owner-id", "ip-permission.group-id",
            "egress.ip-permission.group-id", "ip-permission.cidr", "egress.ip-permission.cidr",
            "ip-permission.protocol", "egress.ip-permission.protocol", "ip-permission.from-port",
            "egress.ip-permission.from-port", "ip-permission.to-port", "egress.ip-permission.to-port",
            "ip-permission.group-name", "egress.ip-permission.group-name",
        ],
        "DescribeVpcs": [
            "vpc-id", "cidr", "cidr-block", "cidrBlock", "cidr-block-association.cidr-block", "isDefault",
            "is-default", "state", "cidr-block-association.state", "owner-id", "dhcp-options-id",
        ],
        "DescribeSubnets": [
            "subnet-id", "vpc-id", "availability-zone", "availabilityZone", "cidr", "cidr-block", "cidrBlock",
            "default-for-az", "defaultForAz", "map-public-ip-on-launch", "state", "owner-id",
        ],
        "DescribeLaunchTemplates": [
            "launch-template-name", "launch-template-id", "create-time",
        ],
        "DescribeInternetGateways": [
            "internet-gateway-id", "attachment.vpc-id", "attachment.state", "owner-id",
        ],
        "DescribeRouteTables": [
            "route-table-id", "association.route-table-id", "vpc-id", "association.main", "association.subnet-id",
            "association.route-table-association-id", "route.destination-cidr-block", "route.gateway-id", "owner-id",
        ],
        "DescribeNetworkInterfaces": [
            "network-interface-id", "vpc-id", "subnet-id", "group-id", "group-name", "description", "requester-id",
            "requester-managed", "status", "attachment.instance-id", "attachment.status",
            "attachment.instance-owner-id", "private-ip-address", "addresses.private-ip-address",
            "availability-zone", "interface-type", "mac-address", "owner-id", "association.public-ip",
            "addresses.association.public-ip",
        ],
        "DescribeKeyPairs": [
            "key-name", "key-pair-id", "fingerprint",
        ],
        "DescribeImages": [
            "name", "architecture", "description", "image-id", "owner-alias", "owner-id", "state",
            "virtualization-type", "root-device-type", "image-type", "is-public", "hypervisor", "ena-support",
            "platform", "platform-details", "kernel-id", "product-code", "root-device-name", "creation-date",
        ],
        "DescribeSecurityGroupRules": [
            "group-id", "security-group-rule-id",
        ],
        "DescribeAvailabilityZones": [
            "zone-name", "zone-id", "state", "region-name", "group-name", "opt-in-status", "zone-type",
        ],
        "DescribeInstanceTypeOfferings": [
            "instance-type", "location",
        ],
        "DescribeRegions": ["region-name", "endpoint", "opt-in-status"],
        "DescribeInstanceTypes": [
            "instance-type", "current-generation", "bare-metal", "instance-storage-supported", "free-tier-eligible",
            "hypervisor", "burstable-performance-supported", "supported-usage-class", "supported-root-device-type",
            "supported-virtualization-type", "vcpu-info.default-vcpus", "vcpu-info.default-cores",
            "vcpu-info.default-threads-per-core", "memory-info.size-in-mib", "processor-info.supported-architecture",
        ],
        "DescribeLaunchTemplateVersions": [
            "create-time", "is-default-version", "ebs-optimized", "http-endpoint", "http-tokens", "http-protocol-ipv4",
            "host-resource-group-arn", "iam-instance-profile", "image-id", "instance-type", "kernel-id", "ram-disk-id",
            "license-configuration-arn", "network-card-index",
        ],
    ]

    /// Filters that AWS has and that ask for what is not kept here: they are refused rather than ignored.
    private static let notKept: [String: Set<String>] = [
        "DescribeInstanceTypes": [
            "auto-recovery-supported", "dedicated-hosts-supported", "ebs-info.attachment-limit-type",
            "ebs-info.maximum-ebs-attachments", "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
            "ebs-info.ebs-optimized-info.baseline-iops", "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
            "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps", "ebs-info.ebs-optimized-info.maximum-iops",
            "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps", "ebs-info.ebs-optimized-support",
            "ebs-info.encryption-support", "ebs-info.nvme-support", "hibernation-supported",
            "instance-storage-info.disk.count", "instance-storage-info.disk.size-in-gb",
            "instance-storage-info.disk.type", "instance-storage-info.encryption-support",
            "instance-storage-info.nvme-support", "instance-storage-info.total-size-in-gb",
            "network-info.bandwidth-weightings", "network-info.efa-info.maximum-efa-interfaces",
            "network-info.efa-supported", "network-info.ena-support", "network-info.flexible-ena-queues-support",
            "network-info.encryption-in-transit-supported", "network-info.ipv4-addresses-per-interface",
            "network-info.ipv6-addresses-per-interface", "network-info.ipv6-supported",
            "network-info.maximum-network-cards", "network-info.maximum-network-interfaces",
            "network-info.network-performance", "nitro-enclaves-support", "nitro-tpm-support",
            "nitro-tpm-info.supported-versions", "processor-info.sustained-clock-speed-in-ghz",
            "processor-info.supported-features", "reboot-migration-support", "supported-boot-mode",
            "vcpu-info.valid-cores", "vcpu-info.valid-threads-per-core",
        ]
    ]
}
