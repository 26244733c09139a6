/// Builds structures' maps. Structures of one shape with the same members present share their keys.
struct StructureLayouts: ~Copyable {
    private final class Layout {
        let indices: [UInt16]
        let keys: KeyList

        init(indices: [UInt16], keys: KeyList) {
            self.indices = indices
            self.keys = keys
        }
    }

    /// A structure that is being read.
    struct Open {
        fileprivate let base: Int
        fileprivate var highest = -1
        /// The place after the latest member's: the next in the model's order.
        fileprivate(set) var expected = 0
    }

    /// The latest layouts of each shape, by its place in the model: unions have as many as members.
    private var layouts: [[Layout]] = []
    private static let layoutsPerShape = 16
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

    mutating func close(_ open: Open, _ shape: Shape) -> AWSMap {
        let base = open.base
        let place = shape.node.index
        if place >= layouts.count { layouts += Array(repeating: [], count: place + 1 - layouts.count) }
        let keys = known(place, base) ?? learn(shape, base)
        indices.drop(to: base)
        return AWSMap(keys: keys, values: values.take(from: base))
    }

    @inline(__always)
    private func known(_ place: Int, _ base: Int) -> KeyList? {
        for index in layouts[place].indices where matches(layouts[place][index], base) {
            return layouts[place][index].keys
        }
        return nil
    }

    private mutating func learn(_ shape: Shape, _ base: Int) -> KeyList {
        let present = indices.withElements(from: base) { Array($0) }
        let members = shape.node.members
        let keys = KeyList(present.map { members[Int($0)].name })
        let place = shape.node.index
        if layouts[place].count >= Self.layoutsPerShape { layouts[place].removeFirst() }
        layouts[place].append(Layout(indices: present, keys: keys))
        return keys
    }

    @inline(__always)
    private func matches(_ layout: Layout, _ base: Int) -> Bool {
        indices.withElements(from: base) { present in
            guard present.count == layout.indices.count else { return false }
            return layout.indices.withUnsafeBufferPointer { known in
                for index in 0..<present.count where present[index] != known[index] { return false }
                return true
            }
        }
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
