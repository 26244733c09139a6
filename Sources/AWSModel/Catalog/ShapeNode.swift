import Synchronization

/// A decoded shape; lives as long as its service's ``ServiceStorage``.
final class ShapeNode: Sendable {
    let name: String
    let index: Int
    let kind: ShapeKind
    let flags: ShapeFlags
    /// A structure's members; a list's element; a map's key and value.
    let members: [MemberNode]
    let required: [String]
    let enumeration: [String]
    let rare: Rare
    let byWireName: MemberIndex
    let plans: MemberPlans
    let layouts = KeyLayouts()
    /// Only for shapes with a member that has another name on the wire.
    private let byOwnName: MemberIndex
    private let isRenamed: Bool
    /// Whether a member is written as an attribute in XML: few structures of few services have one.
    let hasXMLAttributes: Bool
    let hasIdempotencyToken: Bool
    /// Whether it is known that no member carries a stream of events.
    let hasNoEvents = Atomic(false)

    /// What few shapes have; shapes without any of it share one object.
    final class Rare: Sendable {
        var payload: String? { values.payload }
        fileprivate let values: Values
        fileprivate init(_ values: Values) { self.values = values }
        static let none = Rare(Values())

        var locationName: String? { values.locationName }
        var xmlNamespace: XMLNamespace? { values.xmlNamespace }
        var timestampFormat: String? { values.timestampFormat }
        var errorCode: String? { values.errorCode }
        var errorStatus: Int? { values.errorStatus }
        var minimum: Int64? { values.minimum }
        var maximum: Int64? { values.maximum }
        var minimumValue: Double? { values.minimumText.flatMap(Double.init) ?? values.minimum.map(Double.init) }
        var maximumValue: Double? { values.maximumText.flatMap(Double.init) ?? values.maximum.map(Double.init) }
    }

    fileprivate struct Values: Sendable {
        var payload: String?
        var locationName: String?
        var xmlNamespace: XMLNamespace?
        var timestampFormat: String?
        var errorCode: String?
        var errorStatus: Int?
        var minimum: Int64?
        var maximum: Int64?
        var minimumText: String?
        var maximumText: String?
    }

    init(index: Int, _ cursor: inout ImageCursor) {
        self.index = index
        name = cursor.string()
        kind = ShapeKind(rawValue: cursor.byte()) ?? .structure
        let flags = ShapeFlags(rawValue: UInt32(truncatingIfNeeded: cursor.varint()))
        self.flags = flags
        var required: [Int] = []
        var enumeration: [String] = []
        if flags.contains(.traits) {
            var values = Values()
            var isRare = false
            for _ in 0..<cursor.length() where !cursor.isBroken {
                let trait = ShapeTrait(rawValue: cursor.varint())
                switch trait {
                case .required: required = cursor.list { $0.varint() }
                case .enumeration: enumeration = cursor.strings()
                case .payload: values.payload = cursor.string()
                case .locationName: values.locationName = cursor.string()
                case .xmlNamespace:
                    values.xmlNamespace = XMLNamespace(uri: cursor.string(), prefix: cursor.optionalString())
                case .timestampFormat: values.timestampFormat = cursor.string()
                case .errorCode: values.errorCode = cursor.string()
                case .errorStatus: values.errorStatus = cursor.varint()
                case .minimum: values.minimum = cursor.signed()
                case .maximum: values.maximum = cursor.signed()
                case .minimumText: values.minimumText = cursor.string()
                case .maximumText: values.maximumText = cursor.string()
                case nil: cursor.fail()
                }
                isRare = isRare || (trait != .required && trait != .enumeration)
            }
            rare = isRare ? Rare(values) : .none
        } else {
            rare = .none
        }
        var members: [MemberNode] = []
        let isContainer = kind == .structure || kind == .list || kind == .map
        let count = isContainer ? cursor.length() : 0
        members.reserveCapacity(count)
        var isRequired = [Bool](repeating: false, count: count)
        for index in required where index < count && index >= 0 { isRequired[index] = true }
        for index in 0..<count where !cursor.isBroken {
            members.append(MemberNode(&cursor, isRequired: isRequired[index]))
        }
        self.members = members
        self.required = required.compactMap { members.indices.contains($0) ? members[$0].name : nil }
        self.enumeration = enumeration
        byWireName = MemberIndex(members.map(\.wireUTF8))
        plans = MemberPlans(members)
        isRenamed = members.contains { $0.locationName != nil }
        byOwnName = MemberIndex(isRenamed ? members.map(\.nameUTF8) : [])
        hasXMLAttributes = members.contains { $0.flags.contains(.xmlAttribute) }
        hasIdempotencyToken = members.contains { $0.flags.contains(.idempotencyToken) }
    }

    func memberIndex(_ name: UnsafeRawBufferPointer, expected: Int = 0) -> Int? {
        isRenamed ? byOwnName.find(name, expected: expected) : byWireName.find(name, expected: expected)
    }
}
