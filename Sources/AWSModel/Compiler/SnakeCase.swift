/// boto3's names of operations and waiters: "ListPipelines" is "list_pipelines", "ListWebACLs" is "list_web_acls".
///
/// The rules are those of botocore's `xform_name`: an underscore before a capital that begins a word, one after a small
/// letter or digit, and a plural acronym at the end ("ARNs") is one word.
enum SnakeCase {
    /// Names in which a brand is one word against the rules.
    private static let brands: [(in: String, brand: String, word: String)] = [
        ("CachediSCSI", "iSCSI", "Iscsi"), ("StorediSCSI", "iSCSI", "Iscsi"),
        ("ListHITsForQualificationType", "HITs", "Hits"), ("ExecutePartiQL", "PartiQL", "Partiql"),
        ("WhatsApp", "WhatsApp", "Whatsapp"), ("OTelEnrichment", "OTel", "Otel"),
    ]

    static func name(_ published: String) -> String {
        if published.contains("_") { return published }
        var text = Array(published.utf8)
        for exception in brands where published.contains(exception.in) {
            replace(Array(exception.brand.utf8), with: Array(exception.word.utf8), in: &text)
        }
        var suffix: [UInt8] = []
        if let plural = pluralAcronym(text) {
            suffix = [underscore] + text[plural...].map(lowercased)
            text.removeSubrange(plural...)
        }
        let words = splitBeforeLastCapital(splitBeforeWords(text + suffix))
        return String(decoding: words.map(lowercased), as: UTF8.self)
    }

    private static let underscore = UInt8(ascii: "_")
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func lowercased(_ byte: UInt8) -> UInt8 { isUpper(byte) ? byte + 0x20 : byte }

    private static func replace(_ old: [UInt8], with new: [UInt8], in text: inout [UInt8]) {
        var at = 0
        while at + old.count <= text.count {
            if Array(text[at..<at + old.count]) == old { text.replaceSubrange(at..<at + old.count, with: new) }
            at += 1
        }
    }

    /// Where "ARNs" begins in "ListARNs": two or more capitals before a final "s".
    private static func pluralAcronym(_ text: [UInt8]) -> Int? {
        guard text.last == UInt8(ascii: "s") else { return nil }
        var start = text.count - 1
        while start > 0, isUpper(text[start - 1]) { start -= 1 }
        return text.count - 1 - start >= 2 ? start : nil
    }

    /// An underscore between any character and a capital that small letters follow. Matches do not overlap.
    private static func splitBeforeWords(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var at = 0
        while at < text.count {
            guard at + 2 < text.count, isUpper(text[at + 1]), isLower(text[at + 2]) else {
                result.append(text[at])
                at += 1
                continue
            }
            result += [text[at], underscore, text[at + 1]]
            at += 2
            while at < text.count, isLower(text[at]) {
                result.append(text[at])
                at += 1
            }
        }
        return result
    }

    /// An underscore between a small letter or digit and a capital.
    private static func splitBeforeLastCapital(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for (at, byte) in text.enumerated() {
            if at > 0, isUpper(byte), isLower(text[at - 1]) || isDigit(text[at - 1]) { result.append(underscore) }
            result.append(byte)
        }
        return result
    }
}
