import AWSModel

/// Instances as calls see and change them.
extension EC2Service {
    var instanceOperations: [String: OperationHandler] {
        [
            "DescribeInstances": describeInstances, "DescribeInstanceStatus": describeInstanceStatus,
            "TerminateInstances": terminateInstances, "StopInstances": stopInstances, "StartInstances": startInstances,
            "RebootInstances": rebootInstances, "DescribeInstanceAttribute": describeInstanceAttribute,
            "ModifyInstanceAttribute": modifyInstanceAttribute, "GetConsoleOutput": getConsoleOutput,
            "DescribeIamInstanceProfileAssociations": describeProfileAssociations,
            "ModifyInstanceMetadataOptions": modifyMetadataOptions,
        ]
    }

    /// An instance, for other services.
    func instance(_ id: String, account: String, region: String) -> Instance? { instances[account, region, id] }

    private func instances(_ input: AWSValue, _ context: CallContext) throws -> [Instance] {
        let ids = input["InstanceIds"]?.strings ?? []
        if ids.isEmpty { throw ServiceError("MissingParameter", "The request must contain the parameter instancesSet") }
        return try ids.map { try known($0, context) }
    }

    private func known(_ id: String, _ context: CallContext) throws(ServiceError) -> Instance {
        guard let instance = instances[context.account, context.region, id] else {
            guard id.hasPrefix("i-"), id.dropFirst(2).allSatisfy(\.isHexDigit) else {
                throw ServiceError("InvalidInstanceID.Malformed", "Invalid id: \"\(id)\"")
            }
            throw ServiceError("InvalidInstanceID.NotFound", "The instance ID '\(id)' does not exist")
        }
        return instance
    }

    private func attribute(_ instance: Instance, _ name: String, _ context: CallContext) -> [String?]? {
        switch name {
        case "instance-id": [instance.id]
        case "instance-state-name": [instance.state.rawValue]
        case "instance-state-code": [String(instance.state.code)]
        case "image-id": [instance.imageID]
        case "instance-type": [instance.type]
        case "vpc-id", "network-interface.vpc-id": [instance.vpcID]
        case "subnet-id", "network-interface.subnet-id": [instance.subnetID]
        case "availability-zone": [instance.zone]
        case "private-ip-address": [instance.privateAddress]
        case "private-dns-name": [Self.privateName(instance, context.region)]
        case "ip-address": [instance.publicAddress]
        case "key-name": [instance.keyName]
        case "instance.group-id", "group-id", "network-interface.group-id": instance.groupIDs
        case "instance.group-name", "group-name":
            instance.groupIDs.map { groups[context.account, context.region, $0]?.name }
        case "iam-instance-profile.arn": [instance.profileARN]
        case "reservation-id": [instance.reservationID]
        case "requester-id": [instance.requesterID]
        case "owner-id": [context.account]
        case "architecture": [AmazonImages.image(instance.imageID, region: context.region)?.architecture]
        case "root-device-type": ["ebs"]
        case "tenancy": ["default"]
        case "client-token": [instance.clientToken]
        case "launch-index": [String(instance.index)]
        case "instance-lifecycle": []
        case "network-interface.network-interface-id": [instance.interfaceID]
        case "metadata-options.http-tokens": [instance.needsToken ? "required" : "optional"]
        default: nil
        }
    }

    private func describeInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if let ids = input["InstanceIds"]?.strings { for id in ids { _ = try known(id, context) } }
        let found = try select(
            instances, ids: "InstanceIds", notFound: "InvalidInstanceID.NotFound", kind: "instance ID", id: \.id, input,
            context
        ) { self.attribute($0, $1, context) }
        // Places in `found`: an instance is many values to copy.
        var order: [String] = []
        var byReservation: [String: [Int]] = [:]
        for (place, instance) in found.enumerated() {
            if byReservation[instance.reservationID] == nil { order.append(instance.reservationID) }
            byReservation[instance.reservationID, default: []].append(place)
        }
        return try page("Reservations", order, input) { id in
            let places = (byReservation[id] ?? []).sorted { found[$0].index < found[$1].index }
            return reservation(id, places.lazy.map { found[$0] }, context)
        }
    }

    nonisolated static func value(_ state: InstanceState) -> AWSValue {
        ["Code": .integer(state.code), "Name": .string(state.rawValue)]
    }

    private func describeInstanceStatus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        if let ids = input["InstanceIds"]?.strings { for id in ids { _ = try known(id, context) } }
        let all = input["IncludeAllInstances"]?.bool ?? false
        let found = try select(
            instances, ids: "InstanceIds", notFound: "InvalidInstanceID.NotFound", kind: "instance ID", id: \.id, input,
            context
        ) { instance, name in
            switch name {
            case "instance-status.status", "system-status.status":
                [instance.state == .running ? "ok" : "not-applicable"]
            case "instance-status.reachability", "system-status.reachability": ["passed"]
            default: self.attribute(instance, name, context)
            }
        }
        .filter { all || $0.state == .running }
        return try page("InstanceStatuses", found, input) { instance in
            let isUp = instance.state == .running
            let status: AWSValue =
                isUp
                ? ["Details": [["Name": "reachability", "Status": "passed"]], "Status": "ok"]
                : ["Status": "not-applicable"]
            return [
                "AvailabilityZone": .string(instance.zone), "InstanceId": .string(instance.id),
                "InstanceState": Self.value(instance.state), "InstanceStatus": status, "SystemStatus": status,
            ]
        }
    }

    private func changes(_ before: [Instance], _ context: CallContext) -> AWSValue {
        .list(
            before.map { earlier in
                let now = instances[context.account, context.region, earlier.id] ?? earlier
                return [
                    "InstanceId": .string(earlier.id), "PreviousState": Self.value(earlier.state),
                    "CurrentState": Self.value(now.state),
                ]
            })
    }

    private func terminateInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let found = try instances(input, context)
        if let protected = found.first(where: \.isProtected) {
            throw ServiceError(
                "OperationNotPermitted",
                "The instance '\(protected.id)' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
            )
        }
        for instance in found {
            terminate(
                instance.id, context.account, context.region,
                reason: ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown"))
        }
        return ["TerminatingInstances": changes(found, context)]
    }

    private func stopInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let found = try instances(input, context)
        if let wrong = found.first(where: { ![.running, .stopping, .stopped].contains($0.state) }) {
            throw ServiceError(
                "IncorrectInstanceState",
                "This instance '\(wrong.id)' is not in a state from which it can be stopped.")
        }
        for instance in found where instance.state == .running {
            stopInstance(instance.id, context.account, context.region)
        }
        return ["StoppingInstances": changes(found, context)]
    }

    private func startInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let found = try instances(input, context)
        if let wrong = found.first(where: { ![.running, .pending, .stopped].contains($0.state) }) {
            throw ServiceError(
                "IncorrectInstanceState",
                "The instance '\(wrong.id)' is not in a state from which it can be started.")
        }
        for instance in found where instance.state == .stopped {
            startInstance(instance.id, context.account, context.region)
        }
        return ["StartingInstances": changes(found, context)]
    }

    private func rebootInstances(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        for instance in try instances(input, context) where instance.state == .running {
            rebootInstance(instance.id, context.account, context.region)
        }
        return [:]
    }

    private func describeInstanceAttribute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let instance = try known(input.require("InstanceId", code: "MissingParameter"), context)
        func answer(_ name: String, _ value: AWSValue) -> AWSValue {
            ["InstanceId": .string(instance.id), name: ["Value": value]]
        }
        switch input["Attribute"]?.string {
        case "userData":
            return instance.userData.map { answer("UserData", .string($0)) }
                ?? ["InstanceId": .string(instance.id), "UserData": [:]]
        case "instanceType": return answer("InstanceType", .string(instance.type))
        case "disableApiTermination": return answer("DisableApiTermination", .bool(instance.isProtected))
        case "instanceInitiatedShutdownBehavior":
            return answer("InstanceInitiatedShutdownBehavior", .string(instance.shutdownBehavior))
        case "sourceDestCheck": return answer("SourceDestCheck", true)
        case "ebsOptimized": return answer("EbsOptimized", false)
        case "groupSet":
            return ["InstanceId": .string(instance.id), "Groups": groupReferences(instance.groupIDs, context)]
        default:
            throw ServiceError(
                "InvalidParameterValue", "The attribute '\(input["Attribute"]?.string ?? "")' is not known")
        }
    }

    private func modifyInstanceAttribute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let instance = try known(input.require("InstanceId", code: "MissingParameter"), context)
        let groupIDs = input["Groups"]?.strings
        for id in groupIDs ?? [] { _ = try group(id, context) }
        instances.update(context.account, context.region, instance.id) { instance in
            if let value = input["DisableApiTermination"]?["Value"]?.bool { instance.isProtected = value }
            if let value = input["InstanceInitiatedShutdownBehavior"]?["Value"]?.string {
                instance.shutdownBehavior = value
            }
            if let value = input["InstanceType"]?["Value"]?.string { instance.type = value }
            if let groupIDs { instance.groupIDs = groupIDs }
        }
        if let groupIDs {
            interfaces.update(context.account, context.region, instance.interfaceID) { $0.groupIDs = groupIDs }
        }
        return [:]
    }

    private func modifyMetadataOptions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let instance = try known(input.require("InstanceId", code: "MissingParameter"), context)
        let needsToken = input["HttpTokens"]?.string.map { $0 == "required" } ?? instance.needsToken
        instances.update(context.account, context.region, instance.id) { $0.needsToken = needsToken }
        return [
            "InstanceId": .string(instance.id),
            "InstanceMetadataOptions": [
                "State": "applied", "HttpTokens": .string(needsToken ? "required" : "optional"),
                "HttpEndpoint": "enabled",
            ],
        ]
    }

    /// What the user data wrote, as the console of a machine shows it.
    private func getConsoleOutput(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let instance = try known(input.require("InstanceId", code: "MissingParameter"), context)
        let output = await hosts[instance.id]?.run(
            ["tail", "-c", "65536", "/var/log/cloud-init-output.log"], timeout: 5)
        let text = output.map { $0.isSuccess ? $0.output : [] } ?? []
        return [
            "InstanceId": .string(instance.id), "Timestamp": .timestamp(cloud.clock.now),
            "Output": .string(Base64.encode(text)),
        ]
    }

    private func describeProfileAssociations(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let filters = EC2Filters(input)
        let found = try instances.all(account: context.account, region: context.region).filter { instance in
            guard instance.profileARN != nil, instance.state != .terminated else { return false }
            return try filters.matches(tags: []) { name in
                switch name {
                case "instance-id": [instance.id]
                case "state": ["associated"]
                default: nil
                }
            }
        }
        return try page("IamInstanceProfileAssociations", found, input) { instance in
            .structure([
                "AssociationId": instance.profileAssociationID.map { .string($0) }, "InstanceId": .string(instance.id),
                "IamInstanceProfile": [
                    "Arn": .string(instance.profileARN ?? ""), "Id": .string(instance.profileID ?? ""),
                ],
                "State": "associated",
            ])
        }
    }
}
