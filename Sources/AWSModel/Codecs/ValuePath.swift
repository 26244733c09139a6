/// Where in a value a writer is, for messages: "Tags[0].Key".
struct ValuePath: CustomStringConvertible {
    private enum Step {
        case name(String)
        case index(Int)
    }
    private var steps: [Step] = []

    mutating func push(name: String) { steps.append(.name(name)) }
    mutating func push(index: Int) { steps.append(.index(index)) }
    mutating func pop() { steps.removeLast() }

    var depth: Int { steps.count }

    var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .name(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    func mismatch(_ value: AWSValue, _ shape: Shape) -> EncodingFailure {
        EncodingFailure(description, "must be \(shape.kind.readableName), not \(Scalars.kindName(value))")
    }

    func unknown(_ name: String, _ shape: Shape) -> EncodingFailure {
        let hint = Suggestion.closest(to: name, among: shape.members.map(\.name)).map { "; did you mean \($0)?" } ?? ""
        return EncodingFailure(description, "\(shape.name) has no member \(name)\(hint)")
    }
}
