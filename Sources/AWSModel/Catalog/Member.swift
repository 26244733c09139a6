/// A structure's member, a list's element, or a map's key or value: the shape, and how it is written here.
///
/// Traits of the shape hold for the member unless the member says otherwise; that is settled when the model is compiled.
public struct Member: Sendable, Hashable {
    let storage: ServiceStorage
    unowned(unsafe) let node: MemberNode

    /// The name in the API; "member" for a list's element, "key" and "value" for a map's.
    public var name: String { node.name }
    public var shape: Shape { storage.shape(at: node.shapeIndex) }
    /// ``locationName``, or else ``name``.
    public var wireName: String { node.wireName }
    /// ``wireName`` in the image, for writers.
    var wireUTF8: UnsafeBufferPointer<UInt8> { node.wireUTF8.bindMemory(to: UInt8.self) }
    public var locationName: String? { node.locationName }
    /// The name in EC2 query requests, where it differs.
    public var queryName: String? { node.rare?.queryName }
    public var location: MemberLocation? { node.location }
    public var xmlNamespace: XMLNamespace? { node.rare?.xmlNamespace }
    public var timestampFormat: String? { node.timestampFormat }
    /// The endpoint rules' parameter that takes this member's value.
    public var contextParam: String? { node.rare?.contextParam }

    public var isRequired: Bool { node.flags.contains(.required) }
    public var flattened: Bool { node.flags.contains(.flattened) }
    public var xmlAttribute: Bool { node.flags.contains(.xmlAttribute) }
    public var isStreaming: Bool { node.flags.contains(.streaming) }
    public var idempotencyToken: Bool { node.flags.contains(.idempotencyToken) }
    public var hostLabel: Bool { node.flags.contains(.hostLabel) }
    public var eventPayload: Bool { node.flags.contains(.eventPayload) }
    public var eventHeader: Bool { node.flags.contains(.eventHeader) }
    public var jsonValue: Bool { node.flags.contains(.jsonValue) }
    public var isDeprecated: Bool { node.flags.contains(.deprecated) }
    public var boxed: Bool { node.flags.contains(.boxed) }

    public static func == (left: Member, right: Member) -> Bool { left.node === right.node }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }
}

/// A structure's members in the model's order.
public struct MemberList: RandomAccessCollection, Sendable {
    let storage: ServiceStorage
    let nodes: [MemberNode]

    public var startIndex: Int { 0 }
    public var endIndex: Int { nodes.count }
    public subscript(index: Int) -> Member { Member(storage: storage, node: nodes[index]) }
}
