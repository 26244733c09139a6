/// A shape without its service: what decoders and encoders pass on for each of a hundred thousand values, where counting
/// references to the service would cost more than reading the values.
///
/// Valid for as long as somebody holds the service's ``Shape`` or ``ServiceModel``: in a ``ValueSink``, for as long as its
/// method runs.
public struct BareShape {
    private let reference: Unmanaged<ShapeNode>

    init(_ reference: Unmanaged<ShapeNode>) { self.reference = reference }

    /// The shape's place among those of its service, from 0.
    public var place: Int { reference._withUnsafeGuaranteedRef { $0.index } }

    public var memberCount: Int { reference._withUnsafeGuaranteedRef { $0.plans.count } }

    /// A structure's member's name in UTF-8, which outlives the call.
    public func memberName(_ member: Int) -> UnsafeRawBufferPointer { plan(member).name }

    @inline(__always)
    var kind: ShapeKind { reference._withUnsafeGuaranteedRef { $0.kind } }
    @inline(__always)
    var isDocument: Bool { has(.document) }
    @inline(__always)
    var isUnion: Bool { has(.union) }
    @inline(__always)
    var isSparse: Bool { has(.sparse) }
    var name: String { reference._withUnsafeGuaranteedRef { $0.name } }

    @inline(__always)
    private func has(_ flag: ShapeFlags) -> Bool { reference._withUnsafeGuaranteedRef { $0.flags.contains(flag) } }

    @inline(__always)
    func plan(_ member: Int) -> MemberPlans.Plan { reference._withUnsafeGuaranteedRef { $0.plans[member] } }

    /// A list's element, or nil where the model has none.
    @inline(__always)
    var element: MemberPlans.Plan? { kind == .list ? part(0) : nil }
    /// A map's key, or nil where the model has none.
    @inline(__always)
    var key: MemberPlans.Plan? { kind == .map ? part(0) : nil }
    /// A map's value, or nil where the model has none.
    @inline(__always)
    var value: MemberPlans.Plan? { kind == .map ? part(1) : nil }

    @inline(__always)
    private func part(_ place: Int) -> MemberPlans.Plan? {
        reference._withUnsafeGuaranteedRef { place < $0.plans.count ? $0.plans[place] : nil }
    }

    var hasXMLAttributes: Bool { reference._withUnsafeGuaranteedRef { $0.hasXMLAttributes } }

    /// The namespace of a member's element in XML; few have one, which its plan's flags tell.
    func xmlNamespace(of member: Int) -> XMLNamespace? {
        reference._withUnsafeGuaranteedRef { $0.members[member].rare?.xmlNamespace }
    }

    /// With its service, for what is rarely asked.
    func of(_ service: ServiceStorage) -> Shape { Shape(storage: service, reference: reference) }

    /// See ``Shape/memberIndex(wireName:expected:)``.
    @inline(__always)
    func memberIndex(wireName name: UnsafeRawBufferPointer, expected: Int) -> Int? {
        reference._withUnsafeGuaranteedRef { node in
            node.kind == .structure ? node.byWireName.find(name, expected: expected) : nil
        }
    }

    /// The place of the member with this name of the API's; `expected` is tried first.
    @inline(__always)
    func memberIndex(name: String, expected: Int) -> Int? {
        var name = name
        return name.withUTF8 { bytes in
            reference._withUnsafeGuaranteedRef { node in
                node.kind == .structure ? node.memberIndex(UnsafeRawBufferPointer(bytes), expected: expected) : nil
            }
        }
    }

    func name(of member: UInt16) -> String { reference._withUnsafeGuaranteedRef { $0.members[Int(member)].name } }

    /// The names of those members, in that order; nil when one occurs twice.
    func keys(of members: UnsafeBufferPointer<UInt16>) -> KeyList? {
        reference._withUnsafeGuaranteedRef { node in
            node.layouts.keys(of: members) { node.members[Int($0)].name }
        }
    }
}
