/// Compiles published models into an image.
public struct ImageCompiler {
    /// The release of the published models, such as "botocore 1.43.11".
    public let release: String
    private var sources: [ModelSource] = []

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
    }

    mutating func add(_ source: ModelSource) { sources.append(source) }

    public func compile() throws(ModelFailure) -> [UInt8] {
        var encoders: [ServiceEncoder] = []
        for source in sources.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            encoders.append(try ServiceEncoder(source))
        }
        let pool = StringPool()
        _ = try encode(encoders, pool: pool)
        pool.freeze()
        return layOut(try encode(encoders, pool: pool), pool: pool)
    }

    private struct Parts {
        var blocks: [(name: Int, bytes: [UInt8])] = []
        var release = 0
    }

    private func encode(_ encoders: [ServiceEncoder], pool: StringPool) throws(ModelFailure) -> Parts {
        var parts = Parts()
        parts.release = pool.number(release)
        for encoder in encoders {
            let bytes = try encoder.encode(pool: pool, ruleSet: nil, ruleSetPrefix: "")
            parts.blocks.append((pool.number(encoder.source.name), bytes))
        }
        return parts
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
