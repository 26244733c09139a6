/// Checks an input against its shape before anything is sent.
public enum InputValidator {
    /// How places in lists are counted in paths.
    public enum ListBase: Int, Sendable {
        case zero = 0, one = 1
    }

    /// All problems, in the order of the input: unknown members with the name that was probably meant, missing required
    /// ones, values of the wrong type, numbers and lengths below the model's minimum, enumerations' unknown values.
    /// Empty when the input can be sent.
    ///
    /// - Parameters:
    ///   - unknownEnumerationValues: whether a value that the model does not list is a problem. Services add values before
    ///     models do, so a client may prefer to send it.
    ///   - maxima: whether numbers and lengths above the model's maximum are problems too. AWS raises its maxima before the
    ///     models say so: a client had better send them.
    public static func validate(
        _ input: AWSValue, shape: Shape, lists: ListBase = .zero, unknownEnumerationValues: Bool = true,
        maxima: Bool = false
    ) -> [ValidationProblem] {
        var validation = Validation(base: lists.rawValue, enumerations: unknownEnumerationValues, maxima: maxima)
        validation.check(input, shape, "")
        return validation.problems
    }
}

private struct Validation {
    let base: Int
    let enumerations: Bool
    let maxima: Bool
    var problems: [ValidationProblem] = []

    /// The same input may be wrong ten thousand times over; nobody reads past the first few.
    private static let limit = 20

    private mutating func add(
        _ path: String, _ message: String, _ constraint: ValidationProblem.Constraint? = nil, _ value: String? = nil
    ) {
        guard problems.count < Self.limit else { return }
        problems.append(ValidationProblem(path: path, message: message, constraint: constraint, value: value))
    }

    mutating func check(_ value: AWSValue, _ shape: Shape, _ path: String) {
        guard problems.count < Self.limit else { return }
        switch shape.kind {
        case .structure: structure(value, shape, path)
        case .list:
            guard let elements = Scalars.list(value) else { return mismatch(value, shape, path) }
            length(Int64(elements.count), shape, path, "elements")
            guard let element = shape.element?.shape else { return }
            for (index, item) in elements.enumerated() where !item.isNull {
                check(item, element, "\(path)[\(index + base)]")
            }
        case .map:
            guard let map = Scalars.map(value) else { return mismatch(value, shape, path) }
            length(Int64(map.count), shape, path, "entries")
            guard let element = shape.value?.shape, let key = shape.key?.shape else { return }
            for (name, item) in map where !item.isNull {
                enumeration(name, key, path, what: "key")
                check(item, element, path.isEmpty ? name : "\(path).\(name)")
            }
        default: scalar(value, shape, path)
        }
    }

    private mutating func mismatch(_ value: AWSValue, _ shape: Shape, _ path: String) {
        add(path, "must be \(shape.kind.readableName), not \(Scalars.kindName(value))")
    }

    private mutating func structure(_ value: AWSValue, _ shape: Shape, _ path: String) {
        if shape.isDocument { return }
        guard let map = Scalars.map(value) else { return mismatch(value, shape, path) }
        for (name, item) in map where !item.isNull {
            let memberPath = path.isEmpty ? name : "\(path).\(name)"
            guard let member = shape.member(name) else {
                add(memberPath, "is not a member of \(shape.name)\(hint(name, shape))")
                continue
            }
            check(item, member.shape, memberPath)
        }
        for name in shape.required where map[name]?.isNull ?? true {
            // Filled in when the caller leaves it out.
            if shape.member(name)?.idempotencyToken == true { continue }
            add(path.isEmpty ? name : "\(path).\(name)", "is required", .required)
        }
        if shape.isUnion, map.count != 1 {
            let names = shape.members.map(\.name).joined(separator: ", ")
            add(path, "must have exactly one of \(names), and has \(map.count)")
        }
    }

    private func hint(_ name: String, _ shape: Shape) -> String {
        let names = shape.members.map(\.name)
        if let closest = Suggestion.closest(to: name, among: names) { return "; did you mean \(closest)?" }
        if names.isEmpty { return ", which has none" }
        return names.count <= 12 ? "; it has \(names.joined(separator: ", "))" : ""
    }

    private mutating func scalar(_ value: AWSValue, _ shape: Shape, _ path: String) {
        switch shape.kind {
        case .string, .character:
            guard case .string(let text) = value else { return stringMismatch(value, shape, path) }
            length(Int64(text.unicodeScalars.count), shape, path, "characters", shape.isSensitive ? nil : text)
            enumeration(text, shape, path, what: "value")
        case .boolean:
            guard case .bool = value else { return mismatch(value, shape, path) }
        case .byte, .short, .integer, .long, .bigInteger:
            guard !isText(value), let number = Scalars.integer(value) else { return mismatch(value, shape, path) }
            if let minimum = shape.min, number < minimum {
                add(path, "must be at least \(minimum), and is \(number)", .least(Double(minimum)), "\(number)")
            } else if maxima, let maximum = shape.max, number > maximum {
                add(path, "must be at most \(maximum), and is \(number)", .greatest(Double(maximum)), "\(number)")
            }
        case .float, .double, .bigDecimal:
            if case .string(let text) = value, SpecialNumbers.value(of: text) != nil { return }
            guard !isText(value), let number = Scalars.double(value) else { return mismatch(value, shape, path) }
            if let minimum = shape.minimumValue, number < minimum {
                add(path, "must be at least \(minimum), and is \(number)", .least(minimum), "\(number)")
            } else if maxima, let maximum = shape.maximumValue, number > maximum {
                add(path, "must be at most \(maximum), and is \(number)", .greatest(maximum), "\(number)")
            }
        case .blob:
            switch value {
            case .blob(let bytes): length(Int64(bytes.count), shape, path, "bytes")
            case .string(let text): length(Int64(text.utf8.count), shape, path, "bytes")
            case .body: break
            default: mismatch(value, shape, path)
            }
        case .timestamp:
            if Scalars.timestamp(value) == nil { mismatch(value, shape, path) }
        case .structure, .list, .map: break
        }
    }

    private func isText(_ value: AWSValue) -> Bool {
        if case .string = value { true } else { false }
    }

    private mutating func stringMismatch(_ value: AWSValue, _ shape: Shape, _ path: String) {
        if case .blob = value { return add(path, "must be text in UTF-8") }
        mismatch(value, shape, path)
    }

    private mutating func length(
        _ count: Int64, _ shape: Shape, _ path: String, _ unit: String, _ value: String? = nil
    ) {
        if let minimum = shape.min, count < minimum {
            add(path, "must have at least \(minimum) \(unit), and has \(count)", .leastLength(minimum), value)
        } else if maxima, let maximum = shape.max, count > maximum {
            add(path, "must have at most \(maximum) \(unit), and has \(count)", .greatestLength(maximum), value)
        }
    }

    private mutating func enumeration(_ text: String, _ shape: Shape, _ path: String, what: String) {
        guard enumerations, !shape.enumeration.isEmpty, !shape.enumeration.contains(text) else { return }
        let known = shape.enumeration
        let hint =
            known.count <= 12
            ? "one of \(known.joined(separator: ", "))"
            : Suggestion.closest(to: text, among: known).map { "did you mean \($0)?" }
                ?? "one of \(known.count) known ones"
        add(
            path, "'\(text)' is not a known \(what) of \(shape.name); \(hint)", .oneOf(known),
            shape.isSensitive ? nil : text)
    }
}
