/// `#{namespace.name}` in an action's configuration: pipeline variables, output variables of earlier actions, and the
/// execution's own id.
enum VariableReferences {
    static func resolve(
        _ configuration: [(name: String, value: String)], _ execution: PipelineExecution?,
        _ definition: PipelineDefinition
    ) throws(ActionFailure) -> [String: String] {
        var resolved: [String: String] = [:]
        for (name, value) in configuration { resolved[name] = try resolve(value, execution, definition) }
        return resolved
    }

    static func resolve(
        _ text: String, _ execution: PipelineExecution?, _ definition: PipelineDefinition
    ) throws(ActionFailure) -> String {
        var result = ""
        var rest = text[...]
        while let start = Self.range(of: "#{", in: rest) {
            result += rest[..<start]
            let inner = rest[rest.index(start, offsetBy: 2)...]
            guard let end = inner.firstIndex(of: "}") else { break }
            let reference = String(inner[..<end])
            guard let value = value(of: reference, execution, definition) else {
                throw ActionFailure(
                    "InvalidVariable",
                    "An action configuration contains a variable reference that cannot be resolved: #{\(reference)}")
            }
            result += value
            rest = inner[inner.index(after: end)...]
        }
        return result + rest
    }

    private static func range(of marker: String, in text: Substring) -> String.Index? {
        var at = text.startIndex
        while at < text.endIndex {
            if text[at...].hasPrefix(marker) { return at }
            at = text.index(after: at)
        }
        return nil
    }

    private static func value(
        of reference: String, _ execution: PipelineExecution?, _ definition: PipelineDefinition
    ) -> String? {
        let parts = reference.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "variables": return execution?.variables[parts[1]]
        case "codepipeline": return parts[1] == "PipelineExecutionId" ? execution?.id : nil
        case let namespace: return execution?.namespaces[namespace]?[parts[1]]
        }
    }
}
