/// A decoded member; lives as long as its service's ``ServiceStorage``.
final class MemberNode: Sendable {
    let name: String
    let wireName: String
    let locationName: String?
    let shapeIndex: Int
    let flags: MemberFlags
    let location: MemberLocation?
    /// The names' bytes in the image.
    nonisolated(unsafe) let nameUTF8: UnsafeRawBufferPointer
    nonisolated(unsafe) let wireUTF8: UnsafeRawBufferPointer
    let timestampFormat: String?
    let rare: Rare?

    /// What few members have, kept apart so that the others stay small.
    final class Rare: Sendable {
        let queryName: String?
        let xmlNamespace: XMLNamespace?
        let contextParam: String?

        init(queryName: String?, xmlNamespace: XMLNamespace?, contextParam: String?) {
            self.queryName = queryName
            self.xmlNamespace = xmlNamespace
            self.contextParam = contextParam
        }
    }

    init(_ cursor: inout ImageCursor, isRequired: Bool = false) {
        let image = cursor.image
        let nameID = cursor.varint()
        shapeIndex = cursor.varint()
        var flags = MemberFlags(rawValue: UInt32(truncatingIfNeeded: cursor.varint()))
        var wireID = nameID
        var location: MemberLocation?
        var locationName: String?
        var timestampFormat: String?
        var queryName: String?
        var xmlNamespace: XMLNamespace?
        var contextParam: String?
        if flags.contains(.traits) {
            for _ in 0..<cursor.length() where !cursor.isBroken {
                switch MemberTrait(rawValue: cursor.varint()) {
                case .location: location = MemberLocation(rawValue: cursor.byte())
                case .locationName:
                    wireID = cursor.varint()
                    locationName = image.string(wireID)
                case .queryName: queryName = cursor.string()
                case .xmlNamespace: xmlNamespace = XMLNamespace(uri: cursor.string(), prefix: cursor.optionalString())
                case .timestampFormat: timestampFormat = cursor.string()
                case .contextParam: contextParam = cursor.string()
                case nil: cursor.fail()
                }
            }
        }
        if isRequired { flags.insert(.required) }
        if locationName != nil { flags.insert(.renamed) }
        if xmlNamespace != nil { flags.insert(.namespaced) }
        self.flags = flags
        name = image.string(nameID)
        nameUTF8 = image.utf8(nameID)
        wireName = locationName ?? name
        wireUTF8 = image.utf8(wireID)
        self.locationName = locationName
        self.location = location
        self.timestampFormat = timestampFormat
        let isPlain = queryName == nil && xmlNamespace == nil && contextParam == nil
        rare = isPlain ? nil : Rare(queryName: queryName, xmlNamespace: xmlNamespace, contextParam: contextParam)
    }
}
