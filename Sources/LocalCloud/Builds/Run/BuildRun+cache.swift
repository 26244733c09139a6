import AWSModel
import FoundationEssentials

/// The cache: files that a build leaves for the next one, as a zip in S3 or (type LOCAL) on this machine.
///
/// Names in the zip start with `src/` for what was below the source's root, and with `abs/` for the rest.
extension BuildRun {
    private enum Place {
        case object(S3Place)
        case file(String)
    }

    /// Where a cache of a key is; one of no key is the project's.
    private func place(_ key: String) -> Place? {
        guard let record, let cache = record.cache else { return nil }
        let name = key.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? String($0) : "-" }.joined()
        switch cache["type"]?.string {
        case "S3":
            let parts = (cache["location"]?.string ?? "").split(separator: "/", maxSplits: 1).map(String.init)
            guard let bucket = parts.first else { return nil }
            let prefix = parts.count > 1 ? parts[1] + "/" : ""
            let namespace = cache["cacheNamespace"]?.string ?? record.project
            return .object(S3Place(bucket: bucket, key: "\(prefix)\(namespace)/\(name)"))
        case "LOCAL" where cache["modes"]?.strings?.contains("LOCAL_CUSTOM_CACHE") == true:
            return .file("\(cloud.workDirectory)/build-caches/\(account)-\(region)-\(record.project)-\(name)")
        default: return nil
        }
    }

    /// The cache of a key, or the newest of those whose keys begin so.
    private func found(_ key: String, isBeginning: Bool, _ storage: DeliveryStorage) async throws -> Place? {
        switch place(key) {
        case .object(let place) where !isBeginning:
            let named = S3Place(bucket: place.bucket, key: place.key + ".zip")
            do {
                try await storage.check(named)
                return .object(named)
            } catch let error as ServiceError where error.status == 404 { return nil }
        case .object(let place):
            let answer = try await cloud.call(
                "s3", "ListObjectsV2", ["Bucket": .string(place.bucket), "Prefix": .string(place.key)],
                as: storage.principal, region: region)
            let newest = (answer["Contents"]?.list ?? []).max {
                ($0["LastModified"]?.double ?? 0) < ($1["LastModified"]?.double ?? 0)
            }
            return newest?["Key"]?.string.map { .object(S3Place(bucket: place.bucket, key: $0)) }
        case .file(let path):
            let folder = FilePath.parent(path)
            let name = String(path.dropFirst(folder.count + 1))
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
                isBeginning ? $0.hasPrefix(name) : $0 == name + ".zip"
            }
            func changed(_ name: String) -> Date {
                let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                return attributes?[.modificationDate] as? Date ?? .distantPast
            }
            return names.max { changed($0) < changed($1) }.map { .file("\(folder)/\($0)") }
        case nil: return nil
        }
    }

    /// Keys are worked out before the build changes the files that they may depend on.
    private func expandKeys() async {
        guard let shell, let cache = spec.cache else { return }
        if let key = cache.key { spec.cache?.key = await shell.expand(key) ?? key }
        for (at, key) in cache.fallbackKeys.enumerated() {
            spec.cache?.fallbackKeys[at] = await shell.expand(key) ?? key
        }
    }

    func restoreCache() async {
        guard let cache = spec.cache, !cache.paths.isEmpty, place("") != nil, let role else { return }
        await expandKeys()
        if cache.action == .save { return }
        let storage = DeliveryStorage(cloud: cloud, principal: role, region: region)
        do {
            var place = try await found(spec.cache?.key ?? "cache", isBeginning: false, storage)
            for key in spec.cache?.fallbackKeys ?? [] where place == nil {
                place = try await found(key, isBeginning: true, storage)
            }
            var archive = folder + "/cache-in.zip"
            switch place {
            case .object(let object): try await storage.fetch(object, to: archive)
            case .file(let path): archive = path
            case nil: return log.container("No cache found")
            }
            let (source, root, file) = (hostSource, hostRoot, archive)
            try await Task.detached {
                try BundleReader.unpack(file, into: source, stripping: "src/")
                try BundleReader.unpack(file, into: root, stripping: "abs/")
            }.value
            if let id = sandbox?.hostID { SandboxIdentity.give(hostRoot, to: id) }
            log.container("Cache restored")
        } catch {
            // A missing or refused cache makes a build slower, not wrong.
            log.container("Unable to download cache: \(error)")
        }
    }

    func storeCache() async {
        guard let cache = spec.cache, !cache.paths.isEmpty, cache.action != .restore,
            let place = place(cache.key ?? "cache"), let role
        else {
            return
        }
        let paths = cache.paths
        let storage = DeliveryStorage(cloud: cloud, principal: role, region: region)
        if let key = cache.key, (try? await found(key, isBeginning: false, storage)) != nil {
            return log.container("There is a cache of the key \(key) already, which stays as it is")
        }
        var entries: [BundleWriter.Entry] = []
        for path in paths {
            let isAbsolute = path.hasPrefix("/")
            let pattern = PathPattern(isAbsolute ? String(path.dropFirst()) : path)
            // Only the part of the tree below the pattern's fixed head is searched.
            let head = path.split(separator: "/").prefix { !$0.contains("*") && !$0.contains("?") }.dropLast(
                path.contains("*") ? 0 : 1)
            let start = head.joined(separator: "/")
            guard let base = inside(isAbsolute ? "/" + start : start) else { continue }
            for name in BundleFiles.files(below: base) {
                let full = start.isEmpty ? name : start + "/" + name
                guard pattern.matches(full) else { continue }
                entries.append(.init(name: (isAbsolute ? "abs/" : "src/") + full, path: base + "/" + name))
            }
        }
        guard !entries.isEmpty else { return }
        let file = folder + "/cache-out.zip"
        do {
            let chosen = entries
            try await Task.detached { try BundleWriter.zip(chosen, to: file) }.value
            switch place {
            case .object(let place):
                try await storage.store(file, at: S3Place(bucket: place.bucket, key: place.key + ".zip"))
            case .file(let path):
                try BundleFiles.makeDirectories(FilePath.parent(path))
                try BundleFiles.copy(file, length: try BundleFiles.size(file), to: path + ".zip")
            }
            log.container("Cache uploaded: \(entries.count) file(s)")
        } catch {
            log.container("Unable to upload cache: \(error)")
        }
    }
}
