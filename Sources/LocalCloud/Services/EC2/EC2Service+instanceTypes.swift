import AWSModel

/// What is known of an instance type; sizes change nothing but the record.
///
/// Source: EC2's instance types guide, and what DescribeInstanceTypes answers for these types.
struct InstanceType: Sendable {
    let name: String
    let cpus: Int64
    /// In MiB.
    let memory: Int64
    let architecture: String

    init(_ name: String, _ cpus: Int64, _ memory: Int64, _ architecture: String = "x86_64") {
        (self.name, self.cpus, self.memory, self.architecture) = (name, cpus, memory, architecture)
    }

    private var isBurstable: Bool { name.hasPrefix("t") }
    /// T2 is the one family here from before the Nitro system.
    private var isNitro: Bool { !name.hasPrefix("t2.") }
    private var threadsPerCore: Int64 { isNitro && architecture == "x86_64" ? 2 : 1 }
    private var cores: Int64 { cpus / threadsPerCore }
    /// Of accounts made since July 2025.
    private var isFree: Bool { ["t3.micro", "t3.small", "t4g.micro", "t4g.small"].contains(name) }

    var value: AWSValue {
        [
            "InstanceType": .string(name), "CurrentGeneration": true, "BareMetal": false,
            "FreeTierEligible": .bool(isFree), "Hypervisor": .string(isNitro ? "nitro" : "xen"),
            "BurstablePerformanceSupported": .bool(isBurstable), "InstanceStorageSupported": false,
            "SupportedUsageClasses": ["on-demand", "spot"], "SupportedRootDeviceTypes": ["ebs"],
            "SupportedVirtualizationTypes": ["hvm"],
            "VCpuInfo": [
                "DefaultVCpus": .integer(cpus), "DefaultCores": .integer(cores),
                "DefaultThreadsPerCore": .integer(threadsPerCore),
            ],
            "MemoryInfo": ["SizeInMiB": .integer(memory)],
            "ProcessorInfo": ["SupportedArchitectures": [.string(architecture)]],
        ]
    }

    /// The values of the attribute that a filter names; nil for one that is not known of it.
    func attribute(_ name: String) -> [String?]? {
        switch name {
        case "instance-type": [self.name]
        case "current-generation": ["true"]
        case "bare-metal", "instance-storage-supported": ["false"]
        case "free-tier-eligible": [String(isFree)]
        case "hypervisor": [isNitro ? "nitro" : "xen"]
        case "burstable-performance-supported": [String(isBurstable)]
        case "supported-usage-class": ["on-demand", "spot"]
        case "supported-root-device-type": ["ebs"]
        case "supported-virtualization-type": ["hvm"]
        case "vcpu-info.default-vcpus": [String(cpus)]
        case "vcpu-info.default-cores": [String(cores)]
        case "vcpu-info.default-threads-per-core": [String(threadsPerCore)]
        case "memory-info.size-in-mib": [String(memory)]
        case "processor-info.supported-architecture": [architecture]
        default: nil
        }
    }
}

/// Instance types and where they are offered.
extension EC2Service {
    var instanceTypeOperations: [String: OperationHandler] {
        [
            "DescribeInstanceTypes": describeInstanceTypes,
            "DescribeInstanceTypeOfferings": describeInstanceTypeOfferings,
        ]
    }

    nonisolated static let instanceTypes: [InstanceType] = [
        InstanceType("t2.micro", 1, 1024), InstanceType("t2.small", 1, 2048), InstanceType("t2.medium", 2, 4096),
        InstanceType("t3.nano", 2, 512), InstanceType("t3.micro", 2, 1024), InstanceType("t3.small", 2, 2048),
        InstanceType("t3.medium", 2, 4096), InstanceType("t3.large", 2, 8192), InstanceType("t3a.micro", 2, 1024),
        InstanceType("t4g.nano", 2, 512, "arm64"), InstanceType("t4g.micro", 2, 1024, "arm64"),
        InstanceType("t4g.small", 2, 2048, "arm64"), InstanceType("m5.large", 2, 8192),
        InstanceType("m6i.large", 2, 8192), InstanceType("m7i.large", 2, 8192),
        InstanceType("m7g.medium", 1, 4096, "arm64"), InstanceType("c5.large", 2, 4096),
        InstanceType("c6i.large", 2, 4096), InstanceType("c7g.medium", 1, 2048, "arm64"),
        InstanceType("r5.large", 2, 16384),
    ]

    private func describeInstanceTypes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["InstanceTypes"]?.strings ?? []
        if let unknown = names.first(where: { name in !Self.instanceTypes.contains { $0.name == name } }) {
            throw ServiceError(
                "InvalidInstanceType", "The following supplied instance types do not exist: [\(unknown)]")
        }
        let filters = EC2Filters(input)
        let types = try Self.instanceTypes.filter { type in
            guard names.isEmpty || names.contains(type.name) else { return false }
            return try filters.matches(tags: [], type.attribute)
        }
        return try page("InstanceTypes", types, input) { $0.value }
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
