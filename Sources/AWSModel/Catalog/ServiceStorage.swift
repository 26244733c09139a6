/// An opened service: its place in the image, and what has been decoded of it so far.
///
/// Handles (``Shape``, ``Member``, ``Operation``) hold this object and point into its tables without counting
/// references there; decoded objects never refer back, so a service that nothing holds goes away.
final class ServiceStorage: Sendable {
    let name: String
    let isS3: Bool
    let image: Image
    let metadata: ServiceMetadata
    let operationCount: Int
    let shapeCount: Int
    let paginatorCount: Int
    let waiterCount: Int
    private let start: Int
    private let shapes: LazyTable<ShapeNode>
    private let operations: LazyTable<OperationNode>
    private let endpointRulesTable = LazyTable<EndpointRulesBox>(count: 1)

    /// The model that gives the paginators, waiters and endpoint rules that this one came without: a user's file of a
    /// service that the binary knows may hold the operations alone.
    private let inherited: ServiceStorage?

    /// Throws when the block's tables do not lie within the image.
    init(image: Image, entry: Image.ServiceEntry, inheriting inherited: ServiceStorage? = nil) throws(ModelFailure) {
        self.inherited = inherited
        name = image.string(entry.name)
        isS3 = name == "s3"
        self.image = image
        let start = entry.offset
        self.start = start
        func field(_ at: Int) -> Int { Int(image.u32(start + at)) }
        shapeCount = field(ImageFormat.Block.shapeCount)
        operationCount = field(ImageFormat.Block.operationCount)
        paginatorCount = field(ImageFormat.Block.paginatorCount)
        waiterCount = field(ImageFormat.Block.waiterCount)
        let tables = [
            (field(ImageFormat.Block.shapes), shapeCount), (field(ImageFormat.Block.operations), operationCount),
            (field(ImageFormat.Block.snakeOrder), operationCount),
            (field(ImageFormat.Block.paginators), paginatorCount), (field(ImageFormat.Block.waiters), waiterCount),
        ]
        guard start + entry.length <= image.count, entry.length >= ImageFormat.Block.headerSize,
            tables.allSatisfy({ $0.0 + 4 * $0.1 <= entry.length })
        else { throw ModelFailure("the model image is broken: a table of service \(name) lies outside its block") }
        var cursor = image.cursor(at: start + field(ImageFormat.Block.metadata))
        metadata = ServiceMetadata(&cursor)
        guard !cursor.isBroken else { throw ModelFailure("the model image is broken at service \(name)") }
        shapes = LazyTable(count: shapeCount)
        operations = LazyTable(count: operationCount)
    }

    /// The entry of one of the block's tables.
    private func entry(_ table: Int, _ index: Int) -> Int {
        Int(image.u32(start + Int(image.u32(start + table)) + 4 * index))
    }

    func cursor(_ table: Int, _ index: Int) -> ImageCursor { image.cursor(at: start + entry(table, index)) }

    // MARK: Shapes

    func shape(at index: Int) -> Shape {
        // Only a broken image names a shape that does not exist.
        let index = index < shapeCount ? index : 0
        if let made = shapes.existing(index) { return Shape(storage: self, reference: made) }
        return makeShape(index)
    }

    /// The same for decoders, which hold this object.
    @inline(__always)
    func bareShape(at index: Int) -> BareShape {
        if index < shapeCount, let made = shapes.existing(index) { return BareShape(made) }
        return shape(at: index).bare
    }

    @inline(never)
    private func makeShape(_ index: Int) -> Shape {
        let node = shapes.get(index) { index in
            var cursor = cursor(ImageFormat.Block.shapes, index)
            return ShapeNode(index: index, &cursor)
        }
        return Shape(storage: self, reference: node)
    }

    func shape(named name: String) -> Shape? {
        let found = image.find(name, count: shapeCount) { index in
            var cursor = cursor(ImageFormat.Block.shapes, index)
            return cursor.varint()
        }
        return found.map(shape(at:))
    }

    // MARK: Operations

    func operation(at index: Int) -> Operation {
        let node = operations.get(index) { index in
            var cursor = cursor(ImageFormat.Block.operations, index)
            return OperationNode(&cursor)
        }
        return Operation(storage: self, node: node.takeUnretainedValue())
    }

    private func operationNames(at index: Int) -> (published: Int, snake: Int) {
        var cursor = cursor(ImageFormat.Block.operations, index)
        return (cursor.varint(), cursor.varint())
    }

    func operationName(at index: Int) -> String { image.string(operationNames(at: index).published) }

    func operation(named name: String) -> Operation? {
        image.find(name, count: operationCount) { operationNames(at: $0).published }.map(operation(at:))
    }

    func operation(snakeCase name: String) -> Operation? {
        func place(_ index: Int) -> Int { min(entry(ImageFormat.Block.snakeOrder, index), operationCount - 1) }
        let found = image.find(name, count: operationCount) { operationNames(at: place($0)).snake }
        return found.map { operation(at: place($0)) }
    }

    // MARK: Paginators and waiters

    func paginator(_ operation: String) -> Paginator? {
        if paginatorCount == 0, let inherited { return inherited.paginator(operation) }
        let found = image.find(operation, count: paginatorCount) { index in
            var cursor = cursor(ImageFormat.Block.paginators, index)
            return cursor.varint()
        }
        return found.map { index in
            var cursor = cursor(ImageFormat.Block.paginators, index)
            return Paginator(&cursor)
        }
    }

    /// In the order of their published names.
    var waiters: [Waiter] {
        if waiterCount == 0, let inherited { return inherited.waiters }
        return (0..<waiterCount).map { index in
            var cursor = cursor(ImageFormat.Block.waiters, index)
            return Waiter(&cursor)
        }
    }

    // MARK: Endpoint rules

    /// The service whose rules are those that most have: "https://PREFIX.REGION.SUFFIX", with FIPS and dual stack.
    private static let standardRules = "codepipeline"

    /// The service's own rules; those of the binary's model of it; or else the standard ones with its endpoint prefix.
    var endpointRules: EndpointRules? {
        endpointRulesTable.get(0) { _ in
            if let own = rules(of: self, prefix: metadata.ruleSetPrefix) { return EndpointRulesBox(own) }
            if let inherited { return EndpointRulesBox(inherited.endpointRules) }
            let standard = Catalog.builtIn.service(Self.standardRules)?.storage
            return EndpointRulesBox(standard.flatMap { rules(of: $0, prefix: metadata.endpointPrefix) })
        }.takeUnretainedValue().rules
    }

    private func rules(of storage: ServiceStorage, prefix: String) -> EndpointRules? {
        guard let place = storage.metadata.ruleSet, let offset = storage.image.ruleSet(place) else { return nil }
        return try? EndpointRules(storage.image.cursor(at: offset), prefix: prefix, partitions: .builtIn)
    }

    private final class EndpointRulesBox: Sendable {
        let rules: EndpointRules?
        init(_ rules: EndpointRules?) { self.rules = rules }
    }
}
