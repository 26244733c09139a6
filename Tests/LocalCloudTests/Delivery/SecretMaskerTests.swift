import Testing

@testable import LocalCloud

@Suite struct SecretMaskerTests {
    /// The masked text, whatever the chunks.
    private func masked(_ text: String, _ secrets: [String], chunk: Int) -> String {
        var masker = SecretMasker(secrets: secrets)
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            out += masker.push(bytes[start..<min(bytes.count, start + chunk)])
        }
        out += masker.finish()
        return String(decoding: out, as: UTF8.self)
    }

    @Test(arguments: 1...9)
    func masksAcrossChunks(_ chunk: Int) {
        let text = "a hunter22 b hunter2 hunterhunter22 key=AKIAIOSFODNN7EXAMPLE. AKIAnot"
        #expect(masked(text, ["hunter22"], chunk: chunk) == "a *** b hunter2 hunter*** key=***. AKIAnot")
    }

    @Test func masksALongerSecretBeforeAShorterOne() {
        #expect(masked("abcdefgh abcd", ["abcd", "abcdefgh"], chunk: 3) == "*** ***")
    }

    @Test func masksLinesOfAMultiLineSecret() {
        let key = "-----BEGIN KEY-----\nMIIEow\nxyz1\n-----END KEY-----\n"
        #expect(masked("MIIEow and " + key, [key], chunk: 5) == "*** and ***")
    }

    @Test func masksShortValuesOnlyWhereTheyStandAlone() {
        #expect(masked("x=ab abc ab", ["ab"], chunk: 1) == "x=*** abc ***")
    }

    @Test func showsAtOnceWhatCannotBeASecret() {
        var masker = SecretMasker(secrets: ["secret"])
        #expect(masker.push("progress... ".utf8) == Array("progress... ".utf8))
        #expect(masker.push("se".utf8).isEmpty)
        #expect(masker.push("x".utf8) == Array("sex".utf8))
    }
}
