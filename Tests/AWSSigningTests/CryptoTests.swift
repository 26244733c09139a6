import Testing

@testable import AWSSigning

@Suite struct CryptoTests {
    /// The check values that the catalogues of these functions publish for "123456789".
    @Test func checkValues() {
        let input = Array("123456789".utf8)
        var crc32 = CRC32.iso
        crc32.update(input)
        #expect(crc32.value == 0xCBF4_3926)
        #expect(crc32.bytes == [0xCB, 0xF4, 0x39, 0x26])
        var castagnoli = CRC32.castagnoli
        castagnoli.update(input)
        #expect(castagnoli.value == 0xE306_9283)
        var crc64 = CRC64NVME()
        crc64.update(input)
        #expect(crc64.value == 0xAE8B_1486_0A79_9888)
        #expect(
            Digest.sha256Hex(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Hex.encode(Digest.hash(Array("abc".utf8), .md5)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(Hex.encode(Digest.hash(Array("abc".utf8), .sha1)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test func namesOfHeadersAreTheSameInEitherCase() {
        #expect("X-Amz-Date".isSameHeader(as: "x-amz-date"))
        #expect("".isSameHeader(as: ""))
        for other in ["x-amz-dat", "x-amz-date ", "x-amz_date", "x-amz\rdate", "x@amz-date"] {
            #expect(!"x-amz-date".isSameHeader(as: other))
        }
        #expect(!"@".isSameHeader(as: "`"))
        #expect(!"[a".isSameHeader(as: "{a"))
    }

    /// Fed in pieces of any size, at any alignment, the result is the same.
    @Test(arguments: [1, 3, 7, 8, 9, 64, 1000])
    func piecesGiveTheSameResult(size: Int) {
        let input = (0..<1003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var whole = (CRC32.iso, CRC32.castagnoli, CRC64NVME())
        whole.0.update(input)
        whole.1.update(input)
        whole.2.update(input)
        var pieces = (CRC32.iso, CRC32.castagnoli, CRC64NVME())
        var digest = Digest(.sha256)
        for start in stride(from: 0, to: input.count, by: size) {
            let piece = Array(input[start..<min(start + size, input.count)])
            pieces.0.update(piece)
            pieces.1.update(piece)
            pieces.2.update(piece)
            digest.update(piece)
        }
        #expect(pieces.0.value == whole.0.value && pieces.1.value == whole.1.value && pieces.2.value == whole.2.value)
        let hashed = digest.finalize()
        #expect(hashed == Digest.hash(input, .sha256))
        let afterwards = digest.finalize()
        #expect(afterwards == Digest.hash([], .sha256), "a finalized digest starts anew")
    }

    @Test func hexadecimal() {
        #expect(Hex.decode("00fF") == [0, 255])
        #expect(Hex.decode("0g") == nil && Hex.decode("abc") == nil)
    }

    @Test func uuidsAreOfVersionFour() throws {
        let first = SecureRandom.uuid()
        #expect(first != SecureRandom.uuid())
        #expect(first.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }

    @Test func randomTextUsesItsWholeAlphabetEvenly() {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        let text = SecureRandom.text(62_000, from: alphabet)
        #expect(text.utf8.count == 62_000)
        var counts: [UInt8: Int] = [:]
        for byte in text.utf8 { counts[byte, default: 0] += 1 }
        #expect(Set(counts.keys) == Set(alphabet))
        // A thousand of each are due; six standard deviations are 190. A modulo of bytes would give the first eight 1,210.
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 190 })
        #expect(SecureRandom.text(0, from: alphabet).isEmpty)
    }

    @Test func credentialsNeverPrintTheirSecrets() {
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "TOPSECRET", sessionToken: "TOKENSECRET")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), String(describing: [credentials]), dumped] {
            #expect(text.contains("AKIDEXAMPLE"))
            #expect(!text.contains("SECRET"))
        }
    }
}
