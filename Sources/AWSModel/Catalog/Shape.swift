import Synchronization

/// The type of a value in a service's API, with the traits that say how it is written.
///
/// A handle of two words on a decoded, cached description: cheap to copy, and its properties cost nothing after the
/// first use. Two handles are equal when they mean the same shape of the same service.
public struct Shape: Sendable, Hashable {
    let storage: ServiceStorage
    /// Kept alive by the storage.
    private let reference: Unmanaged<ShapeNode>

    var node: ShapeNode { reference.takeUnretainedValue() }

    init(storage: ServiceStorage, reference: Unmanaged<ShapeNode>) {
        self.storage = storage
        self.reference = reference
    }

    /// For decoders; whoever uses it holds ``storage``.
    var bare: BareShape { BareShape(reference) }

    public var name: String { node.name }
    public var kind: ShapeKind { node.kind }

    /// A structure's members in the model's order; empty for every other kind.
    public var members: MemberList { MemberList(storage: storage, nodes: kind == .structure ? node.members : []) }
    /// What the members of a list are; nil for every other kind.
    public var element: Member? { kind == .list ? part(0) : nil }
    public var key: Member? { kind == .map ? part(0) : nil }
    public var value: Member? { kind == .map ? part(1) : nil }

    public var required: [String] { node.required }
    /// The values that the model names; services may send others.
    public var enumeration: [String] { node.enumeration }

    public var isUnion: Bool { node.flags.contains(.union) }
    public var isDocument: Bool { node.flags.contains(.document) }
    public var isEventStream: Bool { node.flags.contains(.eventStream) }
    public var isEvent: Bool { node.flags.contains(.event) }
    public var isStreaming: Bool { node.flags.contains(.streaming) }
    public var isFlattened: Bool { node.flags.contains(.flattened) }
    public var isSensitive: Bool { node.flags.contains(.sensitive) }
    public var isException: Bool { node.flags.contains(.exception) }
    /// The service's own fault (a 5xx) rather than the caller's.
    public var isFault: Bool { node.flags.contains(.fault) }
    public var requiresLength: Bool { node.flags.contains(.requiresLength) }
    public var isWrapper: Bool { node.flags.contains(.wrapper) }
    /// A list or map whose null elements are kept.
    public var isSparse: Bool { node.flags.contains(.sparse) }
    public var isBoxed: Bool { node.flags.contains(.boxed) }
    public var isDeprecated: Bool { node.flags.contains(.deprecated) }
    public var jsonValue: Bool { node.flags.contains(.jsonValue) }

    /// The member that is the whole body of a REST request or response.
    public var payload: String? { node.rare.payload }
    public var locationName: String? { node.rare.locationName }
    public var xmlNamespace: XMLNamespace? { node.rare.xmlNamespace }
    /// "iso8601", "rfc822" or "unixTimestamp"; nil where the protocol decides.
    public var timestampFormat: String? { node.rare.timestampFormat }

    /// The code on the wire when it differs from the shape's name.
    public var errorCode: String? { node.rare.errorCode }
    public var errorStatus: Int? { node.rare.errorStatus }
    public var isSenderFault: Bool? {
        node.flags.contains(.senderFaultKnown) ? node.flags.contains(.senderFault) : nil
    }
    public var retryable: Bool { node.flags.contains(.retryable) }
    public var throttling: Bool { node.flags.contains(.throttling) }

    /// The least value of a number, or the least length of a string, blob, list or map; fractions are rounded down.
    public var min: Int64? { node.rare.minimum }
    /// The greatest value or length; fractions are rounded up.
    public var max: Int64? { node.rare.maximum }
    /// The limits with their fractions.
    public var minimumValue: Double? { node.rare.minimumValue }
    public var maximumValue: Double? { node.rare.maximumValue }

    /// Whether a member of the structure is to be filled with a token when it is absent.
    public var hasIdempotencyToken: Bool { kind == .structure && node.hasIdempotencyToken }

    /// The member that carries a stream of events; nil for nearly all structures, and then found out once.
    var eventsMember: Member? {
        if node.hasNoEvents.load(ordering: .relaxed) { return nil }
        let member = members.first { $0.shape.isEventStream }
        if member == nil { node.hasNoEvents.store(true, ordering: .relaxed) }
        return member
    }

    // MARK: Looking members up

    public func member(_ name: String) -> Member? {
        memberIndex(name).map { Member(storage: storage, node: node.members[$0]) }
    }

    /// The place in ``members`` of the member with this name.
    public func memberIndex(_ name: String) -> Int? {
        guard kind == .structure else { return nil }
        var name = name
        return name.withUTF8 { node.memberIndex(UnsafeRawBufferPointer($0)) }
    }

    /// The place in ``members`` of the member that is called this on the wire (its `locationName`, or else its name).
    ///
    /// For decoders: `name` is the bytes as they came, and `expected` the place after the previous member's, which is
    /// tried first, because services send members in the model's order more often than not.
    public func memberIndex(wireName name: UnsafeRawBufferPointer, expected: Int = 0) -> Int? {
        bare.memberIndex(wireName: name, expected: expected)
    }

    private func part(_ index: Int) -> Member? {
        index < node.members.count ? Member(storage: storage, node: node.members[index]) : nil
    }

    public static func == (left: Shape, right: Shape) -> Bool { left.node === right.node }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }
}
