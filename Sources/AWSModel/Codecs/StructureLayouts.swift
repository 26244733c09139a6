/// Builds structures' maps; their keys are those of ``KeyLayouts``.
struct StructureLayouts: ~Copyable {
    /// A structure that is being read.
    struct Open {
        fileprivate let base: Int
        fileprivate var highest = -1
        /// The place after the latest member's: the next in the model's order.
        fileprivate(set) var expected = 0
    }

    private var indices = DecodingStack<UInt16>()
    private var values = DecodingStack<AWSValue>()

    mutating func open() -> Open { Open(base: indices.count) }

    func contains(_ open: Open, _ index: Int) -> Bool {
        index <= open.highest && position(open, index) != nil
    }

    private func position(_ open: Open, _ index: Int) -> Int? {
        indices.withElements(from: open.base) { $0.firstIndex(of: UInt16(truncatingIfNeeded: index)) }
    }

    /// Sets the member at that place of the shape's members; of equal members the last counts.
    ///
    /// Structures that were opened later must be closed, as the values are on one stack.
    @inline(__always)
    mutating func set(_ open: inout Open, _ index: Int, _ value: consuming AWSValue) {
        open.expected = index + 1
        if index <= open.highest, let at = position(open, index) {
            values[open.base + at] = value
            return
        }
        if index > open.highest { open.highest = index }
        indices.push(UInt16(truncatingIfNeeded: index))
        values.push(value)
    }

    mutating func close(_ open: Open, _ shape: BareShape) -> AWSMap {
        let base = open.base
        if indices.count == base { return AWSMap() }
        let keys = indices.withElements(from: base) { shape.keys(of: $0) }
        indices.drop(to: base)
        return AWSMap(keys: keys, values: values.take(from: base))
    }
}

/// The rule of unions, which every protocol shares: exactly one member is set.
enum Unions {
    /// What a union becomes whose member the model does not know (a newer service): boto3's convention.
    static func unknown(_ tag: String) -> AWSValue { .map(["SDK_UNKNOWN_MEMBER": .map(["name": .string(tag)])]) }

    static func failure(_ shape: BareShape, count: Int) -> DecodingFailure {
        DecodingFailure("response", "\(shape.name) must have exactly one member set, and has \(count)")
    }
}
