import AWSModel
import FoundationEssentials
import Synchronization

/// The instance metadata service: http://169.254.169.254 inside an instance, version 2 with tokens and version 1 where the
/// instance allows it.
final class InstanceMetadata: Sendable {
    private let cloud: Cloud
    private let instanceID: String
    private let account: String
    private let region: String
    private let tokens = Mutex<[String: Double]>([:])

    init(cloud: Cloud, instanceID: String, account: String, region: String) {
        self.cloud = cloud
        self.instanceID = instanceID
        self.account = account
        self.region = region
    }

    func answer(_ request: ServerRequest) async -> ServerResponse {
        if request.method == "PUT", request.path == "/latest/api/token" { return token(request) }
        guard request.method == "GET" else { return Self.page(405, "Method Not Allowed") }
        let given = request.header("X-aws-ec2-metadata-token")
        let isKnown = given.map { token in tokens.withLock { ($0[token] ?? 0) > CloudClock.realNow } }
        if isKnown == false { return Self.page(401, "Unauthorized") }
        var path = request.path
        while path.hasSuffix("/"), path.count > 1 { path.removeLast() }
        return await content(path, hasToken: isKnown == true)
    }

    private func token(_ request: ServerRequest) -> ServerResponse {
        guard let seconds = request.header("X-aws-ec2-metadata-token-ttl-seconds").flatMap(Double.init),
            (1...21600).contains(seconds)
        else { return Self.page(400, "Bad Request") }
        let token = "AQAEA" + Identifier.alphanumeric(47) + "=="
        let now = CloudClock.realNow
        tokens.withLock { tokens in
            if tokens.count > 100 { tokens = tokens.filter { $0.value > now } }
            tokens[token] = now + seconds
        }
        return ServerResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/plain"), ("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", String(Int(seconds))),
            ], bytes: Array(token.utf8))
    }

    @CloudActor
    private func content(_ path: String, hasToken: Bool) -> ServerResponse {
        let service = cloud.service(EC2Service.self)
        guard let instance = service.instance(instanceID, account: account, region: region) else {
            return Self.page(404, "Not Found")
        }
        if instance.needsToken, !hasToken { return Self.page(401, "Unauthorized") }
        if path == "/latest/user-data" {
            guard let data = Data(base64Encoded: instance.userData ?? "", options: .ignoreUnknownCharacters),
                !data.isEmpty
            else { return Self.page(404, "Not Found") }
            return ServerResponse(
                status: 200, headers: [("Content-Type", "application/octet-stream")], bytes: [UInt8](data))
        }
        if path == "/latest/dynamic/instance-identity/document" { return text(identity(instance)) }
        if path == "/" { return text("1.0\nlatest") }
        if path == "/latest" { return text("dynamic\nmeta-data\nuser-data") }
        guard path.hasPrefix("/latest/meta-data") else { return Self.page(404, "Not Found") }
        let wanted = path.dropFirst("/latest/meta-data".count).drop { $0 == "/" }
        if wanted.hasPrefix("iam/security-credentials/") {
            return credentials(String(wanted.dropFirst("iam/security-credentials/".count)), instance)
        }
        let entries = entries(instance, service)
        if let value = entries[String(wanted)] { return text(value) }
        // A folder lists what is in it, folders with a slash.
        let prefix = wanted.isEmpty ? "" : wanted + "/"
        let names = Set(
            entries.keys.filter { $0.hasPrefix(prefix) }.map { key in
                let rest = key.dropFirst(prefix.count)
                return rest.firstIndex(of: "/").map { String(rest[...$0]) } ?? String(rest)
            })
        return names.isEmpty ? Self.page(404, "Not Found") : text(names.sorted().joined(separator: "\n"))
    }

    @CloudActor
    private func entries(_ instance: Instance, _ service: EC2Service) -> [String: String] {
        let interface = service.interfaces[account, region, instance.interfaceID]
        let mac = interface?.mac ?? ""
        let names = instance.groupIDs.compactMap { service.groups[account, region, $0]?.name }
        let hostname = EC2Service.privateName(instance, region)
        var entries = [
            "ami-id": instance.imageID, "ami-launch-index": String(instance.index), "hostname": hostname,
            "instance-id": instance.id, "instance-type": instance.type, "local-hostname": hostname,
            "local-ipv4": instance.privateAddress, "mac": mac, "placement/availability-zone": instance.zone,
            "placement/region": region, "reservation-id": instance.reservationID,
            "security-groups": names.joined(separator: "\n"), "services/domain": "amazonaws.com",
            "services/partition": "aws", "instance-action": "none", "instance-life-cycle": "on-demand",
            "network/interfaces/macs/\(mac)/vpc-id": instance.vpcID,
            "network/interfaces/macs/\(mac)/subnet-id": instance.subnetID,
            "network/interfaces/macs/\(mac)/local-ipv4s": instance.privateAddress,
            "network/interfaces/macs/\(mac)/interface-id": instance.interfaceID,
            "network/interfaces/macs/\(mac)/owner-id": account,
        ]
        if let address = instance.publicAddress { entries["public-ipv4"] = address }
        if let arn = instance.profileARN {
            entries["iam/info"] =
                "{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"\(Self.iso(instance.launchTime))\",\n"
                + "  \"InstanceProfileArn\" : \"\(arn)\",\n  \"InstanceProfileId\" : \"\(instance.profileID ?? "")\"\n}"
            entries["iam/security-credentials"] = role(instance)?.name ?? ""
        }
        return entries
    }

    @CloudActor
    private func role(_ instance: Instance) -> (name: String, arn: String)? {
        guard let profile = instance.profileARN,
            let arn = cloud.iam.instanceProfile(profile, account: account)?.roleARN,
            let name = arn.split(separator: "/").last
        else { return nil }
        return (String(name), arn)
    }

    /// Temporary keys of the instance's role.
    @CloudActor
    private func credentials(_ name: String, _ instance: Instance) -> ServerResponse {
        guard let role = role(instance) else { return Self.page(404, "Not Found") }
        if name.isEmpty { return text(role.name) }
        guard name == role.name else { return Self.page(404, "Not Found") }
        do {
            let principal = try cloud.iam.assume(roleARN: role.arn, by: "ec2.amazonaws.com", session: instance.id)
            let keys = cloud.iam.temporaryCredentials(for: principal, duration: 6 * 3600)
            return text(
                """
                {
                  "Code" : "Success",
                  "LastUpdated" : "\(Self.iso(cloud.clock.now))",
                  "Type" : "AWS-HMAC",
                  "AccessKeyId" : "\(keys.accessKeyID)",
                  "SecretAccessKey" : "\(keys.secretAccessKey)",
                  "Token" : "\(keys.sessionToken ?? "")",
                  "Expiration" : "\(Self.iso(keys.expiration ?? cloud.clock.now + 6 * 3600))"
                }
                """)
        } catch {
            return text(
                "{\n  \"Code\" : \"AssumeRoleUnauthorizedAccess\",\n  \"Message\" : \"EC2 cannot assume the role \(role.name). "
                    + "Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html\"\n}"
            )
        }
    }

    private func identity(_ instance: Instance) -> String {
        """
        {
          "accountId" : "\(account)",
          "architecture" : "x86_64",
          "availabilityZone" : "\(instance.zone)",
          "imageId" : "\(instance.imageID)",
          "instanceId" : "\(instance.id)",
          "instanceType" : "\(instance.type)",
          "pendingTime" : "\(Self.iso(instance.launchTime))",
          "privateIp" : "\(instance.privateAddress)",
          "region" : "\(region)",
          "version" : "2017-09-30"
        }
        """
    }

    private static func iso(_ seconds: Double) -> String {
        Timestamps.format(seconds.rounded(.down), as: .iso8601)
    }

    private func text(_ text: String) -> ServerResponse {
        ServerResponse(status: 200, headers: [("Content-Type", "text/plain")], bytes: Array(text.utf8))
    }

    private static func page(_ status: Int, _ reason: String) -> ServerResponse {
        ServerResponse(
            status: status, headers: [("Content-Type", "text/html")],
            bytes: Array("<html><head><title>\(status) - \(reason)</title></head><body>\(reason)</body></html>\n".utf8))
    }
}
