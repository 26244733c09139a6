import CExpat

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads XML with expat into an ``XMLTree``.
///
/// What a hostile server could send is refused rather than processed: a DOCTYPE (and so every entity declaration),
/// nesting past `depthLimit`, documents past 2 GB.
enum XMLTreeParser {
    /// Deeper than any service nests.
    static let depthLimit = 256
    /// Nearly all documents are one piece: after each but the last, expat goes through it once more to count its lines. Of a
    /// longer one it keeps about as much as this in a buffer of its own.
    private static let largestPiece = 16 << 20

    /// - Parameter piece: how many bytes expat is given at once.
    /// - Throws: ``DecodingFailure`` with the byte at which the text stops being XML.
    static func parse(_ bytes: [UInt8], piece: Int = largestPiece) throws(DecodingFailure) -> XMLTree {
        guard bytes.count < Int(Int32.max) else { throw DecodingFailure("XML", "a document of \(bytes.count) bytes") }
        guard let parser = XML_ParserCreate(nil) else { throw DecodingFailure("XML", "no memory for a parser") }
        defer { XML_ParserFree(parser) }
        // Behind a pointer, as expat calls back thousands of times and a class would check each access.
        let builder = UnsafeMutablePointer<XMLTreeBuilder>.allocate(capacity: 1)
        builder.initialize(to: XMLTreeBuilder(parser: parser, size: bytes.count))
        defer {
            builder.deinitialize(count: 1)
            builder.deallocate()
        }
        XML_SetUserData(parser, builder)
        XML_SetElementHandler(
            parser,
            { context, name, attributes in
                guard let context, let name else { return }
                context.assumingMemoryBound(to: XMLTreeBuilder.self).pointee.start(name, attributes)
            },
            { context, _ in
                guard let context else { return }
                context.assumingMemoryBound(to: XMLTreeBuilder.self).pointee.end()
            })
        XML_SetCharacterDataHandler(parser) { context, text, count in
            guard let context, let text else { return }
            context.assumingMemoryBound(to: XMLTreeBuilder.self).pointee.characters(text, Int(count))
        }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            guard let context else { return }
            context.assumingMemoryBound(to: XMLTreeBuilder.self).pointee.stop("a DOCTYPE, which no AWS service sends")
        }
        let status = feed(parser, bytes, piece: piece)
        if let message = builder.pointee.problem {
            throw DecodingFailure("XML", message, offset: Int(XML_GetCurrentByteIndex(parser)))
        }
        guard status != XML_STATUS_ERROR else {
            let message = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"
            throw DecodingFailure("XML", message, offset: Int(XML_GetCurrentByteIndex(parser)))
        }
        return builder.pointee.tree
    }

    private static func feed(_ parser: XML_Parser, _ bytes: [UInt8], piece: Int) -> XML_Status {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return XML_Parse(parser, "", 0, 1) }
            return base.withMemoryRebound(to: CChar.self, capacity: buffer.count) { text in
                var at = 0
                while true {
                    let count = min(piece, buffer.count - at)
                    let isFinal = at + count == buffer.count
                    let status = XML_Parse(parser, text + at, Int32(count), isFinal ? 1 : 0)
                    at += count
                    if isFinal || status == XML_STATUS_ERROR { return status }
                }
            }
        }
    }
}

private struct XMLTreeBuilder {
    var tree = XMLTree()
    var problem: String?
    private let parser: XML_Parser
    /// The open elements, the last child of each so far, and where text begins that belongs to no child.
    private var open: [(node: Int, lastChild: Int, ownText: Int)] = []

    init(parser: XML_Parser, size: Int) {
        self.parser = parser
        // Memory that is never written to costs nothing.
        tree.elements.reserveCapacity(size / 24)
        tree.text = XMLText(capacity: size)
        open.reserveCapacity(64)
    }

    mutating func stop(_ message: String) {
        guard problem == nil else { return }
        problem = message
        XML_StopParser(parser, 0)
    }

    mutating func start(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        guard problem == nil else { return }
        guard open.count < XMLTreeParser.depthLimit else {
            return stop("nested more than \(XMLTreeParser.depthLimit) levels")
        }
        let node = tree.elements.count
        if let last = open.indices.last {
            // Text before a child is indentation.
            tree.text.truncate(to: open[last].ownText)
            if open[last].lastChild < 0 {
                tree.elements[open[last].node].firstChild = Int32(node)
            } else {
                tree.elements[open[last].lastChild].nextSibling = Int32(node)
            }
            open[last].lastChild = node
        }
        tree.elements.append(.init(name: Int32(intern(name)), textStart: Int32(tree.text.count)))
        open.append((node, -1, tree.text.count))
        if let attributes, attributes[0] != nil { read(attributes, of: node) }
    }

    private mutating func intern(_ name: UnsafePointer<CChar>) -> Int {
        let length = strlen(name)
        return name.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
            let qualified = UnsafeBufferPointer(start: bytes, count: length)
            guard let colon = qualified.firstIndex(of: UInt8(ascii: ":")), colon + 1 < length else {
                return tree.names.intern(qualified)
            }
            return tree.names.intern(UnsafeBufferPointer(rebasing: qualified[(colon + 1)...]))
        }
    }

    private mutating func read(_ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>, of node: Int) {
        var at = 0
        while let name = attributes[at], let value = attributes[at + 1] {
            tree.attributes.append(
                .init(element: Int32(node), name: String(cString: name), value: String(cString: value)))
            at += 2
        }
    }

    mutating func characters(_ text: UnsafePointer<CChar>, _ count: Int) {
        guard problem == nil, let last = open.last, last.lastChild < 0 else { return }
        tree.text.append(text, count: count)
    }

    mutating func end() {
        guard problem == nil, let closed = open.popLast() else { return }
        if closed.lastChild < 0 {
            tree.elements[closed.node].textCount = Int32(tree.text.count) - tree.elements[closed.node].textStart
        }
        if let parent = open.indices.last { open[parent].ownText = tree.text.count }
    }
}
