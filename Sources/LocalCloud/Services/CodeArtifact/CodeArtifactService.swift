import AWSModel

/// CodeArtifact: domains, repositories and Python packages, with the index that pip reads and twine publishes to.
@CloudActor
public final class CodeArtifactService: CloudService {
    public static let model = "codeartifact"

    struct Domain: Codable, Sendable {
        var name: String
        var created: Double
        var encryptionKey: String
    }

    struct Repository: Codable, Sendable {
        var name: String
        var domain: String
        var description: String?
        var upstreams: [String] = []
        var externalConnections: [String] = []
        var created: Double
    }

    struct Asset: Codable, Sendable {
        var name: String
        var size: Int64
        var sha256: String
        var md5: String
        /// The file's name below the service's folder.
        var file: String
    }

    struct PackageVersion: Codable, Sendable {
        var domain: String
        var repository: String
        /// Normalised as PEP 503 says.
        var package: String
        var version: String
        var revision: String
        var published: Double
        var summary: String?
        var requiresPython: String?
        var assets: [Asset] = []
        var key: String { "\(domain)/\(repository)/\(package)/\(version)" }
    }

    struct Token: Codable, Sendable {
        var principal: Principal
        var domain: String
        var region: String
        var expires: Double
    }

    let cloud: Cloud
    let domains: Table<Domain>
    /// By "DOMAIN/REPOSITORY".
    let repositories: Table<Repository>
    let versions: Table<PackageVersion>
    let tokens: Table<Token>
    let tags: ResourceTags

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        domains = try cloud.store.table("codeartifact.domains", of: Domain.self)
        repositories = try cloud.store.table("codeartifact.repositories", of: Repository.self)
        versions = try cloud.store.table("codeartifact.versions", of: PackageVersion.self)
        tokens = try cloud.store.table("codeartifact.tokens", of: Token.self)
        tags = try ResourceTags(cloud.store, "codeartifact.tags")
        cloud.add(PackageIndexRoute(cloud: cloud))
    }

    public var operations: [String: OperationHandler] {
        [
            "CreateDomain": createDomain, "DescribeDomain": describeDomain, "DeleteDomain": deleteDomain,
            "ListDomains": listDomains,
            "CreateRepository": createRepository, "DescribeRepository": describeRepository,
            "UpdateRepository": updateRepository, "DeleteRepository": deleteRepository,
            "ListRepositories": listRepositories, "ListRepositoriesInDomain": listRepositoriesInDomain,
            "AssociateExternalConnection": associateExternalConnection,
            "DisassociateExternalConnection": disassociateExternalConnection,
            "GetAuthorizationToken": getAuthorizationToken, "GetRepositoryEndpoint": getRepositoryEndpoint,
            "ListPackages": listPackages, "ListPackageVersions": listPackageVersions,
            "DescribePackageVersion": describePackageVersion, "ListPackageVersionAssets": listPackageVersionAssets,
            "DeletePackageVersions": deletePackageVersions, "DeletePackage": deletePackage,
            "TagResource": tagResource, "UntagResource": untagResource, "ListTagsForResource": listTags,
        ]
    }

    /// Files of a version that was not acknowledged before a kill, or was deleted just then, are nobody's.
    public func start() async {
        let used = versions.everything().flatMap { $0.record.assets.map(\.file) }
        BundleFiles.removeAll(in: directory, except: Set(used))
    }

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let action = "codeartifact:\(operation)"
        let prefix = "arn:aws:codeartifact:\(context.region):\(context.account):"
        guard let domain = input["domain"]?.string else {
            return [Permission(action: action, resource: input["resourceArn"]?.string ?? "*")]
        }
        var resource = "\(prefix)domain/\(domain)"
        if let repository = input["repository"]?.string { resource = "\(prefix)repository/\(domain)/\(repository)" }
        if let repository = input["repository"]?.string, let package = input["package"]?.string {
            resource = "\(prefix)package/\(domain)/\(repository)/\(input["format"]?.string ?? "pypi")//\(package)"
        }
        var all = [Permission(action: action, resource: resource)]
        if operation == "GetAuthorizationToken" {
            all.append(
                Permission(
                    action: "sts:GetServiceBearerToken", resource: "*",
                    context: ["sts:AWSServiceName": ["codeartifact.amazonaws.com"]]))
        }
        return all
    }

    // MARK: - Shared

    var directory: String { (cloud.configuration.dataDirectory ?? cloud.workDirectory) + "/codeartifact" }

    static func missing(_ kind: String, _ name: String) -> ServiceError {
        ServiceError(
            "ResourceNotFoundException", "\(kind) not found. \(kind) '\(name)' does not exist.",
            fields: ["resourceId": .string(name), "resourceType": .string(kind.lowercased())])
    }

    static func conflict(_ kind: String, _ name: String, _ message: String) -> ServiceError {
        ServiceError(
            "ConflictException", message,
            fields: ["resourceId": .string(name), "resourceType": .string(kind.lowercased())])
    }

    func domain(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Domain {
        let name = try input.require("domain")
        guard let domain = domains[context.account, context.region, name] else { throw Self.missing("Domain", name) }
        return domain
    }

    func repository(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Repository {
        let domain = try domain(input, context)
        let name = try input.require("repository")
        guard let repository = repositories[context.account, context.region, "\(domain.name)/\(name)"] else {
            throw Self.missing("Repository", name)
        }
        return repository
    }

    /// PEP 503: runs of `-`, `_` and `.` are one `-`, in lower case.
    nonisolated static func normalized(_ name: String) -> String {
        name.lowercased().split { "-_.".contains($0) }.joined(separator: "-")
    }

    /// The versions of a package in a repository and in its upstreams, the repository's own first.
    func versions(of package: String, in repository: Repository, account: String, region: String) -> [PackageVersion] {
        var found: [PackageVersion] = []
        var seen: Set<String> = []
        var open = [repository]
        while !open.isEmpty {
            let next = open.removeFirst()
            guard seen.insert(next.name).inserted else { continue }
            for version in versions.all(account: account, region: region)
            where version.domain == next.domain && version.repository == next.name && version.package == package {
                if !found.contains(where: { $0.version == version.version }) { found.append(version) }
            }
            open += next.upstreams.compactMap { repositories[account, region, "\(next.domain)/\($0)"] }
        }
        return found
    }
}
