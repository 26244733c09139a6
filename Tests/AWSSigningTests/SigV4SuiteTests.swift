import Foundation
import Testing

@testable import AWSSigning

private let botocoreSource = ProcessInfo.processInfo.environment["AWSCICD_BOTOCORE_SOURCE"]

/// The public test suite of Signature Version 4 as botocore carries it: `AWSCICD_BOTOCORE_SOURCE` names its unpacked source
/// distribution, and test.sh sets it. The documentation's examples (SigningExamples) are run without it too.
@Suite(.enabled(if: botocoreSource != nil, "set AWSCICD_BOTOCORE_SOURCE to run the suite"))
struct SigV4SuiteTests {
    @Test func everyCase() throws {
        let root = URL(filePath: "\(botocoreSource ?? "")/tests/unit/auth/aws4_testsuite")
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        var count = 0
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "req" else { continue }
            try check(file)
            count += 1
        }
        #expect(count == 34, "\(root.path) holds only \(count) cases")
        print("Signature Version 4 suite: \(count) cases")
    }

    private func check(_ file: URL) throws {
        let read = { (ending: String) in
            try String(contentsOf: file.deletingPathExtension().appendingPathExtension(ending), encoding: .utf8)
                .replacing("\r\n", with: "\n").replacing("\r", with: "")
        }
        let name = file.deletingPathExtension().lastPathComponent
        let wanted = try read("creq")
        var request = try parse(try read("req"))
        request.headers.removeAll { $0.name.lowercased() == "x-amz-date" }
        let token = wanted.split(separator: "\n").first { $0.hasPrefix("x-amz-security-token:") }?.dropFirst(21)
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: token.map(String.init))
        let time = 1_440_938_160.0  // 2015-08-30T12:36:00Z
        let added = SigV4(service: "service", region: "us-east-1").sign(request, credentials: credentials, at: time)

        let canonical = CanonicalRequest(
            SigningRequest(
                method: request.method, path: request.path, query: request.query,
                headers: request.headers.replacing(with: added), payload: request.payload),
            payloadLine: request.payload.line, doubleEncodesPath: true)
        #expect(String(decoding: canonical.bytes, as: UTF8.self) == wanted, "\(name)")
        #expect(added.last?.value == (try read("authz")).trimmingCharacters(in: .whitespacesAndNewlines), "\(name)")

        var signed = request
        signed.headers = request.headers.replacing(with: added)
        let identity = try SigV4.verify(signed, now: time) { _ in credentials.secretAccessKey }
        #expect(identity.sessionToken == credentials.sessionToken)
    }

    /// A request as the suite writes it: the target may hold spaces, headers may be folded.
    private func parse(_ text: String) throws -> SigningRequest {
        let halves = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = halves[0].split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.isEmpty }
        let start = lines.removeFirst()
        let method = start.prefix { $0 != " " }
        let target = start.dropFirst(method.count + 1).replacing(/\ HTTP\/1\.1$/, with: "")
        var headers: [(name: String, value: String)] = []
        for line in lines {
            if line.first == " " {
                headers[headers.count - 1].value += "\n" + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
            }
        }
        return SigningRequest(
            method: String(method), target: String(target), headers: headers,
            payload: .bytes(halves.count > 1 ? Array(halves[1].utf8) : []))
    }
}
