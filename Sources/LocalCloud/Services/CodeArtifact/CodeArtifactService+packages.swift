import AWSModel
import AWSSigning

/// Packages and their versions.
extension CodeArtifactService {
    /// The files go when it is committed that nothing names them: before, a kill would bring back a version without them.
    func remove(_ removed: [PackageVersion], _ context: CallContext) async throws {
        for version in removed { versions[context.account, context.region, version.key] = nil }
        try await cloud.store.committed()
        for asset in removed.flatMap(\.assets) { BundleFiles.remove(directory + "/" + asset.file) }
    }

    private func own(_ repository: Repository, _ context: CallContext) -> [PackageVersion] {
        versions.all(account: context.account, region: context.region).filter {
            $0.domain == repository.domain && $0.repository == repository.name
        }
    }

    func listPackages(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try repository(input, context)
        let prefix = input["packagePrefix"]?.string ?? ""
        let names = Set(own(repository, context).map(\.package)).filter { $0.hasPrefix(prefix) }.sorted()
        let page = try Page.of(
            names, token: input["nextToken"]?.string, limit: input["maxResults"]?.int ?? 1000,
            invalidToken: "ValidationException")
        return .structure([
            "packages": .list(
                page.elements.map {
                    [
                        "format": "pypi", "package": .string($0),
                        "originConfiguration": ["restrictions": ["publish": "ALLOW", "upstream": "BLOCK"]],
                    ]
                }), "nextToken": page.next.map(AWSValue.string),
        ])
    }

    private func package(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> (
        Repository, String, [PackageVersion]
    ) {
        let repository = try repository(input, context)
        let name = Self.normalized(try input.require("package"))
        let found = own(repository, context).filter { $0.package == name }
        guard !found.isEmpty else { throw Self.missing("Package", name) }
        return (repository, name, found)
    }

    func listPackageVersions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (_, name, found) = try package(input, context)
        let sorted = found.sorted { $0.published > $1.published }
        let page = try Page.of(
            sorted, token: input["nextToken"]?.string, limit: input["maxResults"]?.int ?? 1000,
            invalidToken: "ValidationException")
        return .structure([
            "defaultDisplayVersion": sorted.first.map { .string($0.version) }, "format": "pypi",
            "package": .string(name),
            "versions": .list(
                page.elements.map {
                    [
                        "version": .string($0.version), "revision": .string($0.revision), "status": "Published",
                        "origin": ["originType": "INTERNAL"],
                    ]
                }), "nextToken": page.next.map(AWSValue.string),
        ])
    }

    private func version(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> PackageVersion {
        let (_, name, found) = try package(input, context)
        let wanted = try input.require("packageVersion")
        guard let version = found.first(where: { $0.version == wanted }) else {
            throw Self.missing("PackageVersion", "\(name) \(wanted)")
        }
        return version
    }

    func describePackageVersion(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let version = try version(input, context)
        return [
            "packageVersion": .structure([
                "format": "pypi", "packageName": .string(version.package), "displayName": .string(version.package),
                "version": .string(version.version), "summary": version.summary.map(AWSValue.string),
                "publishedTime": .timestamp(version.published), "revision": .string(version.revision),
                "status": "Published",
                "origin": ["originType": "INTERNAL"],
            ])
        ]
    }

    func listPackageVersionAssets(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let version = try version(input, context)
        return [
            "format": "pypi", "package": .string(version.package), "version": .string(version.version),
            "versionRevision": .string(version.revision),
            "assets": .list(
                version.assets.map {
                    [
                        "name": .string($0.name), "size": .integer($0.size),
                        "hashes": ["SHA-256": .string($0.sha256), "MD5": .string($0.md5)],
                    ]
                }),
        ]
    }

    func deletePackageVersions(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (_, _, found) = try package(input, context)
        var done: AWSMap = [:]
        var failed: AWSMap = [:]
        var removed: [PackageVersion] = []
        for wanted in input["versions"]?.strings ?? [] {
            if let version = found.first(where: { $0.version == wanted }) {
                removed.append(version)
                done[wanted] = ["revision": .string(version.revision), "status": "Deleted"]
            } else {
                failed[wanted] = ["errorCode": "NOT_FOUND", "errorMessage": "The version does not exist"]
            }
        }
        try await remove(removed, context)
        return ["successfulVersions": .map(done), "failedVersions": .map(failed)]
    }

    func deletePackage(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (_, name, found) = try package(input, context)
        try await remove(found, context)
        return ["deletedPackage": ["format": "pypi", "package": .string(name)]]
    }

    /// Adds a file to a version, making the version when it is new.
    ///
    /// - Throws: ``ServiceError`` `ConflictException` when a file of that name is there with other content.
    func publish(
        _ upload: PackageUpload, to repository: Repository, account: String, region: String
    ) async throws {
        let package = Self.normalized(upload.name)
        let key = "\(repository.domain)/\(repository.name)/\(package)/\(upload.version)"
        let sha256 = Digest.sha256Hex(upload.content)
        if let wanted = upload.sha256, wanted.lowercased() != sha256 {
            throw ServiceError("ValidationException", "The uploaded file's SHA-256 is \(sha256), not \(wanted)")
        }
        func checkIsNew() throws {
            guard versions[account, region, key]?.assets.contains(where: { $0.name == upload.fileName }) == true else {
                return
            }
            throw Self.conflict(
                "PackageVersion", package,
                "The file \(upload.fileName) already exists in version \(upload.version) of \(package)")
        }
        try checkIsNew()
        let file = "\(Identifier.hex(32))"
        let path = directory + "/" + file
        let folder = directory
        let content = upload.content
        try await Task.detached {
            try BundleFiles.makeDirectories(folder)
            try BundleFiles.write(content, to: path)
        }.value
        // Other files of the version may have come while this one was written.
        do { try checkIsNew() } catch {
            BundleFiles.remove(path)
            throw error
        }
        var version =
            versions[account, region, key]
            ?? PackageVersion(
                domain: repository.domain, repository: repository.name, package: package, version: upload.version,
                revision: Identifier.alphanumeric(44), published: cloud.clock.now, summary: upload.summary,
                requiresPython: upload.requiresPython)
        version.assets.append(
            Asset(
                name: upload.fileName, size: Int64(content.count), sha256: sha256,
                md5: Hex.encode(Digest.hash(content, .md5)),
                file: file))
        versions[account, region, key] = version
    }
}
