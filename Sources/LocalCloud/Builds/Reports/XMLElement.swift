import CExpat

/// A small XML document as a tree: test reports and nothing larger.
final class XMLElement {
    let name: String
    let attributes: [String: String]
    fileprivate(set) var children: [XMLElement] = []
    fileprivate(set) var text = ""

    init(name: String, attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All elements of a name below this one, in document order.
    func descendants(_ name: String) -> [XMLElement] {
        children.flatMap { ($0.name == name ? [$0] : []) + $0.descendants(name) }
    }

    fileprivate static let deepest = 200

    fileprivate final class Builder {
        var root: XMLElement?
        var open: [XMLElement] = []
        var problem: String?
    }

    /// Parses a document; names lose their namespace prefix.
    static func parse(_ bytes: [UInt8]) throws -> XMLElement {
        guard let parser = XML_ParserCreate(nil) else { throw TestReportError("out of memory") }
        defer { XML_ParserFree(parser) }
        let builder = Builder()
        // The builder outlives the parser's use of it: both end with this function.
        XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let builder = XMLElement.builder(data), let name else { return }
                builder.start(String(cString: name), attributes)
            },
            { data, _ in XMLElement.builder(data)?.open.removeLast() })
        XML_SetCharacterDataHandler(parser) { data, bytes, count in
            guard let bytes, let element = XMLElement.builder(data)?.open.last else { return }
            let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            element.text += String(decoding: buffer, as: UTF8.self)
        }
        let status = bytes.withUnsafeBytes {
            XML_Parse(parser, $0.bindMemory(to: CChar.self).baseAddress, Int32($0.count), 1)
        }
        guard status == XML_STATUS_OK, let root = builder.root else {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "not XML"
            throw TestReportError("line \(XML_GetCurrentLineNumber(parser)): \(reason)")
        }
        if let problem = builder.problem { throw TestReportError(problem) }
        return root
    }

    fileprivate static func builder(_ data: UnsafeMutableRawPointer?) -> Builder? {
        data.map { Unmanaged<Builder>.fromOpaque($0).takeUnretainedValue() }
    }

    fileprivate static func local(_ name: String) -> String {
        name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    }
}

extension XMLElement.Builder {
    fileprivate func start(_ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        var values: [String: String] = [:]
        var at = 0
        while let attributes, let key = attributes[at], let value = attributes[at + 1] {
            values[XMLElement.local(String(cString: key))] = String(cString: value)
            at += 2
        }
        let element = XMLElement(name: XMLElement.local(name), attributes: values)
        if open.count >= XMLElement.deepest {
            problem = "elements are nested deeper than \(XMLElement.deepest)"
        } else if let parent = open.last {
            parent.children.append(element)
        } else {
            root = element
        }
        open.append(element)
    }
}
