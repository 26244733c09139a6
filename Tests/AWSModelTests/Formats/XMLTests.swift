import Testing

@testable import AWSModel

@Suite struct XMLTests {
    private func parse(_ text: String) throws -> XMLTree { try XMLTreeParser.parse(Array(text.utf8)) }

    @Test func readsElementsTextAndAttributes() throws {
        let tree = try parse(
            """
            <?xml version="1.0"?><!-- c --><a:Root xmlns:a="u" kind="k"><Item> one &amp; &lt;two&gt; &#x263A; </Item>
              <Item/><Owner xsi:type="T" xmlns:xsi="x"><Name><![CDATA[<raw>]]></Name></Owner></a:Root>
            """)
        #expect(tree.name(tree.root) == "Root")
        #expect(tree.attribute(tree.root, "kind") == "k")
        let children = tree.children(tree.root)
        #expect(children.map(tree.name) == ["Item", "Item", "Owner"])
        #expect(tree.string(children[0]) == " one & <two> ☺ ")
        #expect(tree.string(children[1]).isEmpty)
        #expect(tree.attribute(children[2], "xsi:type") == "T")
        #expect(tree.child(children[2], "Name").map(tree.string) == "<raw>")
        #expect(tree.string(tree.root).isEmpty)
    }

    @Test func textOfLaterElementsIsTheirOwn() throws {
        let tree = try parse("<r><a>one</a>\n<b><c>two</c>x<d>three</d></b><e>four</e></r>")
        let (a, b, e) = try #require(
            tree.child(tree.root, "a").flatMap { a in
                tree.child(tree.root, "b").flatMap { b in tree.child(tree.root, "e").map { (a, b, $0) } }
            })
        #expect(tree.string(a) == "one")
        #expect(tree.children(b).map(tree.string) == ["two", "three"])
        #expect(tree.string(e) == "four")
    }

    @Test func readsOtherEncodings() throws {
        let latin = Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>".utf8) + [0xE9] + Array("</a>".utf8)
        let tree = try XMLTreeParser.parse(latin)
        #expect(tree.string(tree.root) == "é")
    }

    @Test(arguments: [
        "", "<a>", "<a></b>", "<a/><b/>", "text", "<a>\u{1}</a>", "<a b=1/>", "<a>&undefined;</a>", "<a",
        "<?xml version=\"1.0\"?>",
    ])
    func refuses(_ text: String) {
        #expect(throws: DecodingFailure.self) { try parse(text) }
    }

    @Test(arguments: [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        """
        <!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
        <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]><z>&e;</z>
        """,
    ])
    func refusesADoctype(_ text: String) {
        let failure = #expect(throws: DecodingFailure.self) { try parse(text) }
        #expect(failure?.message.contains("DOCTYPE") == true)
    }

    /// Wherever a document is cut: in a name, an entity, a character of several bytes.
    @Test(arguments: [1, 2, 3, 7, 64]) func readsInPieces(_ piece: Int) throws {
        let text = "<?xml version='1.0'?><r><a k='v &amp; w'>é ☺ &lt;x&gt;</a>\n<ns:b>one<![CDATA[ two]]></ns:b></r>"
        let (whole, tree) = (try parse(text), try XMLTreeParser.parse(Array(text.utf8), piece: piece))
        #expect(tree.children(tree.root).map(tree.name) == ["a", "b"])
        #expect(tree.children(tree.root).map(tree.string) == whole.children(whole.root).map(whole.string))
        #expect(tree.child(tree.root, "a").flatMap { tree.attribute($0, "k") } == "v & w")
        let failure = #expect(throws: DecodingFailure.self) {
            try XMLTreeParser.parse(Array("<r><a>text</b></r>".utf8), piece: piece)
        }
        #expect(failure?.message.contains("mismatched tag") == true)
    }

    @Test func limitsDepth() {
        let deep = String(repeating: "<a>", count: 10_000) + String(repeating: "</a>", count: 10_000)
        let failure = #expect(throws: DecodingFailure.self) { try parse(deep) }
        #expect(failure?.message.contains("levels") == true)
    }

    @Test func writesWhatItReads() throws {
        var writer = XMLWriter()
        writer.declaration()
        let text = "a & <b> \"c\" 'd' \r\n\t ☺"
        writer.open("r", attributes: [("k", text)])
        writer.element("t", text)
        writer.close("r")
        let tree = try XMLTreeParser.parse(writer.bytes)
        #expect(tree.attribute(tree.root, "k") == text)
        #expect(tree.child(tree.root, "t").map(tree.string) == text)
    }

    @Test func whatXMLCannotCarryIsReplaced() throws {
        var writer = XMLWriter()
        writer.element("t", "a\u{0}b\u{1B}c")
        let tree = try XMLTreeParser.parse(writer.bytes)
        #expect(tree.string(tree.root) == "a\u{FFFD}b\u{FFFD}c")
    }
}
