import AWSModel

/// The cache: files that a build leaves for the next one, as a zip in S3 or (type LOCAL) on this machine.
///
/// Names in the zip start with `src/` for what was below the source's root, and with `abs/` for the rest.
extension BuildRun {
    private enum Place {
        case object(S3Place)
        case file(String)
    }

    private func place() -> Place? {
        guard let record, let cache = record.cache else { return nil }
        let key = (spec.cache?.key ?? "cache").map {
            $0.isLetter || $0.isNumber || "-_.".contains($0) ? String($0) : "-"
        }.joined()
        switch cache["type"]?.string {
        case "S3":
            let parts = (cache["location"]?.string ?? "").split(separator: "/", maxSplits: 1).map(String.init)
            guard let bucket = parts.first else { return nil }
            let prefix = parts.count > 1 ? parts[1] + "/" : ""
            let namespace = cache["cacheNamespace"]?.string ?? record.project
            return .object(S3Place(bucket: bucket, key: "\(prefix)\(namespace)/\(key).zip"))
        case "LOCAL" where cache["modes"]?.strings?.contains("LOCAL_CUSTOM_CACHE") == true:
            return .file("\(cloud.workDirectory)/build-caches/\(account)-\(region)-\(record.project)-\(key).zip")
        default: return nil
        }
    }

    func restoreCache() async {
        guard spec.cache?.paths.isEmpty == false, let place = place(), let role else { return }
        var file = folder + "/cache-in.zip"
        do {
            switch place {
            case .object(let place):
                try await DeliveryStorage(cloud: cloud, principal: role, region: region).fetch(place, to: file)
            case .file(let path):
                guard (try? BundleFiles.size(path)) != nil else { return log.container("No cache found") }
                file = path
            }
            let (source, root, archive) = (hostSource, hostRoot, file)
            try await Task.detached {
                try BundleReader.unpack(archive, into: source, stripping: "src/")
                try BundleReader.unpack(archive, into: root, stripping: "abs/")
            }.value
            if let id = sandbox?.hostID { SandboxIdentity.give(hostRoot, to: id) }
            log.container("Cache restored")
        } catch {
            // A missing or refused cache makes a build slower, not wrong.
            log.container("Unable to download cache: \(error)")
        }
    }

    func storeCache() async {
        guard let paths = spec.cache?.paths, !paths.isEmpty, let place = place(), let role else { return }
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
                try await DeliveryStorage(cloud: cloud, principal: role, region: region).store(file, at: place)
            case .file(let path):
                try BundleFiles.makeDirectories(FilePath.parent(path))
                try BundleFiles.copy(file, length: try BundleFiles.size(file), to: path)
            }
            log.container("Cache uploaded: \(entries.count) file(s)")
        } catch {
            log.container("Unable to upload cache: \(error)")
        }
    }
}
