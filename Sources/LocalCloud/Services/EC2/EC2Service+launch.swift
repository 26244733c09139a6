import AWSModel
import FoundationEssentials

/// RunInstances, for a call and for Auto Scaling.
extension EC2Service {
    var launchOperations: [String: OperationHandler] { ["RunInstances": runInstances] }

    /// The type of an instance for which none is given, as on AWS.
    static let defaultType = "m1.small"

    /// What a launch is about, with the launch template's data under the call's own.
    func settings(_ input: AWSValue, _ account: String, _ region: String) throws(ServiceError) -> AWSValue {
        guard let specification = input["LaunchTemplate"] else { return input }
        let template = try template(specification, account, region)
        var merged = try version(specification["Version"]?.string, of: template).data
        for (key, value) in input.map ?? [:] where key != "LaunchTemplate" {
            if key == "TagSpecifications" {
                merged[key] = .list((merged[key]?.list ?? []) + (value.list ?? []))
            } else {
                merged[key] = value
            }
        }
        merged["aws:template"] = [
            "Id": .string(template.id), "Version": .string(specification["Version"]?.string ?? "$Default"),
        ]
        return merged
    }

    /// The instance profile of a launch; nil when it has none.
    func profile(for input: AWSValue, _ context: CallContext) throws(ServiceError)
        -> (name: String, arn: String, id: String, roleARN: String?)?
    {
        let settings = try settings(input, context.account, context.region)
        guard let given = settings["IamInstanceProfile"], let name = given["Arn"]?.string ?? given["Name"]?.string
        else {
            return nil
        }
        guard let profile = cloud.iam.instanceProfile(name, account: context.account) else {
            let member = given["Arn"] == nil ? "name" : "arn"
            throw ServiceError(
                "InvalidParameterValue",
                "Value (\(name)) for parameter iamInstanceProfile.\(member) is invalid. Invalid IAM Instance Profile \(member)"
            )
        }
        return profile
    }

    private func runInstances(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        if let token = input["ClientToken"]?.string {
            let earlier = instances.all(account: context.account, region: context.region).filter {
                $0.clientToken == token
            }
            if let first = earlier.first {
                return reservation(first.reservationID, earlier.sorted { $0.index < $1.index }, context)
            }
        }
        let launched = try await launch(input, context, requesterID: nil)
        return reservation(launched.first?.reservationID ?? "", launched, context)
    }

    /// Makes and boots instances.
    ///
    /// - Parameters:
    ///   - input: As RunInstances takes it; counts default to 1.
    ///   - requesterID: The service that launches, for Auto Scaling.
    /// - Throws: ``ServiceError`` of RunInstances; `Unsupported` with what to do where the host does not allow isolation.
    func launch(_ input: AWSValue, _ context: CallContext, requesterID: String?) async throws -> [Instance] {
        if let reason = await IsolationCheck.shared.refusal(in: cloud.workDirectory, program: cloud.sandboxProgram) {
            throw ServiceError("Unsupported", reason, status: 400)
        }
        ensureDefaults(context)
        let (account, region) = (context.account, context.region)
        let settings = try settings(input, account, region)
        guard var imageID = settings["ImageId"]?.string else {
            throw ServiceError("MissingParameter", "The request must contain the parameter ImageId")
        }
        if imageID.hasPrefix("resolve:ssm:") {
            let name = String(imageID.dropFirst("resolve:ssm:".count))
            imageID = try await resolveParameter(name, context)
        }
        guard AmazonImages.image(imageID, region: region) != nil else {
            let isWellFormed = imageID.hasPrefix("ami-")
            throw ServiceError(
                isWellFormed ? "InvalidAMIID.NotFound" : "InvalidAMIID.Malformed",
                isWellFormed
                    ? "The image id '[\(imageID)]' does not exist"
                    : "Invalid id: \"\(imageID)\" (expecting \"ami-...\")")
        }
        let type = settings["InstanceType"]?.string ?? Self.defaultType
        let interface = settings["NetworkInterfaces"]?.list?.first
        let subnet = try subnet(of: settings, interface, context)
        let groupIDs = try groupIDs(of: settings, interface, subnet, context)
        let profile = try profile(for: input, context)
        if let key = settings["KeyName"]?.string, keyPairs[account, region, key] == nil {
            throw ServiceError("InvalidKeyPair.NotFound", "The key pair '\(key)' does not exist")
        }
        if let text = settings["UserData"]?.string, Data(base64Encoded: text, options: .ignoreUnknownCharacters) == nil
        {
            throw ServiceError("InvalidParameterValue", "Invalid BASE64 encoding of user data.")
        }
        let most = settings["MaxCount"]?.int ?? 1
        guard (1...100).contains(most), (settings["MinCount"]?.int ?? 1) <= most else {
            throw ServiceError("InvalidParameterValue", "Invalid value '\(most)' for MaxCount")
        }
        let tokens = settings["MetadataOptions"]?["HttpTokens"]?.string
        let isPublic = interface?["AssociatePublicIpAddress"]?.bool ?? subnet.mapsPublicAddress
        let reservationID = "r-" + Identifier.hex(17)
        var launched: [Instance] = []
        for index in 0..<most {
            let id = "i-" + Identifier.hex(17)
            let address =
                isPublic ? "54.\((0..<3).map { _ in String(Int.random(in: 1...254)) }.joined(separator: "."))" : nil
            let own = try addInterface(
                subnet: subnet, groupIDs: groupIDs, description: "", requesterID: nil, instanceID: id,
                publicAddress: address,
                account, region)
            let instance = Instance(
                id: id, reservationID: reservationID, requesterID: requesterID, imageID: imageID, type: type,
                state: .pending,
                vpcID: subnet.vpcID, subnetID: subnet.id, zone: subnet.zone, privateAddress: own.privateAddress,
                publicAddress: address, groupIDs: groupIDs, keyName: settings["KeyName"]?.string,
                launchTime: cloud.clock.now, userData: settings["UserData"]?.string, profileARN: profile?.arn,
                profileID: profile?.id, profileAssociationID: profile.map { _ in "iip-assoc-" + Identifier.hex(17) },
                interfaceID: own.id, index: index,
                needsToken: tokens.map { $0 == "required" } ?? true,
                isProtected: settings["DisableApiTermination"]?.bool ?? false,
                shutdownBehavior: settings["InstanceInitiatedShutdownBehavior"]?.string ?? "stop",
                clientToken: input["ClientToken"]?.string, volumeID: "vol-" + Identifier.hex(17),
                isMonitored: settings["Monitoring"]?["Enabled"]?.bool ?? false)
            instances[account, region, id] = instance
            applyTags(settings, kind: "instance", to: id, context)
            applyTags(settings, kind: "volume", to: instance.volumeID, context)
            applyTags(settings, kind: "network-interface", to: own.id, context)
            if let template = settings["aws:template"] {
                setTags(
                    [
                        Tag(key: "aws:ec2launchtemplate:id", value: template["Id"]?.string ?? ""),
                        Tag(key: "aws:ec2launchtemplate:version", value: template["Version"]?.string ?? ""),
                    ], on: id, account, region)
            }
            launched.append(instance)
            announce(InstanceChange(id: id, account: account, region: region, state: "pending"))
            boot(id, account, region)
        }
        return launched
    }

    private func resolveParameter(_ name: String, _ context: CallContext) async throws -> String {
        if let id = AmazonImages.id(ofParameter: name, region: context.region) { return id }
        let answer = try await cloud.call(
            "ssm", "GetParameter", ["Name": .string(name)], as: context.principal, region: context.region)
        guard let value = answer["Parameter"]?["Value"]?.string else {
            throw ServiceError("InvalidParameterValue", "The parameter \(name) names no image")
        }
        return value
    }

    private func subnet(
        of settings: AWSValue, _ interface: AWSValue?, _ context: CallContext
    ) throws(ServiceError) -> Subnet {
        if let id = settings["SubnetId"]?.string ?? interface?["SubnetId"]?.string { return try subnet(id, context) }
        let zone = settings["Placement"]?["AvailabilityZone"]?.string
        let own = subnets.all(account: context.account, region: context.region)
            .filter { $0.isDefault && (zone == nil || $0.zone == zone) }.sorted { $0.zone < $1.zone }
        guard let subnet = own.first else {
            throw ServiceError(
                "MissingInput",
                zone == nil
                    ? "No subnets found for the default VPC. Please specify a subnet."
                    : "No default subnet for availability zone: '\(zone ?? "")'.")
        }
        return subnet
    }

    private func groupIDs(
        of settings: AWSValue, _ interface: AWSValue?, _ subnet: Subnet, _ context: CallContext
    ) throws(ServiceError) -> [String] {
        var ids = settings["SecurityGroupIds"]?.strings ?? interface?["Groups"]?.strings ?? []
        let own = groups.all(account: context.account, region: context.region).filter { $0.vpcID == subnet.vpcID }
        for name in settings["SecurityGroups"]?.strings ?? [] {
            guard let group = own.first(where: { $0.name == name }) else {
                throw ServiceError(
                    "InvalidGroup.NotFound", "The security group '\(name)' does not exist in VPC '\(subnet.vpcID)'")
            }
            ids.append(group.id)
        }
        for id in ids {
            let group = try group(id, context)
            guard group.vpcID == subnet.vpcID else {
                throw ServiceError(
                    "InvalidParameter", "Security group \(id) and subnet \(subnet.id) belong to different networks.")
            }
        }
        return ids.isEmpty ? own.filter { $0.name == "default" }.map(\.id) : ids
    }
}

/// Whether instances and builds can be isolated here, found out once by starting an empty sandbox.
actor IsolationCheck {
    static let shared = IsolationCheck()
    private var isAllowed = false

    /// The reason and what to do about it; nil where isolation works.
    func refusal(in workDirectory: String, program: String) async -> String? {
        if isAllowed { return nil }
        let folder = "\(workDirectory)/isolation-check/\(Identifier.hex(8))"
        defer { FileTree.removeAtOnce(folder) }
        do {
            let sandbox = try await Sandbox.start(
                SandboxConfiguration(
                    folder: folder, program: program, hostname: "check",
                    network: .own(address: "172.31.0.4", metadata: "169.254.169.254", listeners: [])))
            await sandbox.stop()
            isAllowed = true
            return nil
        } catch {
            return error.description
        }
    }
}
