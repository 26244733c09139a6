import Synchronization

/// A table of objects that are made when they are first asked for, by whichever thread comes first.
///
/// The table keeps every object until it goes itself, so its owner may hand out unretained references.
struct LazyTable<Element: AnyObject & Sendable>: ~Copyable, @unchecked Sendable {
    let count: Int
    private let slots: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>

    init(count: Int) {
        self.count = count
        slots = .allocate(capacity: max(count, 1))
        for index in 0..<count { (slots + index).initialize(to: Atomic(nil)) }
    }

    deinit {
        for index in 0..<count {
            if let made = slots[index].load(ordering: .acquiring) { Unmanaged<Element>.fromOpaque(made).release() }
        }
        slots.deinitialize(count: count)
        slots.deallocate()
    }

    /// The object when it has been made. Costs one load: no reference is counted.
    @inline(__always)
    func existing(_ index: Int) -> Unmanaged<Element>? {
        precondition(index >= 0 && index < count)
        return slots[index].load(ordering: .acquiring).map { Unmanaged.fromOpaque($0) }
    }

    /// `make` may run on several threads at once; one result is kept.
    func get(_ index: Int, make: (Int) -> Element) -> Unmanaged<Element> {
        if let made = existing(index) { return made }
        let new = Unmanaged.passRetained(make(index))
        let (exchanged, original) = slots[index].compareExchange(
            expected: nil, desired: UnsafeRawPointer(new.toOpaque()), ordering: .acquiringAndReleasing)
        guard !exchanged, let original else { return new }
        new.release()
        return .fromOpaque(original)
    }
}
