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

    /// Cases 1, 2 and 6 of RFC 4231: keys that are shorter and longer than the hash's block.
    @Test func keyedHashes() {
        func code(_ key: [UInt8], _ text: String) -> String {
            Hex.encode(HMACSHA256.authenticate(Array(text.utf8), key: key))
        }
        #expect(
            code([UInt8](repeating: 0x0b, count: 20), "Hi There")
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            code(Array("Jefe".utf8), "what do ya want for nothing?")
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            code([UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First")
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        // Exactly one block: neither padded nor hashed. From `openssl dgst -sha256 -mac HMAC -macopt hexkey:aa…`.
        #expect(
            code([UInt8](repeating: 0xaa, count: 64), "block")
                == "17fdf183abeadb3f439b70ca7d86f064900bd9e62791d5a5b0e6e3cd8db333b1")
    }

    @Test func uuidsAreOfVersionFour() throws {
        var variants: Set<Character> = []
        var seen: Set<String> = []
        for _ in 0..<200 {
            let uuid = SecureRandom.uuid()
            #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
            variants.insert(uuid[uuid.index(uuid.startIndex, offsetBy: 19)])
            seen.insert(uuid)
        }
        #expect(seen.count == 200)
        // Two of the variant's four bits are random: that one of the four never comes has a chance of 1 in 10^24.
        #expect(variants == ["8", "9", "a", "b"])
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
