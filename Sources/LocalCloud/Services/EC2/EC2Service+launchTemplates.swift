import AWSModel

struct LaunchTemplate: Codable, Sendable {
    struct Version: Codable, Sendable {
        var number: Int64
        var description: String?
        var createdAt: Double
        var createdBy: String
        /// `LaunchTemplateData` as it was given.
        var data: AWSValue
    }
    var id: String
    var name: String
    var createdAt: Double
    var createdBy: String
    var defaultVersion: Int64
    var latestVersion: Int64
    var versions: [Version]
}

extension EC2Service {
    var templateOperations: [String: OperationHandler] {
        [
            "CreateLaunchTemplate": createLaunchTemplate, "CreateLaunchTemplateVersion": createLaunchTemplateVersion,
            "DeleteLaunchTemplate": deleteLaunchTemplate, "DeleteLaunchTemplateVersions": deleteLaunchTemplateVersions,
            "ModifyLaunchTemplate": modifyLaunchTemplate, "DescribeLaunchTemplates": describeLaunchTemplates,
            "DescribeLaunchTemplateVersions": describeLaunchTemplateVersions,
        ]
    }

    /// The template that a specification names, by id or by name.
    func template(_ specification: AWSValue, _ account: String, _ region: String) throws(ServiceError) -> LaunchTemplate
    {
        if let id = specification["LaunchTemplateId"]?.string {
            guard let template = templates[account, region, id] else {
                throw ServiceError(
                    "InvalidLaunchTemplateId.NotFound",
                    "The specified launch template, with template ID \(id), does not exist.")
            }
            return template
        }
        guard let name = specification["LaunchTemplateName"]?.string else {
            throw ServiceError(
                "MissingParameter",
                "Either a launch template ID or a launch template name must be specified in the request.")
        }
        guard let template = templates.all(account: account, region: region).first(where: { $0.name == name }) else {
            throw ServiceError(
                "InvalidLaunchTemplateName.NotFoundException",
                "The specified launch template, with template name \(name), does not exist.")
        }
        return template
    }

    /// The template that a call itself names: by id or by name, not by both.
    private func named(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> LaunchTemplate {
        if input["LaunchTemplateId"] != nil, input["LaunchTemplateName"] != nil {
            throw ServiceError(
                "InvalidParameterCombination",
                "Either a launch template ID or a launch template name must be specified in the request, not both.")
        }
        return try template(input, context.account, context.region)
    }

    /// A version of a template: a number, `$Latest` or `$Default` (also when nil).
    func version(_ version: String?, of template: LaunchTemplate) throws(ServiceError) -> LaunchTemplate.Version {
        let number =
            switch version {
            case "$Latest": template.latestVersion
            case nil, "$Default", "": template.defaultVersion
            default: Int64(version ?? "") ?? -1
            }
        guard let found = template.versions.first(where: { $0.number == number }) else {
            throw ServiceError(
                "InvalidLaunchTemplateId.VersionNotFound",
                "Could not find launch template version \(version ?? "$Default") for launch template \(template.id).")
        }
        return found
    }

    private func value(of template: LaunchTemplate, _ context: CallContext) -> AWSValue {
        .structure([
            "LaunchTemplateId": .string(template.id), "LaunchTemplateName": .string(template.name),
            "CreateTime": .timestamp(template.createdAt), "CreatedBy": .string(template.createdBy),
            "DefaultVersionNumber": .integer(template.defaultVersion),
            "LatestVersionNumber": .integer(template.latestVersion), "Tags": tagValue(of: template.id, context),
        ])
    }

    private func value(of version: LaunchTemplate.Version, of template: LaunchTemplate) -> AWSValue {
        // Tags of the launch are given under one name and answered under another.
        var data = version.data
        if let specifications = data["TagSpecifications"] { data["TagSpecifications"] = specifications }
        return .structure([
            "LaunchTemplateId": .string(template.id), "LaunchTemplateName": .string(template.name),
            "VersionNumber": .integer(version.number), "VersionDescription": version.description.map { .string($0) },
            "CreateTime": .timestamp(version.createdAt), "CreatedBy": .string(version.createdBy),
            "DefaultVersion": .bool(version.number == template.defaultVersion), "LaunchTemplateData": data,
        ])
    }

    private func createLaunchTemplate(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("LaunchTemplateName", code: "MissingParameter")
        guard (3...128).contains(name.utf8.count),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-./_()".contains($0)) })
        else {
            throw ServiceError(
                "InvalidLaunchTemplateName.MalformedException",
                "Launch template names must be between 3 and 128 characters of letters, numbers and - ( ) . / _: \(name)"
            )
        }
        if templates.all(account: context.account, region: context.region).contains(where: { $0.name == name }) {
            throw ServiceError(
                "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
        }
        guard let data = input["LaunchTemplateData"], !(data.map?.isEmpty ?? true) else {
            throw ServiceError(
                "MissingParameter", "The request must contain the parameter LaunchTemplateData")
        }
        let now = cloud.clock.now
        let template = LaunchTemplate(
            id: "lt-" + Identifier.hex(17), name: name, createdAt: now, createdBy: context.principal.arn,
            defaultVersion: 1,
            latestVersion: 1,
            versions: [
                .init(
                    number: 1, description: input["VersionDescription"]?.string, createdAt: now,
                    createdBy: context.principal.arn, data: data)
            ])
        templates[context.account, context.region, template.id] = template
        applyTags(input, kind: "launch-template", to: template.id, context)
        return ["LaunchTemplate": value(of: template, context)]
    }

    private func createLaunchTemplateVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var template = try named(input, context)
        var data: AWSValue = [:]
        if let source = input["SourceVersion"]?.string { data = try version(source, of: template).data }
        for (key, value) in input["LaunchTemplateData"]?.map ?? [:] { data[key] = value }
        template.latestVersion += 1
        let version = LaunchTemplate.Version(
            number: template.latestVersion, description: input["VersionDescription"]?.string,
            createdAt: cloud.clock.now,
            createdBy: context.principal.arn, data: data)
        template.versions.append(version)
        templates[context.account, context.region, template.id] = template
        return ["LaunchTemplateVersion": value(of: version, of: template)]
    }

    private func deleteLaunchTemplate(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let template = try named(input, context)
        let answer = value(of: template, context)
        forget(template.id, in: templates, context)
        return ["LaunchTemplate": answer]
    }

    private func deleteLaunchTemplateVersions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var template = try named(input, context)
        var deleted: [AWSValue] = []
        var refused: [AWSValue] = []
        for text in input["Versions"]?.strings ?? [] {
            let number = Int64(text) ?? -1
            let named: AWSValue = [
                "LaunchTemplateId": .string(template.id), "LaunchTemplateName": .string(template.name),
                "VersionNumber": .integer(number),
            ]
            let code: String? =
                number == template.defaultVersion
                ? "unexpectedError"
                : template.versions.contains { $0.number == number } ? nil : "launchTemplateVersionDoesNotExist"
            if let code {
                var row = named
                row["ResponseError"] = [
                    "Code": .string(code), "Message": .string("Version \(text) cannot be deleted: \(code)"),
                ]
                refused.append(row)
            } else {
                template.versions.removeAll { $0.number == number }
                deleted.append(named)
            }
        }
        templates[context.account, context.region, template.id] = template
        return [
            "SuccessfullyDeletedLaunchTemplateVersions": .list(deleted),
            "UnsuccessfullyDeletedLaunchTemplateVersions": .list(refused),
        ]
    }

    private func modifyLaunchTemplate(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var template = try named(input, context)
        if let wanted = input["DefaultVersion"]?.string {
            template.defaultVersion = try version(wanted, of: template).number
        }
        templates[context.account, context.region, template.id] = template
        return ["LaunchTemplate": value(of: template, context)]
    }

    private func describeLaunchTemplates(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = try select(
            templates, ids: "LaunchTemplateIds", notFound: "InvalidLaunchTemplateId.NotFound", kind: "launch template",
            id: \.id, input, context
        ) { template, name in
            switch name {
            case "launch-template-name": [template.name]
            case "launch-template-id": [template.id]
            case "create-time": [String(template.createdAt)]
            default: nil
            }
        }
        if let names = input["LaunchTemplateNames"]?.strings, !names.isEmpty {
            found = try names.map { name in
                try template(["LaunchTemplateName": .string(name)], context.account, context.region)
            }
        }
        return try page("LaunchTemplates", found, input, least: 1) { value(of: $0, context) }
    }

    private func describeLaunchTemplateVersions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let chosen: [LaunchTemplate]
        let wanted = input["Versions"]?.strings ?? []
        let isOne = input["LaunchTemplateId"] != nil || input["LaunchTemplateName"] != nil
        if isOne {
            chosen = [try named(input, context)]
        } else {
            if let number = wanted.first(where: { !["$Latest", "$Default"].contains($0) }) {
                throw ServiceError(
                    "InvalidParameterValue",
                    "Of all launch templates only the versions $Latest and $Default can be described, not \(number).")
            }
            chosen = templates.all(account: context.account, region: context.region)
        }
        let (least, most) = (try number("MinVersion", input) ?? 0, try number("MaxVersion", input) ?? .max)
        let filters = EC2Filters(input)
        let rows = try chosen.flatMap { template in
            let versions =
                try wanted.isEmpty ? template.versions.reversed() : wanted.map { try version($0, of: template) }
            return try versions.filter { version in
                guard version.number >= least, version.number <= most else { return false }
                return try filters.matches(tags: []) { Self.attribute(version, of: template, $0) }
            }.map { (template, $0) }
        }
        return try page("LaunchTemplateVersions", rows, input, least: 1) { value(of: $0.1, of: $0.0) }
    }

    private func number(_ member: String, _ input: AWSValue) throws(ServiceError) -> Int64? {
        guard let text = input[member]?.string else { return nil }
        guard let number = Int64(text), number > 0 else {
            throw ServiceError("InvalidParameterValue", "Invalid value '\(text)' for \(member).")
        }
        return number
    }

    /// The values of a version's attribute by its filter's name.
    private nonisolated static func attribute(
        _ version: LaunchTemplate.Version, of template: LaunchTemplate, _ name: String
    ) -> [String?]? {
        let data = version.data
        let metadata = data["MetadataOptions"]
        return switch name {
        case "create-time": [Timestamps.format(version.createdAt.rounded(.down), as: .iso8601)]
        case "is-default-version": [String(version.number == template.defaultVersion)]
        case "ebs-optimized": [String(data["EbsOptimized"]?.bool ?? false)]
        case "http-endpoint": [metadata?["HttpEndpoint"]?.string]
        case "http-tokens": [metadata?["HttpTokens"]?.string]
        case "http-protocol-ipv4": [metadata?["HttpEndpoint"]?.string]
        case "host-resource-group-arn": [data["Placement"]?["HostResourceGroupArn"]?.string]
        case "iam-instance-profile": [data["IamInstanceProfile"]?["Arn"]?.string]
        case "image-id": [data["ImageId"]?.string]
        case "instance-type": [data["InstanceType"]?.string]
        case "kernel-id": [data["KernelId"]?.string]
        case "ram-disk-id": [data["RamDiskId"]?.string]
        case "license-configuration-arn":
            (data["LicenseSpecifications"]?.list ?? []).map { $0["LicenseConfigurationArn"]?.string }
        case "network-card-index":
            (data["NetworkInterfaces"]?.list ?? []).map { $0["NetworkCardIndex"]?.int.map(String.init) }
        default: nil
        }
    }
}
