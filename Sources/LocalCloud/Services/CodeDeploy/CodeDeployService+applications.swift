import AWSModel

/// Applications, their revisions, and deployment configurations.
extension CodeDeployService {
    /// Names of applications, deployment groups and configurations, by the service's quotas: "Letters (a-z, A-Z), numbers
    /// (0-9), periods (.), underscores (_), + (plus signs), = (equals signs), , (commas), @ (at signs), - (minus signs)".
    static func isValid(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && name.utf8.allSatisfy(nameCharacters.contains)
    }

    private static let nameCharacters = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+=,@-".utf8)

    static func applicationName(
        _ input: AWSValue, _ member: String = "applicationName"
    ) throws(ServiceError) -> String {
        guard let name = input[member]?.string, !name.isEmpty else {
            throw CodeDeployInput.missing(member, "ApplicationNameRequiredException")
        }
        guard isValid(name) else {
            throw ServiceError("InvalidApplicationNameException", "The application name \(name) is not valid")
        }
        return name
    }

    func application(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Application {
        let name = try Self.applicationName(input)
        guard let application = applications[context.account, context.region, name] else {
            throw Self.noApplication(name)
        }
        return application
    }

    static func noApplication(_ name: String) -> ServiceError {
        ServiceError("ApplicationDoesNotExistException", "No application found for name: \(name)")
    }

    private func value(_ application: Application) -> AWSValue {
        [
            "applicationId": .string(application.id), "applicationName": .string(application.name),
            "createTime": .timestamp(application.created), "linkedToGitHub": false, "computePlatform": "Server",
        ]
    }

    func createApplication(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try Self.applicationName(input)
        guard applications[context.account, context.region, name] == nil else {
            throw ServiceError("ApplicationAlreadyExistsException", "Application already exists: \(name)")
        }
        try Self.checkPlatform(input)
        let tags = try Self.newTags(input)
        let application = Application(id: Identifier.uuid(), name: name, created: cloud.clock.now)
        applications[context.account, context.region, name] = application
        self.tags.set(tags, on: Self.arn("application:\(name)", context))
        return ["applicationId": .string(application.id)]
    }

    private static func checkPlatform(_ input: AWSValue) throws(ServiceError) {
        let platform = input["computePlatform"]?.string ?? "Server"
        guard platform == "Server" else {
            throw ServiceError(
                "InvalidComputePlatformException",
                "The local cloud deploys to EC2 instances only: the compute platform \(platform) is not built into it")
        }
    }

    static func arn(_ resource: String, _ context: CallContext) -> String {
        "arn:aws:codedeploy:\(context.region):\(context.account):\(resource)"
    }

    func getApplication(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        ["application": value(try application(input, context))]
    }

    func updateApplication(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var application = try application(input, context)
        guard input["newApplicationName"] != nil else { return [:] }
        let name = try Self.applicationName(input, "newApplicationName")
        guard applications[context.account, context.region, name] == nil else {
            throw ServiceError("ApplicationAlreadyExistsException", "Application already exists: \(name)")
        }
        let old = application.name
        application.name = name
        applications[context.account, context.region, old] = nil
        applications[context.account, context.region, name] = application
        for var group in groups.all(account: context.account, region: context.region) where group.application == old {
            groups[context.account, context.region, "\(old)/\(group.name)"] = nil
            group.application = name
            groups[context.account, context.region, "\(name)/\(group.name)"] = group
            tags.move(
                from: Self.arn("deploymentgroup:\(old)/\(group.name)", context),
                to: Self.arn("deploymentgroup:\(name)/\(group.name)", context))
        }
        tags.move(from: Self.arn("application:\(old)", context), to: Self.arn("application:\(name)", context))
        return [:]
    }

    /// Its deployment groups go with it; no error when it is not there.
    func deleteApplication(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try Self.applicationName(input)
        for group in groups.all(account: context.account, region: context.region) where group.application == name {
            _ = try await deleteGroup(
                ["applicationName": .string(name), "deploymentGroupName": .string(group.name)], context)
        }
        applications[context.account, context.region, name] = nil
        tags.removeAll(of: Self.arn("application:\(name)", context))
        return [:]
    }

    func listApplications(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        try page(applications.keys(account: context.account, region: context.region), "applications", input)
    }

    func page(_ names: [String], _ member: String, _ input: AWSValue) throws -> AWSValue {
        let page = try Page.of(names, token: input["nextToken"]?.string, limit: 100)
        var map: AWSMap = [member: .list(page.elements.map(AWSValue.string))]
        map["nextToken"] = page.next.map(AWSValue.string)
        return .map(map)
    }

    func batchGetApplications(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let names = try Batch.read(
            input, "applicationNames", most: 100, required: "ApplicationNameRequiredException")
        let found = try names.map { name throws(ServiceError) in
            value(try application(["applicationName": name], context))
        }
        return ["applicationsInfo": .list(found)]
    }

    // MARK: - Revisions

    func checked(_ revision: AWSValue?) throws(ServiceError) -> AWSValue {
        guard let revision else {
            throw ServiceError("RevisionRequiredException", "RevisionLocation must be specified")
        }
        guard revision["revisionType"]?.string == "S3", let place = revision["s3Location"] else {
            throw ServiceError(
                "InvalidRevisionException",
                "The local cloud deploys revisions from S3 only: give revisionType S3 and s3Location")
        }
        guard place["bucket"]?.string?.isEmpty == false, place["key"]?.string?.isEmpty == false,
            ["zip", "tar", "tgz"].contains(place["bundleType"]?.string ?? "")
        else {
            throw ServiceError(
                "InvalidRevisionException", "The s3Location needs bucket, key and a bundleType of zip, tar or tgz")
        }
        return revision
    }

    /// Notes a revision of an application, and that it is used when it is.
    func note(_ revision: AWSValue, _ name: String, _ context: CallContext, description: String? = nil, isUsed: Bool) {
        let now = cloud.clock.now
        applications.update(context.account, context.region, name) { application in
            if !application.revisions.contains(where: { $0.location == revision }) {
                application.revisions.append(Revision(location: revision, description: description, registered: now))
            }
            guard let at = application.revisions.firstIndex(where: { $0.location == revision }) else { return }
            if let description { application.revisions[at].description = description }
            if isUsed {
                application.revisions[at].firstUsed = application.revisions[at].firstUsed ?? now
                application.revisions[at].lastUsed = now
            }
        }
    }

    func registerRevision(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        try DeploymentSettings.checkDescription(input["description"]?.string)
        note(
            try checked(input["revision"]), application.name, context, description: input["description"]?.string,
            isUsed: false)
        return [:]
    }

    private func value(_ revision: Revision, of name: String, _ context: CallContext) -> AWSValue {
        let users = groups.all(account: context.account, region: context.region)
            .filter { $0.application == name && $0.targetRevision == revision.location }.map {
                AWSValue.string($0.name)
            }
        return .structure([
            "description": .string(revision.description ?? "Application revision registered by Deployment"),
            "deploymentGroups": .list(users), "firstUsedTime": revision.firstUsed.map(AWSValue.timestamp),
            "lastUsedTime": revision.lastUsed.map(AWSValue.timestamp), "registerTime": .timestamp(revision.registered),
        ])
    }

    func getRevision(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        guard let revision = input["revision"],
            let found = application.revisions.first(where: { $0.location == revision })
        else {
            throw ServiceError(
                "RevisionDoesNotExistException", "The revision is not registered with application \(application.name)")
        }
        return [
            "applicationName": .string(application.name), "revision": revision,
            "revisionInfo": value(found, of: application.name, context),
        ]
    }

    func batchGetRevisions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        let revisions = try Batch.read(input, "revisions", most: 25, required: "RevisionRequiredException")
        let found = try revisions.compactMap { wanted throws(ServiceError) in
            let wanted = try checked(wanted)
            return application.revisions.first { $0.location == wanted }
        }
        return [
            "applicationName": .string(application.name), "errorMessage": "",
            "revisions": .list(
                found.map {
                    ["revisionLocation": $0.location, "genericRevisionInfo": value($0, of: application.name, context)]
                }),
        ]
    }

    func listRevisions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let application = try application(input, context)
        var all = application.revisions
        switch input["sortBy"]?.string {
        case "firstUsedTime": all.sort { ($0.firstUsed ?? 0) < ($1.firstUsed ?? 0) }
        case "lastUsedTime": all.sort { ($0.lastUsed ?? 0) < ($1.lastUsed ?? 0) }
        default: all.sort { $0.registered < $1.registered }
        }
        if input["sortOrder"]?.string == "descending" { all.reverse() }
        if let bucket = input["s3Bucket"]?.string {
            guard cloud.service(S3Service.self).buckets["", "", bucket] != nil else {
                throw ServiceError("InvalidBucketNameFilterException", "The bucket \(bucket) does not exist")
            }
            all = all.filter { $0.location["s3Location"]?["bucket"]?.string == bucket }
        }
        if let prefix = input["s3KeyPrefix"]?.string {
            guard input["s3Bucket"] != nil else {
                throw ServiceError(
                    "BucketNameFilterRequiredException",
                    "A bucket name is required with a key prefix, but was not provided")
            }
            all = all.filter { $0.location["s3Location"]?["key"]?.string?.hasPrefix(prefix) == true }
        }
        if let deployed = input["deployed"]?.string, deployed != "ignore" {
            let targets = groups.all(account: context.account, region: context.region)
                .filter { $0.application == application.name }.compactMap(\.targetRevision)
            all = all.filter { targets.contains($0.location) == (deployed == "include") }
        }
        let page = try Page.of(all, token: input["nextToken"]?.string, limit: 100)
        return .structure([
            "revisions": .list(page.elements.map(\.location)), "nextToken": page.next.map(AWSValue.string),
        ])
    }

    // MARK: - Configurations

    static let builtInConfigs: [(name: String, type: String, value: Int)] = [
        ("CodeDeployDefault.AllAtOnce", "HOST_COUNT", 0), ("CodeDeployDefault.HalfAtATime", "FLEET_PERCENT", 50),
        ("CodeDeployDefault.OneAtATime", "HOST_COUNT", 1),
    ]

    func config(_ name: String, _ account: String, _ region: String) -> Config? {
        if let own = configs[account, region, name] { return own }
        return Self.builtInConfigs.first { $0.name == name }.map {
            Config(
                id: "00000000-0000-0000-0000-000000000000", name: name, type: $0.type, value: $0.value,
                settings: ["minimumHealthyHosts": ["type": .string($0.type), "value": .integer(Int64($0.value))]])
        }
    }

    private static func configName(_ input: AWSValue) throws(ServiceError) -> String {
        guard let name = input["deploymentConfigName"]?.string, !name.isEmpty else {
            throw CodeDeployInput.missing("deploymentConfigName", "DeploymentConfigNameRequiredException")
        }
        guard isValid(name) else { throw invalidConfigName(name) }
        return name
    }

    private static func invalidConfigName(_ name: String) -> ServiceError {
        ServiceError("InvalidDeploymentConfigNameException", "The deployment configuration name \(name) is not valid")
    }

    func createConfig(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try Self.configName(input)
        guard !name.hasPrefix("CodeDeployDefault.") else { throw Self.invalidConfigName(name) }
        try Self.checkPlatform(input)
        guard configs[context.account, context.region, name] == nil else {
            throw ServiceError(
                "DeploymentConfigAlreadyExistsException", "Deployment configuration already exists: \(name)")
        }
        let (type, value) = try Self.healthyHosts(
            input["minimumHealthyHosts"], "InvalidMinimumHealthyHostValueException")
        if let zones = input["zonalConfig"] { try Self.checkZones(zones) }
        var settings: AWSMap = [:]
        for member in ["minimumHealthyHosts", "trafficRoutingConfig", "zonalConfig"] {
            settings[member] = input[member]
        }
        let config = Config(
            id: Identifier.uuid(), name: name, type: type, value: value, created: cloud.clock.now,
            settings: .map(settings))
        configs[context.account, context.region, name] = config
        return ["deploymentConfigId": .string(config.id)]
    }

    private static func healthyHosts(
        _ hosts: AWSValue?, _ code: String
    ) throws(ServiceError) -> (type: String, value: Int) {
        let (type, value) = (hosts?["type"]?.string ?? "", hosts?["value"]?.int ?? -1)
        guard type == "HOST_COUNT" && value >= 0 || type == "FLEET_PERCENT" && (0..<100).contains(value) else {
            throw ServiceError(
                code, "A type of HOST_COUNT is needed with a value of 0 or more, or FLEET_PERCENT with 0 to 99")
        }
        return (type, value)
    }

    private static func checkZones(_ zones: AWSValue) throws(ServiceError) {
        let code = "InvalidZonalDeploymentConfigurationException"
        if let hosts = zones["minimumHealthyHostsPerZone"] { _ = try healthyHosts(hosts, code) }
        for member in ["firstZoneMonitorDurationInSeconds", "monitorDurationInSeconds"] {
            if let seconds = zones[member]?.int, seconds < 0 { throw ServiceError(code, "\(member) is less than 0") }
        }
    }

    func getConfig(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try Self.configName(input)
        guard let config = config(name, context.account, context.region) else { throw Self.noConfig(name) }
        var map = config.settings.map ?? [:]
        map["deploymentConfigId"] = .string(config.id)
        map["deploymentConfigName"] = .string(name)
        map["createTime"] = config.created.map(AWSValue.timestamp)
        map["computePlatform"] = "Server"
        return ["deploymentConfigInfo": .map(map)]
    }

    static func noConfig(_ name: String) -> ServiceError {
        ServiceError("DeploymentConfigDoesNotExistException", "No deployment configuration found for name: \(name)")
    }

    func deleteConfig(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try Self.configName(input)
        guard !name.hasPrefix("CodeDeployDefault.") else {
            throw ServiceError(
                "InvalidOperationException", "The configuration \(name) is AWS's own and cannot be deleted")
        }
        let isUsed = groups.all(account: context.account, region: context.region)
            .contains { $0.settings["deploymentConfigName"]?.string == name }
        guard !isUsed else {
            throw ServiceError("DeploymentConfigInUseException", "The deployment configuration \(name) is still in use")
        }
        configs[context.account, context.region, name] = nil
        tags.removeAll(of: Self.arn("deploymentconfig:\(name)", context))
        return [:]
    }

    func listConfigs(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let names = Self.builtInConfigs.map(\.name) + configs.keys(account: context.account, region: context.region)
        return try page(names.sorted(), "deploymentConfigsList", input)
    }
}
