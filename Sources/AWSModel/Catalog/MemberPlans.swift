/// What decoders and encoders need to know of a shape's members, side by side in memory of its own: reading it counts no references.
struct MemberPlans: ~Copyable, @unchecked Sendable {
    struct Plan {
        /// The member's shape, by its place in the service.
        let shapeIndex: Int
        let flags: MemberFlags
        let location: MemberLocation?
        /// The member's names, in the image.
        let name: UnsafeRawBufferPointer
        let wireName: UnsafeRawBufferPointer
        let timestampFormat: TimestampFormat?

        init(_ member: MemberNode) {
            shapeIndex = member.shapeIndex
            flags = member.flags
            location = member.location
            name = member.nameUTF8
            wireName = member.wireUTF8
            timestampFormat = TimestampFormat(member.timestampFormat)
        }
    }

    let count: Int
    private let plans: UnsafeMutablePointer<Plan>

    init(_ members: [MemberNode]) {
        count = members.count
        plans = .allocate(capacity: max(members.count, 1))
        for (place, member) in members.enumerated() {
            (plans + place).initialize(to: Plan(member))
        }
    }

    deinit { plans.deallocate() }

    @inline(__always)
    subscript(place: Int) -> Plan {
        precondition(place >= 0 && place < count)
        return plans[place]
    }
}
