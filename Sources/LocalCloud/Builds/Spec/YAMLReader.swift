import Yams

/// A node of a YAML document with the questions that buildspec and appspec readers ask, and errors that name the line.
struct YAMLReader {
    let node: Node

    /// The single document of `text`, as a mapping.
    static func root(of text: String) throws(BuildSpecError) -> YAMLReader {
        try YAMLSize.check(text)
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw BuildSpecError(
                "YAML_FILE_ERROR: \(String(describing: error).split(separator: "\n").joined(separator: " "))")
        } catch {
            throw BuildSpecError("YAML_FILE_ERROR: the file is not valid YAML")
        }
        guard let node, node.mapping != nil else {
            throw BuildSpecError("YAML_FILE_ERROR: the file is empty or not a mapping of keys to values")
        }
        return YAMLReader(node: node)
    }

    var line: Int { node.mark?.line ?? 0 }

    subscript(key: String) -> YAMLReader? {
        guard let value = node.mapping?.first(where: { $0.key.scalar?.string == key })?.value else { return nil }
        // `key:` with nothing after it reads as absent.
        if let scalar = value.scalar, scalar.string.isEmpty, scalar.style == .any || scalar.style == .plain {
            return nil
        }
        return YAMLReader(node: value)
    }

    var text: String? { node.scalar?.string }

    func requiredText() throws(BuildSpecError) -> String {
        guard let text else { throw BuildSpecError("YAML_FILE_ERROR: expected a string at line \(line)") }
        return text
    }

    /// `yes`, `true`, `on` in any case.
    var flag: Bool { ["yes", "true", "on"].contains(text?.lowercased() ?? "") }

    /// `yes` or `no`, in YAML's other words for them too.
    func requiredFlag(_ name: String) throws(BuildSpecError) -> Bool {
        guard let text = text?.lowercased(), ["yes", "true", "on", "no", "false", "off"].contains(text) else {
            throw BuildSpecError("Invalid value of \(name) at line \(line): expected yes or no")
        }
        return flag
    }

    var items: [YAMLReader]? { node.sequence?.map(YAMLReader.init) }

    func entries() throws(BuildSpecError) -> [(name: String, node: YAMLReader)] {
        guard let mapping = node.mapping else {
            throw BuildSpecError("YAML_FILE_ERROR: expected keys and values at line \(line)")
        }
        return mapping.compactMap { pair in pair.key.scalar.map { ($0.string, YAMLReader(node: pair.value)) } }
    }

    /// A list of strings, or one string alone.
    func texts(_ name: String) throws(BuildSpecError) -> [String] {
        if let text { return text.isEmpty ? [] : [text] }
        guard let items else { throw BuildSpecError("YAML_FILE_ERROR: expected \(name) to be a list at line \(line)") }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.text else {
                throw BuildSpecError(
                    "YAML_FILE_ERROR: Expected \(name)[\(index)] to be of string type: found subkeys instead at line \(item.line), value of the key tag on line \(max(1, item.line - 1)) might be empty"
                )
            }
            texts.append(text)
        }
        return texts
    }

    func pairs() throws(BuildSpecError) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for (name, node) in try entries() { pairs.append((name, try node.requiredText())) }
        return pairs
    }
}
