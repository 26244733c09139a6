import AWSModel

/// Refuses input that does not fit the operation's shape, in the words of each protocol.
enum InputCheck {
    static func check(_ input: AWSValue, _ operation: Operation, _ wireProtocol: WireProtocol) throws(ServiceError) {
        guard let shape = operation.input else { return }
        let problems = InputValidator.validate(input, shape: shape, lists: .one)
        guard let first = problems.first else { return }
        switch wireProtocol {
        case .ec2:
            if let missing = missingMember(first, shape) {
                throw ServiceError("MissingParameter", "The request must contain the parameter \(missing)", status: 400)
            }
            throw ServiceError("InvalidParameterValue", "\(first)", status: 400)
        case .restXML: throw ServiceError("InvalidRequest", "\(first)", status: 400)
        case .query: throw ServiceError("ValidationError", text(problems), status: 400)
        case .json10, .json11, .restJSON, .rpcV2CBOR:
            throw ServiceError("ValidationException", text(problems), status: 400)
        }
    }

    private static func missingMember(_ problem: ValidationProblem, _ shape: Shape) -> String? {
        shape.required.first { problem.path.isEmpty && problem.message.contains($0) || problem.path == $0 }
    }

    private static func text(_ problems: [ValidationProblem]) -> String {
        let list = problems.map(\.description).joined(separator: "; ")
        return "\(problems.count) validation error\(problems.count == 1 ? "" : "s") detected: \(list)"
    }
}
