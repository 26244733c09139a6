/// Builds structures' maps. Structures of one shape with the same members present share one array of keys, so that a
/// list of ten thousand instances holds the names of their members once.
struct StructureLayouts {
    private struct Layout {
        var indices: [UInt16]
        var keys: [String]
    }

    /// A structure that is being read.
    struct Open {
        fileprivate let base: Int
        fileprivate var values: [AWSValue] = []
        fileprivate var highest = -1
        /// The place after the latest member's: the next in the model's order.
        fileprivate(set) var expected = 0
    }

    private var layouts: [Int: Layout] = [:]
    private var indices: [UInt16] = []

    mutating func open(_ shape: Shape) -> Open {
        var open = Open(base: indices.count)
        open.values.reserveCapacity(layouts[shape.node.index]?.indices.count ?? 4)
        return open
    }

    func contains(_ open: Open, _ index: Int) -> Bool {
        index <= open.highest && indices[open.base...].contains(UInt16(truncatingIfNeeded: index))
    }

    /// Sets the member at that place of the shape's members; of equal members the last counts.
    @inline(__always)
    mutating func set(_ open: inout Open, _ index: Int, _ value: AWSValue) {
        open.expected = index + 1
        if index <= open.highest, let at = indices[open.base...].firstIndex(of: UInt16(truncatingIfNeeded: index)) {
            open.values[at - open.base] = value
            return
        }
        open.highest = max(open.highest, index)
        indices.append(UInt16(truncatingIfNeeded: index))
        open.values.append(value)
    }

    mutating func close(_ open: consuming Open, _ shape: Shape) -> AWSMap {
        let base = open.base
        defer { indices.removeLast(indices.count - base) }
        let node = shape.node
        if let layout = layouts[node.index], layout.indices.count == indices.count - base,
            layout.indices.elementsEqual(indices[base...])
        {
            return AWSMap(uniqueKeys: layout.keys, values: open.values)
        }
        let keys = indices[base...].map { node.members[Int($0)].name }
        layouts[node.index] = Layout(indices: Array(indices[base...]), keys: keys)
        return AWSMap(uniqueKeys: keys, values: open.values)
    }
}

/// The rule of unions, which every protocol shares: exactly one member is set.
enum Unions {
    /// What a union becomes whose member the model does not know (a newer service): boto3's convention.
    static func unknown(_ tag: String) -> AWSValue { .map(["SDK_UNKNOWN_MEMBER": .map(["name": .string(tag)])]) }

    static func failure(_ shape: Shape, count: Int) -> DecodingFailure {
        DecodingFailure("response", "\(shape.name) must have exactly one member set, and has \(count)")
    }
}
