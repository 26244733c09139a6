import AWSModel

/// What EventBridge refuses of a rule's target before it keeps it.
///
/// From the documentation of `Target`, `InputTransformer` and their members in the model.
enum TargetRules {
    static func check(_ target: AWSValue) throws(ServiceError) {
        let id = target["Id"]?.string ?? ""
        guard ["Input", "InputPath", "InputTransformer"].count(where: { target[$0] != nil }) <= 1 else {
            throw refused("Only one of Input, InputPath, or InputTransformer must be provided for target \(id).")
        }
        if let constant = target["Input"]?.string, (try? JSON.parse(constant)) == nil {
            throw refused("JSON syntax error in Input for target \(id).")
        }
        if let path = target["InputPath"]?.string, !isPath(path) {
            throw refused("Invalid InputPath for target \(id).")
        }
        if let transformer = target["InputTransformer"] { try check(transformer: transformer, of: id) }
    }

    private static func check(transformer: AWSValue, of id: String) throws(ServiceError) {
        let paths = transformer["InputPathsMap"]?.map ?? [:]
        guard paths.count <= 100 else { throw refused("InputPathsMap of target \(id) has more than 100 entries.") }
        for (name, path) in paths {
            guard !name.uppercased().hasPrefix("AWS") else {
                throw refused("InputPathsMap of target \(id) has the key \(name); keys cannot start with \"AWS\".")
            }
            guard isPath(path.string ?? "") else {
                throw refused("Invalid InputPathsMap for target \(id): \(path.string ?? "") is not a JSON path.")
            }
        }
        for match in (transformer["InputTemplate"]?.string ?? "").matches(of: /<([A-Za-z0-9_.\-]+)>/) {
            let name = String(match.1)
            guard paths[name] == nil, !name.hasPrefix("aws.events.") else { continue }
            throw refused("Invalid InputTemplate for target \(id) : <\(name)> is not in InputPathsMap.")
        }
    }

    private static func isPath(_ text: String) -> Bool { text == "$" || text.hasPrefix("$.") || text.hasPrefix("$[") }

    private static func refused(_ message: String) -> ServiceError { ServiceError("ValidationException", message) }
}
