import AWSModel
import LuaVM

/// What the model says of an operation, for prompts and editors: `{ name, published, documentation, input, output,
/// errors }`; members are `{ name, type, required, values }`.
enum OperationDescription {
    static func write(_ operation: Operation) -> LuaWriter {
        var writer = LuaWriter()
        writer.table { table in
            table["name"] = operation.snakeName
            table["published"] = operation.name
            table["documentation"] = operation.documentationURL
            table["deprecated"] = operation.isDeprecated
            table["pages"] = operation.service.paginator(operation.name) != nil
            members("input", operation.input, &table)
            members("output", operation.output, &table)
            table["errors"] = operation.errors.map(\.name)
        }
        return writer
    }

    private static func members(_ key: String, _ shape: Shape?, _ writer: inout LuaWriter) {
        writer.key(key)
        let members = shape.map { Array($0.members) } ?? []
        writer.sequence(count: members.count) { list in
            for member in members {
                list.table { table in
                    table["name"] = member.name
                    table["type"] = typeName(member.shape, depth: 0)
                    table["required"] = member.isRequired
                    if !member.shape.enumeration.isEmpty { table["values"] = member.shape.enumeration }
                }
            }
        }
    }

    /// "list of structure Tag", "map of string to integer".
    private static func typeName(_ shape: Shape, depth: Int) -> String {
        if depth > 4 { return "…" }
        switch shape.kind {
        case .structure:
            return shape.isDocument ? "any value" : "\(shape.isUnion ? "union" : "structure") \(shape.name)"
        case .list: return "list of \(shape.element.map { typeName($0.shape, depth: depth + 1) } ?? "?")"
        case .map: return "map of string to \(shape.value.map { typeName($0.shape, depth: depth + 1) } ?? "?")"
        default: return "\(shape.kind)"
        }
    }
}
