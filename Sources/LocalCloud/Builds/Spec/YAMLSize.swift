internal import CYaml

/// What a YAML document becomes once its aliases are replaced by what they stand for: a few lines can stand for billions of
/// nodes, which Yams goes through when it compares keys. Counted from the parser's events, before anything is built.
enum YAMLSize {
    /// Far above any buildspec or AppSpec that somebody wrote.
    static let limit = 100_000
    static let deepest = 200

    /// - Throws: ``BuildSpecError`` when the text is larger than it looks. Text that is no YAML is left to the reader.
    static func check(_ text: String) throws(BuildSpecError) {
        var text = text
        let (nodes, depth) = text.withUTF8 { count($0) }
        guard nodes <= limit else {
            throw BuildSpecError("YAML_FILE_ERROR: the file has more than \(limit) nodes with its aliases replaced")
        }
        guard depth <= deepest else {
            throw BuildSpecError("YAML_FILE_ERROR: the file is nested more than \(deepest) levels deep")
        }
    }

    /// Nodes and levels, counted until one of the limits is passed.
    private static func count(_ bytes: UnsafeBufferPointer<UInt8>) -> (nodes: Int, depth: Int) {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return (0, 0) }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        var nodes = 0
        var sizes: [String: Int] = [:]
        // Collections that are open: where they started in the count, and their anchors.
        var open: [(start: Int, anchor: String?)] = []
        while nodes <= limit, open.count <= deepest {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else { break }
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_STREAM_END_EVENT: return (nodes, open.count)
            case YAML_SCALAR_EVENT:
                nodes += 1
                if let anchor = name(event.data.scalar.anchor) { sizes[anchor] = 1 }
            case YAML_ALIAS_EVENT: nodes += name(event.data.alias.anchor).flatMap { sizes[$0] } ?? 1
            case YAML_SEQUENCE_START_EVENT:
                open.append((nodes, name(event.data.sequence_start.anchor)))
                nodes += 1
            case YAML_MAPPING_START_EVENT:
                open.append((nodes, name(event.data.mapping_start.anchor)))
                nodes += 1
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                if let ended = open.popLast(), let anchor = ended.anchor { sizes[anchor] = nodes - ended.start }
            default: break
            }
        }
        return (nodes, open.count)
    }

    private static func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        anchor.map { String(cString: $0) }
    }
}
