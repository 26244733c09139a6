import AWSModel

extension ELBv2Service {
    var balancerOperations: [String: OperationHandler] {
        [
            "CreateLoadBalancer": createLoadBalancer, "DeleteLoadBalancer": deleteLoadBalancer,
            "DescribeLoadBalancers": describeLoadBalancers,
            "DescribeLoadBalancerAttributes": describeLoadBalancerAttributes,
            "ModifyLoadBalancerAttributes": modifyLoadBalancerAttributes, "SetSecurityGroups": setSecurityGroups,
            "SetSubnets": setSubnets, "DescribeAccountLimits": describeAccountLimits,
        ]
    }

    private func subnets(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> [Subnet] {
        let mappings = input["SubnetMappings"]?.list ?? []
        guard input["Subnets"] == nil || mappings.isEmpty else {
            throw ServiceError("ValidationError", "Subnets and subnet mappings cannot be specified at the same time")
        }
        guard !mappings.contains(where: { $0["AllocationId"] != nil }) else {
            throw ServiceError(
                "ValidationError", "Elastic IPs are not supported for load balancers with type 'application'")
        }
        if let type = input["IpAddressType"]?.string, type != "ipv4" {
            throw ServiceError(
                "ValidationError", "You must specify subnets with an associated IPv6 CIDR block.")
        }
        let ids = input["Subnets"]?.strings ?? mappings.compactMap { $0["SubnetId"]?.string }
        var found: [Subnet] = []
        for id in ids {
            guard let subnet = try? ec2.subnet(id, context) else {
                throw ServiceError("SubnetNotFound", "The subnet ID '\(id)' does not exist")
            }
            found.append(subnet)
        }
        guard Set(found.map(\.zone)).count > 1 else {
            throw ServiceError(
                "ValidationError",
                "At least two subnets in two different Availability Zones must be specified")
        }
        guard Set(found.map(\.zone)).count == found.count else {
            throw ServiceError(
                "InvalidConfigurationRequest",
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone")
        }
        guard Set(found.map(\.vpcID)).count == 1 else {
            throw ServiceError("InvalidConfigurationRequest", "All subnets must belong to the same VPC")
        }
        return found
    }

    private func groupIDs(_ input: AWSValue, vpc: String, _ context: CallContext) throws(ServiceError) -> [String] {
        let ids = input["SecurityGroups"]?.strings ?? []
        for id in ids {
            guard let group = try? ec2.group(id, context), group.vpcID == vpc else {
                throw ServiceError("InvalidSecurityGroup", "The security group '\(id)' does not exist")
            }
        }
        if !ids.isEmpty { return ids }
        return ec2.groups.all(account: context.account, region: context.region)
            .filter { $0.vpcID == vpc && $0.name == "default" }.map(\.id)
    }

    private func createLoadBalancer(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let name = try input.require("Name", code: "ValidationError")
        try ELBv2Names.checkBalancer(name)
        let given = try Self.checkedTags(input["Tags"])
        if let type = input["Type"]?.string, type != "application" {
            throw ServiceError(
                "NotImplemented", "elbv2 CreateLoadBalancer of type \(type) is not built into the local cloud",
                status: 501)
        }
        let subnets = try subnets(input, context)
        let groupIDs = try groupIDs(input, vpc: subnets[0].vpcID, context)
        let scheme = input["Scheme"]?.string ?? "internet-facing"
        if let same = balancers.all(account: account, region: region).first(where: { $0.name == name }) {
            guard same.scheme == scheme, Set(same.subnetIDs) == Set(subnets.map(\.id)),
                Set(same.groupIDs) == Set(groupIDs)
            else {
                throw ServiceError(
                    "DuplicateLoadBalancerName",
                    "A load balancer with the same name '\(name)' exists, but with different settings")
            }
            return ["LoadBalancers": [value(of: same, context)]]
        }
        let id = Identifier.hex(16)
        var record = BalancerRecord(
            arn: arn("loadbalancer/app/\(name)/\(id)", context), name: name, id: id, scheme: scheme,
            vpcID: subnets[0].vpcID, subnetIDs: subnets.map(\.id), zones: subnets.map(\.zone), groupIDs: groupIDs,
            createdAt: cloud.clock.now, isActive: false, attributes: BalancerAttributes.defaults, interfaceIDs: [],
            address: "")
        record.interfaceIDs = try subnets.map { subnet in
            try ec2.addInterface(
                subnet: subnet, groupIDs: groupIDs, description: "ELB app/\(name)/\(id)", requesterID: "amazon-elb",
                instanceID: nil,
                publicAddress: scheme == "internal"
                    ? nil : "52.\(Int.random(in: 1...254)).\(Int.random(in: 1...254)).\(Int.random(in: 1...254))",
                account, region
            ).id
        }
        // Before the first wait: two calls of one name make one load balancer.
        balancers[account, region, record.arn] = record
        await place(&record)
        balancers[account, region, record.arn] = record
        if !given.isEmpty { tags[account, region, record.arn] = given }
        await open(record, account, region)
        activateLater(record.arn, account, region)
        return ["LoadBalancers": [value(of: record, context)]]
    }

    /// Finds a loopback address with port 80 free, or a port for it where 80 is not allowed.
    private func place(_ record: inout BalancerRecord) async {
        let taken = Set(balancers.everything().map(\.record.address))
        let own = LoadBalancerAddress.candidates(for: "\(record.name)/\(record.id)").filter { !taken.contains($0) }
        record.address = own.first ?? "127.64.0.1"
        for address in own.prefix(3) where await LoadBalancerAddress.canBind(address, 80) {
            record.address = address
            return
        }
        for port in [8080, 8081, 8088, 8880] + (0..<50).map({ _ in Int.random(in: 20000...32000) })
        where await LoadBalancerAddress.canBind(record.address, port) {
            record.moved[80] = port
            return
        }
    }

    /// Starts the proxy of a load balancer and serves its listeners.
    func open(_ record: BalancerRecord, _ account: String, _ region: String) async {
        let proxy = LoadBalancer()
        proxies[record.arn] = proxy
        route(record.arn, account, region)
        for listener in listeners(of: record.arn, account, region) { await serve(listener, account, region) }
    }

    /// Serves a listener's port.
    func serve(_ listener: ListenerRecord, _ account: String, _ region: String) async {
        guard let proxy = proxies[listener.balancerARN], var record = balancers[account, region, listener.balancerARN],
            !proxy.isListening(on: listener.port)
        else { return }
        var bound = record.moved[listener.port] ?? listener.port
        for _ in 0..<20 {
            do {
                return try await proxy.listen(port: listener.port, address: record.address, boundPort: bound)
            } catch {
                bound = Int.random(in: 20000...32000)
                record.moved[listener.port] = bound
                balancers.update(account, region, record.arn) { $0.moved[listener.port] = bound }
                cloud.configuration.log?(
                    "load balancer \(record.name): port \(listener.port) of \(record.address) cannot be had (\(error)); it is at port \(bound)"
                )
            }
        }
    }

    func activateLater(_ arn: String, _ account: String, _ region: String) {
        cloud.spawn { [self] in
            do {
                try await cloud.clock.sleep(aws: 60)
                balancers.update(account, region, arn) { $0.isActive = true }
            } catch {}  // the cloud stops
        }
    }

    private func deleteLoadBalancer(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try input.require("LoadBalancerArn", code: "ValidationError")
        let (account, region) = (context.account, context.region)
        try ELBv2Names.check(arn, is: .balancer, context)
        guard let record = balancers[account, region, arn] else { return [:] }
        if record.isProtected {
            throw ServiceError(
                "OperationNotPermitted",
                "Load balancer '\(arn)' cannot be deleted because deletion protection is enabled")
        }
        for listener in listeners(of: arn, account, region) { remove(listener, account, region) }
        balancers[account, region, arn] = nil
        tags[account, region, arn] = nil
        for id in record.interfaceIDs { ec2.retireInterface(id, account, region) }
        refreshUse(account, region)
        await proxies.removeValue(forKey: arn)?.stop()
        return [:]
    }

    func remove(_ listener: ListenerRecord, _ account: String, _ region: String) {
        for rule in rules(of: listener.arn, account, region) {
            rules[account, region, rule.arn] = nil
            tags[account, region, rule.arn] = nil
        }
        listeners[account, region, listener.arn] = nil
        tags[account, region, listener.arn] = nil
    }

    func value(of record: BalancerRecord, _ context: CallContext) -> AWSValue {
        [
            "LoadBalancerArn": .string(record.arn), "DNSName": .string(record.dnsName),
            "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K", "CreatedTime": .timestamp(record.createdAt),
            "LoadBalancerName": .string(record.name), "Scheme": .string(record.scheme), "VpcId": .string(record.vpcID),
            "State": ["Code": .string(record.isActive ? "active" : "provisioning")], "Type": "application",
            "AvailabilityZones": .list(
                zip(record.zones, record.subnetIDs).map { zone, subnet in
                    ["ZoneName": .string(zone), "SubnetId": .string(subnet), "LoadBalancerAddresses": []]
                }),
            "SecurityGroups": .list(record.groupIDs.map { .string($0) }), "IpAddressType": "ipv4",
        ]
    }

    private func describeLoadBalancers(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = balancers.all(account: context.account, region: context.region)
        if let arns = input["LoadBalancerArns"]?.strings, !arns.isEmpty {
            guard input["Names"] == nil else {
                throw ServiceError(
                    "ValidationError",
                    "Load balancer names and load balancer ARNs cannot be specified at the same time")
            }
            guard arns.count <= Self.mostDescribed else {
                throw ServiceError(
                    "ValidationError", "Up to \(Self.mostDescribed) load balancers can be specified in a single call")
            }
            found = try arns.map { try balancer($0, context) }
        } else if let names = input["Names"]?.strings, !names.isEmpty {
            found = try names.map { name in
                guard let record = found.first(where: { $0.name == name }) else {
                    throw ServiceError("LoadBalancerNotFound", "Load balancers '[\(name)]' not found")
                }
                return record
            }
        }
        return try page("LoadBalancers", found.map { value(of: $0, context) }, input)
    }

    static func attributes(_ attributes: [String: String]) -> AWSValue {
        .list(attributes.sorted { $0.key < $1.key }.map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }

    private func describeLoadBalancerAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
        return ["Attributes": Self.attributes(record.attributes)]
    }

    private func modifyLoadBalancerAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
        var attributes = record.attributes
        for attribute in [Tag](input["Attributes"]) {
            try BalancerAttributes.check(attribute)
            attributes[attribute.key] = attribute.value
        }
        balancers.update(context.account, context.region, record.arn) { $0.attributes = attributes }
        route(record.arn, context.account, context.region)
        return ["Attributes": Self.attributes(attributes)]
    }

    private func setSecurityGroups(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
        let ids = try groupIDs(input, vpc: record.vpcID, context)
        balancers.update(context.account, context.region, record.arn) { $0.groupIDs = ids }
        for id in record.interfaceIDs {
            ec2.interfaces.update(context.account, context.region, id) { $0.groupIDs = ids }
        }
        return ["SecurityGroupIds": .list(ids.map { .string($0) })]
    }

    private func setSubnets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let record = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
        let subnets = try subnets(input, context)
        guard subnets[0].vpcID == record.vpcID else {
            throw ServiceError(
                "InvalidConfigurationRequest", "The subnets must belong to the load balancer's VPC '\(record.vpcID)'")
        }
        let changed = balancers.update(context.account, context.region, record.arn) {
            $0.subnetIDs = subnets.map(\.id)
            $0.zones = subnets.map(\.zone)
        }
        return ["AvailabilityZones": value(of: changed ?? record, context)["AvailabilityZones"] ?? []]
    }

    private func describeAccountLimits(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let limits = [
            ("target-groups", "3000"), ("application-load-balancers", "50"),
            ("targets-per-application-load-balancer", "1000"),
        ]
        return try page("Limits", limits.map { ["Name": .string($0.0), "Max": .string($0.1)] }, input)
    }
}
