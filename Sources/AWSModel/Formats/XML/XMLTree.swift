/// An XML document as a compact tree: elements in document order in one array, names interned, text in one buffer.
///
/// Made for reading data: namespace prefixes of elements are dropped, the text of an element that has child elements is
/// dropped (it is indentation), comments and processing instructions are ignored, a DOCTYPE is refused.
struct XMLTree: Sendable {
    typealias Node = Int
    static let none = -1

    struct Element: Sendable {
        var name: Int32
        var nextSibling: Int32 = -1
        var firstChild: Int32 = -1
        var textStart: Int32
        var textCount: Int32 = 0
    }

    struct Attribute: Sendable {
        var element: Int32
        var name: String
        var value: String
    }

    var elements: ContiguousArray<Element> = []
    var text = XMLText()
    var names: NameTable = NameTable()
    var attributes: [Attribute] = []

    var root: Node { 0 }

    func name(_ node: Node) -> String { names.string(Int(elements[node].name)) }

    func hasName(_ node: Node, _ name: String) -> Bool { names.string(Int(elements[node].name)) == name }

    @inline(__always)
    func firstChild(_ node: Node) -> Node { Int(elements[node].firstChild) }

    @inline(__always)
    func nextSibling(_ node: Node) -> Node { Int(elements[node].nextSibling) }

    func childCount(_ node: Node) -> Int {
        var count = 0
        var child = firstChild(node)
        while child >= 0 {
            count += 1
            child = nextSibling(child)
        }
        return count
    }

    func children(_ node: Node) -> [Node] {
        var children: [Node] = []
        var child = firstChild(node)
        while child >= 0 {
            children.append(child)
            child = nextSibling(child)
        }
        return children
    }

    func child(_ node: Node, _ name: String) -> Node? {
        var child = firstChild(node)
        while child >= 0 {
            if hasName(child, name) { return child }
            child = nextSibling(child)
        }
        return nil
    }

    /// The attributes of one element; they are kept in document order.
    private func attributes(of node: Node) -> ArraySlice<Attribute> {
        var low = 0
        var high = attributes.count
        while low < high {
            let middle = (low + high) / 2
            if Int(attributes[middle].element) < node { low = middle + 1 } else { high = middle }
        }
        return attributes[low...].prefix { Int($0.element) == node }
    }

    func hasAttributes(_ node: Node) -> Bool { !attributes(of: node).isEmpty }

    /// By the name as it is written, or else by the part after the prefix: prefixes are the writer's choice.
    func attribute(_ node: Node, _ name: String) -> String? {
        let all = attributes(of: node)
        if let exact = all.first(where: { $0.name == name }) { return exact.value }
        let local = name.split(separator: ":").last
        return all.first { $0.name.split(separator: ":").last == local && !$0.name.hasPrefix("xmlns") }?.value
    }

    /// The element's text, for as long as the tree is there; expat has checked that it is UTF-8.
    @inline(__always)
    func utf8(_ node: Node) -> UnsafeBufferPointer<UInt8> {
        let element = elements[node]
        return text.bytes(from: Int(element.textStart), count: Int(element.textCount))
    }

    func string(_ node: Node) -> String { String(decoding: utf8(node), as: UTF8.self) }
}

/// The text of a document's elements, one after the other, in memory that stays where it is once all is there.
///
/// Unchecked: the builder alone writes, before it gives the tree away.
final class XMLText: @unchecked Sendable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 0) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    func append(_ start: UnsafeRawPointer, count added: Int) {
        if capacity - count < added {
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: max(capacity * 2, count + added))
            larger.update(from: base, count: count)
            base.deallocate()
            base = larger
            capacity = max(capacity * 2, count + added)
        }
        UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: added)
        count += added
    }

    /// Forgets what lies behind the first `kept` bytes.
    func truncate(to kept: Int) { count = min(count, kept) }

    @inline(__always)
    func bytes(from start: Int, count wanted: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(start >= 0 && wanted >= 0 && start + wanted <= count)
        return UnsafeBufferPointer(start: base + start, count: wanted)
    }
}

/// Names of elements, each kept once.
struct NameTable: Sendable {
    private var slots: [Int32] = Array(repeating: -1, count: 64)
    private var strings: [String] = []
    private var bytes: [UInt8] = []
    private var ends: [Int32] = []

    var count: Int { strings.count }

    func string(_ id: Int) -> String { strings[id] }

    @inline(__always)
    func withBytes<Result>(_ id: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let start = id == 0 ? 0 : Int(ends[id - 1])
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<Int(ends[id])])) }
    }

    mutating func intern(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = NameHash.hash(name.baseAddress, name.count)
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 {
            let id = Int(slots[slot])
            if withBytes(id, { MemberIndex.isEqual(UnsafeRawBufferPointer($0), UnsafeRawBufferPointer(name)) }) {
                return id
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let id = strings.count
        slots[slot] = Int32(id)
        strings.append(String(decoding: name, as: UTF8.self))
        bytes.append(contentsOf: name)
        ends.append(Int32(bytes.count))
        if strings.count * 2 > slots.count { grow() }
        return id
    }

    private mutating func grow() {
        let mask = slots.count * 2 - 1
        slots = Array(repeating: -1, count: mask + 1)
        for id in strings.indices {
            var slot = withBytes(id) { NameHash.hash($0.baseAddress, $0.count) } & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(id)
        }
    }
}
