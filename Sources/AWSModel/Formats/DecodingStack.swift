/// A stack of values that decoders fill while they do not know how many there will be. What is taken is moved into an
/// array of exactly that size: no growing, and no reference counting on the way.
struct DecodingStack<Element>: ~Copyable {
    private static var firstCapacity: Int { 32 }
    /// Memory is taken with the first element: most answers need few of their reader's stacks.
    private var base: UnsafeMutablePointer<Element>
    private var capacity = 0
    private(set) var count = 0

    init() { base = .allocate(capacity: 0) }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    @inline(__always)
    mutating func push(_ element: consuming Element) {
        if count == capacity { grow() }
        (base + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let size = max(capacity * 2, Self.firstCapacity)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: size)
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity = size
    }

    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return (base + count).move()
    }

    /// The elements from `bottom` up, which leave the stack.
    mutating func take(from bottom: Int) -> [Element] {
        let taken = count - bottom
        guard taken > 0 else { return [] }
        let source = base + bottom
        count = bottom
        return Array(unsafeUninitializedCapacity: taken) { buffer, initialized in
            buffer.baseAddress.unsafelyUnwrapped.moveInitialize(from: source, count: taken)
            initialized = taken
        }
    }

    mutating func drop(to bottom: Int) {
        (base + bottom).deinitialize(count: count - bottom)
        count = bottom
    }

    @inline(__always)
    func withElements<Result>(from bottom: Int, _ body: (UnsafeBufferPointer<Element>) -> Result) -> Result {
        body(UnsafeBufferPointer(start: base + bottom, count: count - bottom))
    }
}
