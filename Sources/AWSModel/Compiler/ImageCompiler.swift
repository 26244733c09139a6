/// Compiles published models into an image.
public struct ImageCompiler {
    /// The release of the published models, such as "botocore 1.43.11".
    public let release: String
    private var sources: [ModelSource] = []
    private var partitions: [AWSValue] = []

    public init(release: String) { self.release = release }

    /// The newest version of every service in a folder laid out as botocore's `data`.
    public mutating func addServices(inDataFolder folder: String) throws(ModelFailure) {
        var found = 0
        for name in Files.list(folder) {
            guard let version = ModelFolder.versions(of: name, in: folder).last else { continue }
            sources.append(try ModelSource(name: name, folder: "\(folder)/\(name)/\(version)"))
            found += 1
        }
        guard found > 0 else { throw ModelFailure("\(folder) holds no SERVICE/VERSION/service-2.json") }
        let path = "\(folder)/partitions.json"
        guard let text = try Files.read(path) else { throw ModelFailure("\(path) does not exist") }
        partitions = try ModelJSON.parse(text, file: path)["partitions"]?.list ?? []
    }

    mutating func add(_ source: ModelSource) { sources.append(source) }

    public func compile() throws(ModelFailure) -> [UInt8] {
        let pool = StringPool()
        let services = try prepare()
        _ = try encode(services, pool: pool)
        pool.freeze()
        return layOut(try encode(services, pool: pool), pool: pool)
    }

    private struct Services {
        var encoders: [(encoder: ServiceEncoder, ruleSet: (place: Int, prefix: String)?)] = []
        var ruleSets = RuleSetTable()
    }

    private func prepare() throws(ModelFailure) -> Services {
        var services = Services()
        for source in sources.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            let ruleSet = source.endpointRules.map { services.ruleSets.add($0, of: source.name) }
            services.encoders.append((try ServiceEncoder(source), ruleSet))
        }
        return services
    }

    private struct Parts {
        var blocks: [(name: Int, bytes: [UInt8])] = []
        var ruleSets: [[UInt8]] = []
        var partitions: [UInt8] = []
        var release = 0
    }

    private func encode(_ services: Services, pool: StringPool) throws(ModelFailure) -> Parts {
        var parts = Parts()
        parts.release = pool.number(release)
        for (encoder, ruleSet) in services.encoders {
            let bytes = try encoder.encode(pool: pool, ruleSet: ruleSet?.place, ruleSetPrefix: ruleSet?.prefix ?? "")
            parts.blocks.append((pool.number(encoder.source.name), bytes))
        }
        for (service, ruleSet) in services.ruleSets.ruleSets {
            var encoder = RuleSetEncoder(service: service, ruleSet: ruleSet)
            parts.ruleSets.append(try encoder.encode(pool: pool))
        }
        if !partitions.isEmpty { parts.partitions = try encodePartitions(pool: pool) }
        return parts
    }

    private func encodePartitions(pool: StringPool) throws(ModelFailure) -> [UInt8] {
        var record = RecordWriter(pool: pool)
        record.varint(partitions.count)
        for partition in partitions {
            let pattern = partition["regionRegex"]?.string ?? ""
            guard RegionPattern(pattern) != nil else {
                throw ModelFailure("partitions.json: the pattern \(pattern) uses what RegionPattern does not know")
            }
            record.string(partition["id"]?.string)
            record.string(pattern)
            record.value(partition["outputs"] ?? [:])
            let regions = partition["regions"]?.map ?? [:]
            record.varint(regions.count)
            for (name, region) in regions {
                record.string(name)
                record.string(region["description"]?.string)
            }
        }
        return record.bytes
    }

    private func layOut(_ parts: Parts, pool: StringPool) -> [UInt8] {
        var image = [UInt8](repeating: 0, count: ImageFormat.headerSize)
        image.store(Int(ImageFormat.magic), at: ImageFormat.Field.magic)
        image.store(Int(ImageFormat.version), at: ImageFormat.Field.version)
        image.store(parts.release, at: ImageFormat.Field.release)

        image.store(pool.strings.count, at: ImageFormat.Field.stringCount)
        image.store(image.count, at: ImageFormat.Field.stringOffsets)
        var offset = 0
        for string in pool.strings {
            image.append(u32: offset)
            offset += string.utf8.count
        }
        image.append(u32: offset)
        image.store(image.count, at: ImageFormat.Field.stringBytes)
        for string in pool.strings { image += string.utf8 }

        image.store(parts.blocks.count, at: ImageFormat.Field.serviceCount)
        image.store(image.count, at: ImageFormat.Field.services)
        var at = image.count + ImageFormat.serviceEntrySize * parts.blocks.count
        for block in parts.blocks {
            image.append(u32: block.name)
            image.append(u32: at)
            image.append(u32: block.bytes.count)
            at += block.bytes.count
        }
        for block in parts.blocks { image += block.bytes }

        image.store(parts.ruleSets.count, at: ImageFormat.Field.ruleSetCount)
        image.store(image.count, at: ImageFormat.Field.ruleSets)
        at = image.count + 4 * parts.ruleSets.count
        for ruleSet in parts.ruleSets {
            image.append(u32: at)
            at += ruleSet.count
        }
        for ruleSet in parts.ruleSets { image += ruleSet }
        if !parts.partitions.isEmpty {
            image.store(image.count, at: ImageFormat.Field.partitions)
            image += parts.partitions
        }
        image.store(image.count, at: ImageFormat.Field.length)
        let checksum = image.withUnsafeBytes {
            Image.checksum(UnsafeRawBufferPointer(rebasing: $0[ImageFormat.headerSize...]))
        }
        image.store(Int(checksum), at: ImageFormat.Field.checksum)
        return image
    }
}

/// A folder laid out as botocore's `data`: SERVICE/VERSION/service-2.json.
enum ModelFolder {
    /// Versions of a service that have a model, oldest first.
    static func versions(of service: String, in folder: String) -> [String] {
        Files.list("\(folder)/\(service)").filter { version in
            ["json", "json.gz"].contains { Files.exists("\(folder)/\(service)/\(version)/service-2.\($0)") }
        }
    }
}
