extension ServiceEncoder {
    /// Shape traits that also hold for the members that refer to the shape, unless these say otherwise.
    private func trait(_ key: String, _ reference: AWSValue, _ target: AWSValue?) -> AWSValue? {
        reference[key] ?? target?[key]
    }

    private var usesDocumentNames: Bool { source.model["metadata"]?["protocol"]?.string == "rest-xml" }

    func encodeShape(_ name: String, _ shape: AWSValue, pool: StringPool) throws(ModelFailure) -> RecordWriter {
        guard let type = shape["type"]?.string, let kind = ShapeKind(published: type) else {
            throw ModelFailure(
                "\(source.name): the shape \(name) has the unknown type \(shape["type"]?.string ?? "none")")
        }
        let members = kind == .structure ? shape["members"]?.map ?? [:] : [:]
        var flags = shapeFlags(shape)
        let traits = shapeTraits(shape, kind: kind, members: members, pool: pool)
        if !traits.isEmpty { flags.insert(.traits) }

        var record = RecordWriter(pool: pool)
        record.string(name)
        record.byte(kind.rawValue)
        record.varint(Int(flags.rawValue))
        traits.write(to: &record)
        switch kind {
        case .structure:
            record.varint(members.count)
            for (member, reference) in members {
                try encodeMember(member, reference, of: name, to: &record)
            }
        case .list:
            record.varint(1)
            try encodeMember("member", shape["member"] ?? .null, of: name, to: &record)
        case .map:
            record.varint(2)
            try encodeMember("key", shape["key"] ?? .null, of: name, to: &record)
            try encodeMember("value", shape["value"] ?? .null, of: name, to: &record)
        default: break
        }
        return record
    }

    private func shapeFlags(_ shape: AWSValue) -> ShapeFlags {
        let names: [(String, ShapeFlags)] = [
            ("union", .union), ("document", .document), ("eventstream", .eventStream), ("event", .event),
            ("streaming", .streaming), ("flattened", .flattened), ("sensitive", .sensitive), ("exception", .exception),
            ("fault", .fault), ("requiresLength", .requiresLength), ("wrapper", .wrapper), ("sparse", .sparse),
            ("box", .boxed), ("deprecated", .deprecated), ("jsonvalue", .jsonValue),
        ]
        var flags: ShapeFlags = []
        for (name, flag) in names where shape[name]?.bool == true { flags.insert(flag) }
        if let retryable = shape["retryable"], retryable.bool != false {
            flags.insert(.retryable)
            if retryable["throttling"]?.bool == true { flags.insert(.throttling) }
        }
        if let senderFault = shape["error"]?["senderFault"]?.bool {
            flags.insert(.senderFaultKnown)
            if senderFault { flags.insert(.senderFault) }
        }
        return flags
    }

    private func shapeTraits(_ shape: AWSValue, kind: ShapeKind, members: AWSMap, pool: StringPool) -> TraitWriter {
        var traits = TraitWriter(pool: pool)
        if kind == .structure {
            let order = Dictionary(
                members.orderedKeys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            let required = (shape["required"]?.strings ?? []).compactMap { order[$0] }
            if !required.isEmpty {
                traits.add(ShapeTrait.required) { record in
                    record.varint(required.count)
                    for index in required { record.varint(index) }
                }
            }
        }
        traits.add(ShapeTrait.payload, shape["payload"]?.string)
        traits.add(ShapeTrait.locationName, shape["locationName"]?.string)
        traits.add(ShapeTrait.xmlNamespace, namespace: shape["xmlNamespace"])
        traits.add(ShapeTrait.timestampFormat, shape["timestampFormat"]?.string)
        traits.add(ShapeTrait.errorCode, shape["error"]?["code"]?.string)
        if let status = shape["error"]?["httpStatusCode"]?.int, status > 0 {
            traits.add(ShapeTrait.errorStatus) { $0.varint(status) }
        }
        addLimit(shape["min"], ShapeTrait.minimum, text: .minimumText, rounding: .down, to: &traits)
        addLimit(shape["max"], ShapeTrait.maximum, text: .maximumText, rounding: .up, to: &traits)
        traits.add(ShapeTrait.enumeration, shape["enum"]?.strings ?? [])
        return traits
    }

    private func addLimit(
        _ value: AWSValue?, _ trait: ShapeTrait, text: ShapeTrait, rounding: FloatingPointRoundingRule,
        to traits: inout TraitWriter
    ) {
        if let whole = value?.integer {
            traits.add(trait) { $0.signed(whole) }
        } else if let number = value?.double {
            if let whole = Int64(exactly: number.rounded(rounding)) { traits.add(trait) { $0.signed(whole) } }
            if number.rounded() != number || abs(number) >= 0x1p53 { traits.add(text, String(number)) }
        }
    }

    private func encodeMember(
        _ name: String, _ reference: AWSValue, of shape: String, to record: inout RecordWriter
    ) throws(ModelFailure) {
        let place = try place(reference, "the member \(name) of the shape \(shape)")
        let target = shapes[shapeNames[place]]
        let names: [(String, MemberFlags)] = [
            ("idempotencyToken", .idempotencyToken), ("flattened", .flattened), ("streaming", .streaming),
            ("jsonvalue", .jsonValue), ("deprecated", .deprecated), ("box", .boxed), ("xmlAttribute", .xmlAttribute),
            ("hostLabel", .hostLabel), ("eventpayload", .eventPayload), ("eventheader", .eventHeader),
        ]
        var flags: MemberFlags = []
        for (name, flag) in names where trait(name, reference, target)?.bool == true { flags.insert(flag) }

        var traits = TraitWriter(pool: record.pool)
        if let location = trait("location", reference, target)?.string {
            guard let known = MemberLocation(published: location) else {
                throw ModelFailure(
                    "\(source.name): the member \(name) of the shape \(shape) has the unknown location \(location)")
            }
            traits.add(MemberTrait.location) { $0.byte(known.rawValue) }
        }
        // A shape's own name is that of a whole document in REST-XML; the query protocol knows it for members, too.
        let ownName = usesDocumentNames ? reference["locationName"] : trait("locationName", reference, target)
        traits.add(MemberTrait.locationName, ownName?.string)
        traits.add(MemberTrait.queryName, trait("queryName", reference, target)?.string)
        traits.add(MemberTrait.xmlNamespace, namespace: trait("xmlNamespace", reference, target))
        traits.add(MemberTrait.timestampFormat, trait("timestampFormat", reference, target)?.string)
        traits.add(MemberTrait.contextParam, trait("contextParam", reference, target)?["name"]?.string)
        if !traits.isEmpty { flags.insert(.traits) }

        record.string(name)
        record.varint(place)
        record.varint(Int(flags.rawValue))
        traits.write(to: &record)
    }
}
