/// What a model says of the service as a whole.
struct ServiceMetadata: Sendable {
    let serviceID: String
    let fullName: String
    let abbreviation: String?
    let endpointPrefix: String
    let signingName: String
    let apiVersion: String
    let targetPrefix: String?
    let uid: String?
    let xmlNamespace: String?
    let signatureVersion: String
    let checksumFormat: String?
    let globalEndpoint: String?
    let flags: ServiceFlags
    let protocols: [WireProtocol]
    let auth: [String]
    let clientContextParams: [(name: String, type: String)]
    /// The place of the endpoint rules in the image, and what stands for their parameter.
    let ruleSet: Int?
    let ruleSetPrefix: String

    init(_ cursor: inout ImageCursor) {
        serviceID = cursor.string()
        fullName = cursor.string()
        abbreviation = cursor.optionalString()
        endpointPrefix = cursor.string()
        signingName = cursor.string()
        apiVersion = cursor.string()
        targetPrefix = cursor.optionalString()
        uid = cursor.optionalString()
        xmlNamespace = cursor.optionalString()
        signatureVersion = cursor.string()
        checksumFormat = cursor.optionalString()
        globalEndpoint = cursor.optionalString()
        flags = ServiceFlags(rawValue: UInt32(truncatingIfNeeded: cursor.varint()))
        protocols = cursor.list { $0.varint() }.compactMap(WireProtocol.init(code:))
        auth = cursor.strings()
        clientContextParams = cursor.list { (name: $0.string(), type: $0.string()) }
        let number = cursor.varint()
        ruleSet = number == 0 ? nil : number - 1
        ruleSetPrefix = cursor.string()
    }
}
