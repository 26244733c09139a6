/// Turns one published model into a service's block of an image. What the model gets wrong is an error that names it.
struct ServiceEncoder {
    let source: ModelSource
    /// Sorted; their places are the numbers in the image.
    let shapeNames: [String]
    let shapes: AWSMap
    private let places: [String: Int]
    private let operationNames: [String]
    private let operations: AWSMap

    init(_ source: ModelSource) throws(ModelFailure) {
        self.source = source
        guard source.model["metadata"]?.map != nil else {
            throw ModelFailure("\(source.name): the model has no \"metadata\"; is this a service-2.json?")
        }
        shapes = source.model["shapes"]?.map ?? [:]
        operations = source.model["operations"]?.map ?? [:]
        shapeNames = Self.sorted(shapes.orderedKeys)
        operationNames = Self.sorted(operations.orderedKeys)
        places = Dictionary(uniqueKeysWithValues: shapeNames.enumerated().map { ($1, $0) })
    }

    /// By the names' bytes, as the reader's binary search wants it.
    static func sorted(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The place of the shape that `reference` names. `context` says who refers to it.
    func place(_ reference: AWSValue?, _ context: @autoclosure () -> String) throws(ModelFailure) -> Int {
        guard let name = reference?["shape"]?.string else {
            throw ModelFailure("\(source.name): \(context()) names no shape")
        }
        guard let place = places[name] else {
            throw ModelFailure("\(source.name): \(context()) refers to the shape \(name), which is not in the model")
        }
        return place
    }

    func encode(pool: StringPool, ruleSet: Int?, ruleSetPrefix: String) throws(ModelFailure) -> [UInt8] {
        var block = BlockWriter()
        block.count(ImageFormat.Block.shapeCount, shapeNames.count)
        block.count(ImageFormat.Block.operationCount, operationNames.count)
        let metadata = try encodeMetadata(pool: pool, ruleSet: ruleSet, ruleSetPrefix: ruleSetPrefix)
        block.record(ImageFormat.Block.metadata, metadata)

        var records: [RecordWriter] = []
        for name in shapeNames { records.append(try encodeShape(name, shapes[name] ?? .null, pool: pool)) }
        block.table(ImageFormat.Block.shapes, records)

        records = []
        for name in operationNames { records.append(try encodeOperation(name, operations[name] ?? .null, pool: pool)) }
        block.table(ImageFormat.Block.operations, records)
        let snakeNames = operationNames.map(SnakeCase.name)
        let snakeOrder = snakeNames.indices.sorted {
            snakeNames[$0].utf8.lexicographicallyPrecedes(snakeNames[$1].utf8)
        }
        block.table(ImageFormat.Block.snakeOrder, snakeOrder)

        let paginators = Self.sorted(source.paginators.orderedKeys).filter { operations[$0] != nil }
        block.count(ImageFormat.Block.paginatorCount, paginators.count)
        records = []
        for name in paginators { records.append(encodePaginator(name, source.paginators[name] ?? .null, pool: pool)) }
        block.table(ImageFormat.Block.paginators, records)

        let waiters = Self.sorted(source.waiters.orderedKeys)
        block.count(ImageFormat.Block.waiterCount, waiters.count)
        records = []
        for name in waiters { records.append(try encodeWaiter(name, source.waiters[name] ?? .null, pool: pool)) }
        block.table(ImageFormat.Block.waiters, records)
        return block.bytes
    }

    private func encodeMetadata(
        pool: StringPool, ruleSet: Int?, ruleSetPrefix: String
    ) throws(ModelFailure) -> RecordWriter {
        let metadata = source.model["metadata"] ?? .null
        func text(_ key: String) -> String? { metadata[key]?.string }
        var names = metadata["protocols"]?.strings ?? []
        if names.isEmpty { names = [text("protocol") ?? ""] }
        let protocols = names.compactMap { WireProtocol(published: $0, jsonVersion: text("jsonVersion")) }
        guard !protocols.isEmpty else {
            throw ModelFailure(
                "\(source.name): none of the model's protocols is known: \(names.joined(separator: ", "))")
        }
        let endpointPrefix = text("endpointPrefix") ?? source.name
        var flags: ServiceFlags = []
        if metadata["awsQueryCompatible"] != nil { flags.insert(.queryCompatible) }
        if source.model["deprecated"]?.bool == true { flags.insert(.deprecated) }

        var record = RecordWriter(pool: pool)
        record.string(text("serviceId") ?? source.name)
        record.string(text("serviceFullName") ?? text("serviceId") ?? source.name)
        record.string(text("serviceAbbreviation"))
        record.string(endpointPrefix)
        record.string(text("signingName") ?? endpointPrefix)
        record.string(text("apiVersion") ?? "")
        record.string(text("targetPrefix"))
        record.string(text("uid"))
        record.string(text("xmlNamespace") ?? metadata["xmlNamespace"]?["uri"]?.string)
        record.string(text("signatureVersion") ?? "v4")
        record.string(text("checksumFormat"))
        record.string(text("globalEndpoint"))
        record.varint(Int(flags.rawValue))
        record.varint(protocols.count)
        for wire in protocols { record.varint(wire.code) }
        record.strings(metadata["auth"]?.strings ?? [])
        let parameters = source.model["clientContextParams"]?.map ?? [:]
        record.varint(parameters.count)
        for (name, parameter) in parameters {
            record.string(name)
            record.string(parameter["type"]?.string)
        }
        record.varint(ruleSet.map { $0 + 1 } ?? 0)
        record.string(ruleSetPrefix)
        return record
    }
}

/// A service's block while it is written: the header's fields, then tables and records as they come.
struct BlockWriter {
    private(set) var bytes = [UInt8](repeating: 0, count: ImageFormat.Block.headerSize)

    mutating func count(_ field: Int, _ value: Int) { bytes.store(value, at: field) }

    mutating func record(_ field: Int, _ record: RecordWriter) {
        bytes.store(bytes.count, at: field)
        bytes += record.bytes
    }

    mutating func table(_ field: Int, _ values: [Int]) {
        bytes.store(bytes.count, at: field)
        for value in values { bytes.append(u32: value) }
    }

    /// The records, and before them the table of where each one is.
    mutating func table(_ field: Int, _ records: [RecordWriter]) {
        var at = bytes.count + 4 * records.count
        var offsets: [Int] = []
        for record in records {
            offsets.append(at)
            at += record.bytes.count
        }
        table(field, offsets)
        for record in records { bytes += record.bytes }
    }
}

extension [UInt8] {
    mutating func append(u32 value: Int) {
        Swift.withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) { append(contentsOf: $0) }
    }

    mutating func store(_ value: Int, at offset: Int) {
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
}
