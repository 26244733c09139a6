/// The rule of unions, which every protocol shares: exactly one member is set.
enum Unions {
    /// Ends a structure, which may be a union: `count` members were announced to the sink, `others` not, of which the model
    /// does not know `unknown`.
    static func end<Sink: ValueSink & ~Copyable>(
        _ mark: Int, _ shape: BareShape, count: Int, others: Int, unknown: String?, in sink: inout Sink
    ) throws(DecodingFailure) {
        if shape.isUnion {
            guard count + others == 1 else {
                throw DecodingFailure(
                    "response", "\(shape.name) must have exactly one member set, and has \(count + others)")
            }
            if let unknown { return sink.endUnion(mark, unknownMember: unknown) }
        }
        sink.endStructure(mark, count: count, of: shape)
    }
}
