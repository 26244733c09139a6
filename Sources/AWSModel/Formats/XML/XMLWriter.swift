/// Appends XML elements to a buffer, escaping as XML 1.0 demands.
struct XMLWriter {
    var bytes: [UInt8] = []

    mutating func declaration() {
        bytes.append(ascii: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    }

    mutating func open(_ name: String, attributes: [(name: String, value: String)] = []) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(utf8: name)
        for attribute in attributes {
            bytes.append(UInt8(ascii: " "))
            bytes.append(utf8: attribute.name)
            bytes.append(ascii: "=\"")
            append(escaping: attribute.value, inAttribute: true)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
    }

    /// The same for a name that is in memory already.
    mutating func open(utf8 name: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func close(utf8 name: UnsafeRawBufferPointer) {
        bytes.append(ascii: "</")
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func close(_ name: String) {
        bytes.append(ascii: "</")
        bytes.append(utf8: name)
        bytes.append(UInt8(ascii: ">"))
    }

    mutating func text(_ text: String) { append(escaping: text, inAttribute: false) }

    mutating func element(_ name: String, _ text: String) {
        open(name)
        self.text(text)
        close(name)
    }

    /// Carriage returns, and line feeds and tabs in attributes, are written as references, as parsers would change
    /// them.
    /// Characters that XML 1.0 cannot carry at all become U+FFFD.
    private mutating func append(escaping text: String, inAttribute: Bool) {
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count {
                let byte = utf8[index]
                let replacement: StaticString
                switch byte {
                case UInt8(ascii: "&"): replacement = "&amp;"
                case UInt8(ascii: "<"): replacement = "&lt;"
                case UInt8(ascii: ">"): replacement = "&gt;"
                case UInt8(ascii: "\"") where inAttribute: replacement = "&quot;"
                case 0x0D: replacement = "&#xD;"
                case 0x0A where inAttribute: replacement = "&#xA;"
                case 0x09 where inAttribute: replacement = "&#x9;"
                case 0x00...0x08, 0x0B, 0x0C, 0x0E...0x1F: replacement = "\u{FFFD}"
                default: continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                bytes.append(ascii: replacement)
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
    }
}
