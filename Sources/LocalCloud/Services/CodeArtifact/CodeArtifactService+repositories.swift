import AWSModel

/// Domains, repositories, external connections, tokens.
extension CodeArtifactService {
    private func value(_ domain: Domain, _ context: CallContext) -> AWSValue {
        let all = repositories.all(account: context.account, region: context.region).filter { $0.domain == domain.name }
        let size = versions.all(account: context.account, region: context.region).filter { $0.domain == domain.name }
            .flatMap(\.assets).reduce(0) { $0 + $1.size }
        return [
            "name": .string(domain.name), "owner": .string(context.account),
            "arn": .string(Self.arn("domain/\(domain.name)", context)),
            "status": "Active", "createdTime": .timestamp(domain.created),
            "encryptionKey": .string(domain.encryptionKey),
            "repositoryCount": .integer(Int64(all.count)), "assetSizeBytes": .integer(size),
            "s3BucketArn": .string("arn:aws:s3:::assets-\(context.account)-\(context.region)"),
        ]
    }

    private static func arn(_ resource: String, _ context: CallContext) -> String {
        "arn:aws:codeartifact:\(context.region):\(context.account):\(resource)"
    }

    private func value(_ repository: Repository, _ context: CallContext) -> AWSValue {
        .structure([
            "name": .string(repository.name), "administratorAccount": .string(context.account),
            "domainName": .string(repository.domain), "domainOwner": .string(context.account),
            "arn": .string(Self.arn("repository/\(repository.domain)/\(repository.name)", context)),
            "description": repository.description.map(AWSValue.string),
            "upstreams": .list(repository.upstreams.map { ["repositoryName": .string($0)] }),
            "externalConnections": .list(
                repository.externalConnections.map {
                    ["externalConnectionName": .string($0), "packageFormat": "pypi", "status": "Available"]
                }),
            "createdTime": .timestamp(repository.created),
        ])
    }

    private static func checkName(
        _ name: String, _ member: String, _ pattern: String, _ isValid: (String) -> Bool
    ) throws(ServiceError) {
        guard !isValid(name) else { return }
        throw ServiceError(
            "ValidationException",
            ValidationText.one(member, value: name, must: "satisfy regular expression pattern: \(pattern)"))
    }

    func createDomain(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("domain")
        try Self.checkName(name, "domain", "[a-z][a-z0-9\\-]{0,48}[a-z0-9]") {
            $0.wholeMatch(of: /[a-z][a-z0-9\-]{0,48}[a-z0-9]/) != nil
        }
        guard domains[context.account, context.region, name] == nil else {
            throw Self.conflict(
                "Domain", name,
                "Domain already exists. A domain with the name '\(name)' already exists in this account.")
        }
        if let key = input["encryptionKey"]?.string, !cloud.service(KMSService.self).isUsable(key, context) {
            throw ServiceError("ValidationException", "The encryption key \(key) does not exist or cannot be used.")
        }
        let given = try Self.tags(input)
        let domain = Domain(
            name: name, created: cloud.clock.now,
            encryptionKey: input["encryptionKey"]?.string
                ?? "arn:aws:kms:\(context.region):\(context.account):key/\(Identifier.uuid())")
        domains[context.account, context.region, name] = domain
        tags.set(given, on: Self.arn("domain/\(name)", context))
        return ["domain": value(domain, context)]
    }

    func describeDomain(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        ["domain": value(try domain(input, context), context)]
    }

    /// A domain that is not there answers without one.
    func deleteDomain(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("domain")
        guard let domain = domains[context.account, context.region, name] else { return [:] }
        let left = repositories.all(account: context.account, region: context.region).filter { $0.domain == name }
        guard left.isEmpty else {
            throw Self.conflict(
                "Domain", name,
                "Cannot delete a domain that contains repositories. Delete the repositories in the domain first: \(left.map(\.name).joined(separator: ", "))"
            )
        }
        domains[context.account, context.region, name] = nil
        tags.removeAll(of: Self.arn("domain/\(name)", context))
        var answer = value(domain, context)
        answer["status"] = "Deleted"
        return ["domain": answer]
    }

    func listDomains(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let page = try Page.of(
            domains.all(account: context.account, region: context.region), token: input["nextToken"]?.string,
            limit: input["maxResults"]?.int ?? 1000, invalidToken: "ValidationException")
        let values = page.elements.map { domain -> AWSValue in
            let all = value(domain, context)
            return .structure([
                "name": all["name"], "owner": all["owner"], "arn": all["arn"], "status": all["status"],
                "createdTime": all["createdTime"], "encryptionKey": all["encryptionKey"],
            ])
        }
        return .structure(["domains": .list(values), "nextToken": page.next.map(AWSValue.string)])
    }

    private func upstreams(_ input: AWSValue, _ domain: String, _ context: CallContext) throws(ServiceError) -> [String]
    {
        var names: [String] = []
        for item in input["upstreams"]?.list ?? [] {
            let name = item["repositoryName"]?.string ?? ""
            guard repositories[context.account, context.region, "\(domain)/\(name)"] != nil else {
                throw Self.missing("Repository", name)
            }
            names.append(name)
        }
        return names
    }

    func createRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let domain = try domain(input, context)
        let name = try input.require("repository")
        try Self.checkName(name, "repository", "[A-Za-z0-9][A-Za-z0-9._\\-]{1,99}") {
            $0.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-]{1,99}/) != nil
        }
        let key = "\(domain.name)/\(name)"
        guard repositories[context.account, context.region, key] == nil else {
            throw Self.conflict(
                "Repository", name,
                "Repository already exists. A repository with the name '\(name)' already exists in domain '\(domain.name)'."
            )
        }
        let given = try Self.tags(input)
        let repository = Repository(
            name: name, domain: domain.name, description: input["description"]?.string,
            upstreams: try upstreams(input, domain.name, context), created: cloud.clock.now)
        repositories[context.account, context.region, key] = repository
        tags.set(given, on: Self.arn("repository/\(key)", context))
        return ["repository": value(repository, context)]
    }

    func describeRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        ["repository": value(try repository(input, context), context)]
    }

    func updateRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var repository = try repository(input, context)
        if let text = input["description"]?.string { repository.description = text }
        if input["upstreams"] != nil { repository.upstreams = try upstreams(input, repository.domain, context) }
        repositories[context.account, context.region, "\(repository.domain)/\(repository.name)"] = repository
        return ["repository": value(repository, context)]
    }

    func deleteRepository(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try repository(input, context)
        let key = "\(repository.domain)/\(repository.name)"
        repositories[context.account, context.region, key] = nil
        tags.removeAll(of: Self.arn("repository/\(key)", context))
        let left = versions.all(account: context.account, region: context.region).filter {
            $0.domain == repository.domain && $0.repository == repository.name
        }
        try await remove(left, context)
        return ["repository": value(repository, context)]
    }

    private func summaries(_ all: [Repository], _ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let prefix = input["repositoryPrefix"]?.string ?? ""
        let page = try Page.of(
            all.filter { $0.name.hasPrefix(prefix) }, token: input["nextToken"]?.string,
            limit: input["maxResults"]?.int ?? 1000, invalidToken: "ValidationException")
        let values = page.elements.map { repository -> AWSValue in
            let all = value(repository, context)
            return .structure([
                "name": all["name"], "administratorAccount": all["administratorAccount"],
                "domainName": all["domainName"],
                "domainOwner": all["domainOwner"], "arn": all["arn"], "description": all["description"],
                "createdTime": all["createdTime"],
            ])
        }
        return .structure(["repositories": .list(values), "nextToken": page.next.map(AWSValue.string)])
    }

    func listRepositories(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        try summaries(repositories.all(account: context.account, region: context.region), input, context)
    }

    func listRepositoriesInDomain(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let domain = try domain(input, context)
        let all = repositories.all(account: context.account, region: context.region).filter { $0.domain == domain.name }
        return try summaries(all, input, context)
    }

    func associateExternalConnection(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var repository = try repository(input, context)
        let name = try input.require("externalConnection")
        guard name == "public:pypi" else {
            throw ServiceError(
                "ValidationException",
                "The local cloud knows the external connection public:pypi; it was asked for \(name)")
        }
        guard repository.externalConnections.isEmpty else {
            throw Self.conflict(
                "Repository", repository.name, "Repository '\(repository.name)' already has an external connection.")
        }
        repository.externalConnections = [name]
        repositories[context.account, context.region, "\(repository.domain)/\(repository.name)"] = repository
        return ["repository": value(repository, context)]
    }

    func disassociateExternalConnection(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var repository = try repository(input, context)
        let name = try input.require("externalConnection")
        guard repository.externalConnections.contains(name) else { throw Self.missing("ExternalConnection", name) }
        repository.externalConnections = []
        repositories[context.account, context.region, "\(repository.domain)/\(repository.name)"] = repository
        return ["repository": value(repository, context)]
    }

    /// A token for package managers: 12 hours, or 15 minutes to 12 hours as asked for.
    func getAuthorizationToken(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let domain = try domain(input, context)
        let seconds = input["durationSeconds"]?.int ?? 0
        guard seconds == 0 || (900...43200).contains(seconds) else {
            throw ServiceError("ValidationException", "durationSeconds must be 0 or between 900 and 43200")
        }
        let now = CloudClock.realNow
        for (account, region, key, token) in tokens.everything() where token.expires < now {
            tokens[account, region, key] = nil
        }
        let text = "eyJ2ZXIiOjEsImlzdSI6" + Identifier.alphanumeric(120)
        let expires = now + Double(seconds == 0 ? 43200 : seconds)
        tokens["", "", text] = Token(
            principal: context.principal, domain: domain.name, region: context.region, expires: expires)
        return ["authorizationToken": .string(text), "expiration": .timestamp(expires)]
    }

    func getRepositoryEndpoint(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try repository(input, context)
        let format = input["format"]?.string ?? ""
        guard format == "pypi" else {
            throw ServiceError(
                "ValidationException", "The local cloud has packages of format pypi; it was asked for \(format)")
        }
        return [
            "repositoryEndpoint": .string(
                "\(cloud.endpoint)\(PackageIndexRoute.prefix)\(context.account)/\(context.region)/\(repository.domain)/pypi/\(repository.name)/"
            )
        ]
    }

    private static func tags(_ input: AWSValue, over present: [Tag] = []) throws(ServiceError) -> [Tag] {
        let given = [Tag](input["tags"], key: "key", value: "value")
        try TagRules(
            duplicate: "ValidationException", reserved: "ValidationException",
            tooMany: "ServiceQuotaExceededException"
        ).check(given, over: present)
        return given
    }

    /// The ARN of a domain or a repository that is there.
    private func resource(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> String {
        let arn = try input.require("resourceArn")
        let known =
            domains.keys(account: context.account, region: context.region).map { "domain/\($0)" }
            + repositories.keys(account: context.account, region: context.region).map { "repository/\($0)" }
        guard known.contains(where: { Self.arn($0, context) == arn }) else { throw Self.missing("Resource", arn) }
        return arn
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try resource(input, context)
        tags.add(try Self.tags(input, over: tags[arn]), to: arn)
        return [:]
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        tags.remove(input["tagKeys"]?.strings ?? [], from: try resource(input, context))
        return [:]
    }

    func listTags(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let all = tags[try resource(input, context)]
        return ["tags": .list(all.map { ["key": .string($0.key), "value": .string($0.value)] })]
    }
}
