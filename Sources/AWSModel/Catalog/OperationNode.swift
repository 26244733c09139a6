/// A decoded operation; lives as long as its service's ``ServiceStorage``.
final class OperationNode: Sendable {
    let name: String
    let snakeName: String
    let httpMethod: String
    let requestURI: String
    let responseCode: Int?
    let flags: OperationFlags
    /// Places in the service's table of shapes; nil for none.
    let input: Int?
    let output: Int?
    let errors: [Int]
    let traits: Traits

    struct Traits: Sendable {
        var authType: String?
        var auth: [String] = []
        var hostPrefix: String?
        var requestAlgorithmMember: String?
        var requestValidationModeMember: String?
        var responseAlgorithms: [String] = []
        var requestCompression: [String] = []
        var staticContextParams = AWSMap()
        var operationContextParams: [(name: String, path: String)] = []
        var inputLocationName: String?
        var inputXMLNamespace: XMLNamespace?
        var resultWrapper: String?
    }

    init(_ cursor: inout ImageCursor) {
        name = cursor.string()
        snakeName = cursor.string()
        httpMethod = cursor.string()
        requestURI = cursor.string()
        let code = cursor.varint()
        responseCode = code == 0 ? nil : code
        flags = OperationFlags(rawValue: UInt32(truncatingIfNeeded: cursor.varint()))
        func place(_ number: Int) -> Int? { number == 0 ? nil : number - 1 }
        input = place(cursor.varint())
        output = place(cursor.varint())
        errors = cursor.list { $0.varint() }
        var traits = Traits()
        if flags.contains(.traits) {
            for _ in 0..<cursor.length() where !cursor.isBroken {
                switch OperationTrait(rawValue: cursor.varint()) {
                case .authType: traits.authType = cursor.string()
                case .auth: traits.auth = cursor.strings()
                case .hostPrefix: traits.hostPrefix = cursor.string()
                case .requestAlgorithmMember: traits.requestAlgorithmMember = cursor.string()
                case .requestValidationModeMember: traits.requestValidationModeMember = cursor.string()
                case .responseAlgorithms: traits.responseAlgorithms = cursor.strings()
                case .requestCompression: traits.requestCompression = cursor.strings()
                case .staticContextParams: traits.staticContextParams = cursor.value().map ?? [:]
                case .operationContextParams:
                    traits.operationContextParams = cursor.list { (name: $0.string(), path: $0.string()) }
                case .inputLocationName: traits.inputLocationName = cursor.string()
                case .inputXMLNamespace:
                    traits.inputXMLNamespace = XMLNamespace(uri: cursor.string(), prefix: cursor.optionalString())
                case .resultWrapper: traits.resultWrapper = cursor.string()
                case nil: cursor.fail()
                }
            }
        }
        self.traits = traits
    }
}
