import AWSModel

/// Refuses input that does not fit the operation's shape, in the words of each protocol.
enum InputCheck {
    /// What refuses a name that is too long, or too many of something, by errors of its own, or not at all.
    private static let ownLimits: Set<String> = [
        "codecommit", "codedeploy", "ec2", "s3", "sns", "sqs",
    ]

    /// - Parameter service: as its model is called.
    static func check(
        _ input: AWSValue, _ operation: Operation, _ wireProtocol: WireProtocol, service: String
    ) throws(ServiceError) {
        guard let shape = operation.input else { return }
        let problems = InputValidator.validate(
            input, shape: shape, lists: .one, maxima: !ownLimits.contains(service))
        guard let first = problems.first else { return try checkPatterns(input, shape, service) }
        switch wireProtocol {
        case .ec2: throw ofEC2(first, shape)
        case .restXML: throw ofS3(first, shape)
        case .query: throw ServiceError("ValidationError", text(problems), status: 400)
        case .json10, .json11, .restJSON, .rpcV2CBOR:
            if service == "codedeploy", let own = CodeDeployInput.error(of: first, in: operation) { throw own }
            if service == "codecommit", let own = CodeCommitInput.error(of: first, in: operation) { throw own }
            if service == "sqs", case .oneOf = first.constraint, first.path.contains("ttribute") {
                throw ServiceError("InvalidAttributeName", "Unknown Attribute \(first.value ?? "").", status: 400)
            }
            if service == "codebuild", isLimit(first) {
                throw ServiceError("InvalidInputException", "Invalid input: \(first)", status: 400)
            }
            throw ServiceError(
                service == "logs" ? "InvalidParameterException" : "ValidationException", text(problems), status: 400)
        }
    }

    /// Whether a number or length is out of the model's range: the one error of CodeBuild's own is for these too ("The input
    /// build ID list cannot be empty").
    private static func isLimit(_ problem: ValidationProblem) -> Bool {
        switch problem.constraint {
        case .leastLength, .greatestLength, .least, .greatest: true
        case .required, .oneOf, nil: false
        }
    }

    /// Values are not repeated: "Value at 'pipeline.stages.1.member.actions.1.member.namespace' failed to satisfy constraint:
    /// Member must satisfy regular expression pattern: …".
    private static func checkPatterns(_ input: AWSValue, _ shape: Shape, _ service: String) throws(ServiceError) {
        let problems = MemberPatterns.problems(input, shape, service: service)
        guard !problems.isEmpty else { return }
        let sentences = problems.map {
            ValidationText.problem(member($0.path), must: "satisfy regular expression pattern: \($0.pattern)")
        }
        throw ServiceError("ValidationException", ValidationText.text(sentences), status: 400)
    }

    private static func ofEC2(_ problem: ValidationProblem, _ shape: Shape) -> ServiceError {
        if problem.constraint == .required {
            return ServiceError(
                "MissingParameter", "The request must contain the parameter \(problem.path)", status: 400)
        }
        let parameter = problem.path.split(separator: ".").last.map { String($0) } ?? problem.path
        let text =
            switch problem.constraint {
            case .oneOf: "Invalid value '\(problem.value ?? "")' for \(parameter)."
            case .least(let limit):
                "Value ( \(problem.value ?? "") ) for parameter \(lowered(parameter)) is invalid. "
                    + "Expecting a value greater than \(ValidationText.number(limit))."
            default: "\(problem)"
            }
        return ServiceError("InvalidParameterValue", text, status: 400)
    }

    private static func ofS3(_ problem: ValidationProblem, _ shape: Shape) -> ServiceError {
        if case .oneOf = problem.constraint, problem.path == "StorageClass" {
            return ServiceError("InvalidStorageClass", "The storage class you specified is not valid", status: 400)
        }
        if case .oneOf = problem.constraint, problem.path == "EncodingType" {
            return .invalidArgument("Invalid Encoding Method specified in Request", "encoding-type")
        }
        if case .oneOf = problem.constraint, problem.path.hasSuffix("LocationConstraint") {
            return ServiceError(
                "InvalidLocationConstraint", "The specified location-constraint is not valid", status: 400)
        }
        // What is wrong in the body.
        if let payload = shape.payload, problem.path.hasPrefix(payload + ".") { return .malformedXML }
        if case .oneOf = problem.constraint { return .invalidArgument(words(ofS3: problem), problem.path) }
        return ServiceError("InvalidRequest", "\(problem)", status: 400)
    }

    /// What S3 says of a header's value that is none of those it takes.
    private static func words(ofS3 problem: ValidationProblem) -> String {
        switch problem.path {
        case "ServerSideEncryption": "The encryption method specified is not supported"
        case "MetadataDirective": "Unknown metadata directive."
        case "TaggingDirective": "Unknown tagging directive."
        case let path where path.hasPrefix("ObjectAttributes"): "Invalid attribute name specified."
        default: "\(problem)"
        }
    }

    // MARK: - The words of the services that check by their models

    private static func text(_ problems: [ValidationProblem]) -> String {
        ValidationText.text(problems.map(sentence))
    }

    private static func sentence(_ problem: ValidationProblem) -> String {
        guard let constraint = problem.constraint else { return "\(problem)" }
        return ValidationText.problem(member(problem.path), value: problem.value, must: constraint)
    }

    /// "Tags[1].Key" as these services write it: "tags.1.member.key".
    private static func member(_ path: String) -> String {
        path.split(separator: ".").map { lowered(String($0)) }.joined(separator: ".")
            .replacing("[", with: ".").replacing("]", with: ".member")
    }

    private static func lowered(_ name: String) -> String { name.prefix(1).lowercased() + name.dropFirst() }
}
