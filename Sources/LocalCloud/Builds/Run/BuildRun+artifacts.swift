import AWSModel
import AWSSigning

/// UPLOAD_ARTIFACTS: the files that the buildspec names, as zips or one by one.
extension BuildRun {
    /// Names of artifacts may be shell words; they are worked out while the shell is still there.
    func nameArtifacts() async {
        if let name = spec.artifacts?.name, name.contains("$"), let value = await shell?.expand(name) {
            spec.artifacts?.name = value
        }
        for at in spec.secondaryArtifacts.indices {
            if let name = spec.secondaryArtifacts[at].artifacts.name, name.contains("$"),
                let value = await shell?.expand(name)
            {
                spec.secondaryArtifacts[at].artifacts.name = value
            }
        }
    }

    func uploadArtifacts(isSucceeding: Bool) async throws {
        guard let record else { return }
        if let job = record.pipeline {
            guard isSucceeding else { return }
            for (index, output) in job.outputs.enumerated() {
                let secondary = spec.secondaryArtifacts.first { $0.identifier == output.artifact ?? output.name }?
                    .artifacts
                guard let artifacts = secondary ?? (index == 0 && output.artifact == nil ? spec.artifacts : nil) else {
                    throw Failure(
                        "CLIENT_ERROR",
                        "no definition for \(index == 0 ? "primary artifact" : "artifact \(output.name)") in the buildspec, which the pipeline expects"
                    )
                }
                let result = try await zip(artifacts, to: output.place, identifier: nil)
                if index == 0 { update { $0.result = result } }
            }
            return
        }
        if record.artifacts["type"]?.string == "S3" {
            guard let artifacts = spec.artifacts else {
                throw Failure(
                    "CLIENT_ERROR", "no definition for primary artifact in the buildspec, which the project expects")
            }
            let result = try await store(artifacts, record.artifacts)
            update { $0.result = result }
        }
        var results: [BuildRecord.ArtifactResult] = []
        for target in record.secondaryArtifacts {
            let identifier = target["artifactIdentifier"]?.string ?? ""
            guard let found = spec.secondaryArtifacts.first(where: { $0.identifier == identifier }) else {
                throw Failure(
                    "CLIENT_ERROR",
                    "no definition for artifact \(identifier) in the buildspec, which the project expects")
            }
            results.append(try await store(found.artifacts, target))
        }
        let done = results
        update { $0.secondaryResults = done }
    }

    private func store(_ artifacts: BuildSpec.Artifacts, _ target: AWSValue) async throws -> BuildRecord.ArtifactResult
    {
        guard let record, let role else { throw Failure("INTERNAL_SERVICE_ERROR", "the build is gone", status: .fault) }
        let bucket = (target["location"]?.string ?? "").split(separator: ":").last.map(String.init) ?? ""
        var name = target["name"]?.string ?? record.project
        if target["overrideArtifactName"]?.bool == true, let given = artifacts.name { name = given }
        var parts = (target["path"]?.string ?? "").split(separator: "/").map(String.init)
        if target["namespaceType"]?.string == "BUILD_ID" {
            // What the buildspec says goes in the place of the project's path.
            if let prefix = artifacts.s3Prefix { parts = prefix.split(separator: "/").map(String.init) }
            parts.append(id.split(separator: ":").last.map(String.init) ?? id)
        }
        parts += name.split(separator: "/").map(String.init)
        let key = parts.joined(separator: "/")
        let identifier = target["artifactIdentifier"]?.string
        if target["packaging"]?.string == "ZIP" {
            return try await zip(artifacts, to: S3Place(bucket: bucket, key: key), identifier: identifier)
        }
        let storage = DeliveryStorage(cloud: cloud, principal: role, region: region)
        for entry in try collect(artifacts) {
            guard let file = SafePath.resolved(entry.path, below: [hostSources, hostRoot]) else {
                throw Failure("CLIENT_ERROR", "the artifact \(entry.name) is a link that leads out of the build")
            }
            let place = S3Place(bucket: bucket, key: key.isEmpty ? entry.name : key + "/" + entry.name)
            try await upload { try await storage.store(file, at: place, encryptionKey: self.key(of: record)) }
        }
        return .init(location: "arn:aws:s3:::\(bucket)/\(key)", identifier: identifier)
    }

    private func zip(
        _ artifacts: BuildSpec.Artifacts, to place: S3Place, identifier: String?
    ) async throws -> BuildRecord.ArtifactResult {
        guard let record, let role else { throw Failure("INTERNAL_SERVICE_ERROR", "the build is gone", status: .fault) }
        let entries = try collect(artifacts)
        let file = "\(folder)/artifact-\(Identifier.hex(8)).zip"
        let hashes = try await Task.detached {
            try BundleWriter.zip(entries, to: file)
            let bytes = BundleFiles.read(file) ?? []
            return (Digest.sha256Hex(bytes), Hex.encode(Digest.hash(bytes, .md5)))
        }.value
        let storage = DeliveryStorage(cloud: cloud, principal: role, region: region)
        try await upload {
            try await storage.store(
                file, at: place, encryptionKey: self.key(of: record), contentType: "application/zip",
                extra: [
                    "Metadata": [
                        "codebuild-buildarn": .string(
                            "arn:aws:codebuild:\(self.region):\(self.account):build/\(self.id)")
                    ]
                ])
        }
        return .init(
            location: "arn:aws:s3:::\(place.bucket)/\(place.key)", sha256: hashes.0, md5: hashes.1,
            identifier: identifier)
    }

    private func upload(_ work: @CloudActor () async throws -> DeliveryStorage.Fetched) async throws {
        do {
            _ = try await work()
        } catch let error as ServiceError {
            throw Failure("CLIENT_ERROR", "Error in UPLOAD_ARTIFACTS phase: [\(error.code): \(error.message)]")
        }
    }

    /// The key that the user chose; the account's own key for S3 needs no mention.
    private func key(of record: BuildRecord) -> String? {
        record.encryptionKey.hasSuffix(":alias/aws/s3") ? nil : record.encryptionKey
    }

    /// The files that an artifacts section names, under the names they take in the artifact.
    private func collect(_ artifacts: BuildSpec.Artifacts) throws -> [BundleWriter.Entry] {
        log.container("Expanding base directory path: \(artifacts.baseDirectory ?? ".")")
        var bases: [(name: String, host: String)] = []
        let base = artifacts.baseDirectory ?? "."
        if base.contains("*") {
            let pattern = PathPattern(base)
            if let root = inside(base.hasPrefix("/") ? "/" : ".") {
                BundleFiles.visit(root, "") { name, isDirectory in
                    if isDirectory, pattern.matches(name) { bases.append((name, root + "/" + name)) }
                }
            }
        } else if let path = inside(base) {
            bases.append((base, path))
        }
        guard !bases.isEmpty else {
            throw Failure("CLIENT_ERROR", "no matching base directory path found for \(base)")
        }
        let excluded = artifacts.excludePaths.map(PathPattern.init)
        var entries: [BundleWriter.Entry] = []
        for base in bases {
            let files = BundleFiles.files(below: base.host).filter { name in !excluded.contains { $0.matches(name) } }
            for wanted in artifacts.files {
                log.container("Expanding file paths for base directory \(base.name)")
                log.container("Assembling file list")
                log.container("Expanding \(wanted)")
                entries += matches(wanted, files, base.host)
            }
        }
        if artifacts.discardPaths {
            entries = entries.map {
                .init(name: $0.name.split(separator: "/").last.map(String.init) ?? $0.name, path: $0.path)
            }
        }
        var seen: Set<String> = []
        entries = entries.filter { seen.insert($0.name).inserted }
        guard !entries.isEmpty else { throw Failure("CLIENT_ERROR", "no matching artifact paths found") }
        log.container("Found \(entries.count) file(s)")
        return entries
    }

    private func matches(_ wanted: String, _ files: [String], _ base: String) -> [BundleWriter.Entry] {
        if wanted.hasPrefix("/") {
            guard let path = inside(wanted) else { return [] }
            return [.init(name: wanted.split(separator: "/").last.map(String.init) ?? wanted, path: path)]
        }
        let pattern = PathPattern(wanted)
        let exact = files.filter { pattern.matches($0) }
        if !exact.isEmpty { return exact.map { .init(name: $0, path: base + "/" + $0) } }
        // A folder's name stands for nothing on AWS; only patterns reach into folders.
        return []
    }

    /// The host's path of a file or folder that the build sees, when it is the build's own. The build can put links
    /// everywhere but in the place of its two roots, the source's folder (in ``hostSources``) included.
    func inside(_ path: String) -> String? {
        guard path.hasPrefix("/") else { return SafePath.existing("src/" + path, below: hostSources) }
        let sources = "/codebuild/output/src\(sourceNumber)"
        if path == sources || path.hasPrefix(sources + "/") {
            return SafePath.existing(String(path.dropFirst(sources.count)), below: hostSources)
        }
        return SafePath.existing(path, below: hostRoot)
    }
}
