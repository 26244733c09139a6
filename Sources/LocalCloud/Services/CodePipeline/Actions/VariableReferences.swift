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
        while let found = first(in: rest) {
            guard let value = value(of: found.reference, execution, definition) else {
                throw ActionFailure(
                    "InvalidVariable",
                    "An action configuration contains a variable reference that cannot be resolved: #{\(found.reference)}"
                )
            }
            result += found.before + value
            rest = found.rest
        }
        return result + rest
    }

    /// What stands between the braces of a text's references, in order.
    static func all(in text: String) -> [String] {
        var references: [String] = []
        var rest = text[...]
        while let found = first(in: rest) {
            references.append(found.reference)
            rest = found.rest
        }
        return references
    }

    private static func first(in text: Substring) -> (before: Substring, reference: String, rest: Substring)? {
        guard let start = range(of: "#{", in: text) else { return nil }
        let inner = text[text.index(start, offsetBy: 2)...]
        guard let end = inner.firstIndex(of: "}") else { return nil }
        return (text[..<start], String(inner[..<end]), inner[inner.index(after: end)...])
    }

    private static func range(of marker: String, in text: Substring) -> String.Index? {
        var at = text.startIndex
        while at < text.endIndex {
            if text[at...].hasPrefix(marker) { return at }
            at = text.index(after: at)
        }
        return nil
    }

    /// The namespace and the name of a reference; nil for what is none.
    static func parts(of reference: String) -> (namespace: String, name: String)? {
        let parts = reference.split(separator: ".", maxSplits: 1).map(String.init)
        return parts.count == 2 && reference.first != "." ? (parts[0], parts[1]) : nil
    }

    private static func value(
        of reference: String, _ execution: PipelineExecution?, _ definition: PipelineDefinition
    ) -> String? {
        guard let (namespace, name) = parts(of: reference) else { return nil }
        switch namespace {
        case "variables": return execution?.variables[name]
        case "codepipeline": return name == "PipelineExecutionId" ? execution?.id : nil
        default: return execution?.namespaces[namespace]?[name]
        }
    }
}
