import Testing

@testable import LocalCloud

@Suite struct DeploymentRulesTests {
    private func hosts(_ type: String, _ value: Int, of total: Int, oneAtATime: Bool = false) -> HealthyHosts {
        HealthyHosts(type: type, value: value, total: total, isOneAtATime: oneAtATime)
    }

    @Test func percentagesRoundUp() {
        #expect(hosts("FLEET_PERCENT", 50, of: 3).minimum == 2)
        #expect(hosts("FLEET_PERCENT", 95, of: 20).minimum == 19)
        #expect(hosts("HOST_COUNT", 0, of: 9).startable(pending: 9, inProgress: 0, succeeded: 0) == 9)
    }

    @Test func oneAtATimeStartsOneAndLetsOnlyTheLastFail() {
        let all = hosts("HOST_COUNT", 1, of: 3, oneAtATime: true)
        #expect(all.startable(pending: 3, inProgress: 0, succeeded: 0) == 1)
        #expect(all.verdict(pending: 2, inProgress: 0, succeeded: 0, failed: 1) == .failed)
        #expect(all.verdict(pending: 0, inProgress: 0, succeeded: 2, failed: 1) == .succeeded)
    }

    @Test func atLeastOneHasToSucceed() {
        let single = hosts("HOST_COUNT", 1, of: 1, oneAtATime: true)
        #expect(single.startable(pending: 1, inProgress: 0, succeeded: 0) == 1)
        #expect(single.verdict(pending: 0, inProgress: 0, succeeded: 0, failed: 1) == .failed)
        #expect(hosts("HOST_COUNT", 0, of: 2).verdict(pending: 0, inProgress: 0, succeeded: 1, failed: 1) == .succeeded)
    }

    @Test func aMinimumThatLeavesNobodyIsImpossible() {
        #expect(hosts("HOST_COUNT", 2, of: 2).isImpossible)
        #expect(!hosts("HOST_COUNT", 1, of: 2).isImpossible)
    }

    @Test func stepMarkersAreFoundAcrossChunks() {
        let text = Array("one\n\u{1e}WORD 0\ntwo\u{1e}x\u{1e}WORD 12\n".utf8)
        for size in 1...text.count {
            var markers = StepMarkers(word: "WORD")
            var output: [UInt8] = []
            var statuses: [Int32] = []
            for start in stride(from: 0, to: text.count, by: size) {
                for piece in markers.push(Array(text[start..<min(text.count, start + size)])) {
                    switch piece {
                    case .output(let bytes): output += bytes
                    case .ended(let status): statuses.append(status)
                    }
                }
            }
            #expect(String(decoding: output, as: UTF8.self) == "one\ntwo\u{1e}x")
            #expect(statuses == [0, 12])
        }
    }

    @Test func uploadsAreReadAndUnsafeNamesRefused() throws {
        func form(_ file: String) -> [UInt8] {
            let fields = [(":action", "file_upload"), ("name", "My.Pkg"), ("version", "1.0")]
            let text = fields.map { "--B\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n" }
                .joined()
            return Array(
                (text
                    + "--B\r\nContent-Disposition: form-data; name=\"content\"; filename=\"\(file)\"\r\n\r\nDATA\r\n--B--\r\n")
                    .utf8)
        }
        let upload = try PackageUpload(form("my_pkg-1.0.tar.gz"), contentType: "multipart/form-data; boundary=B")
        #expect(upload.content == Array("DATA".utf8))
        #expect(CodeArtifactService.normalized(upload.name) == "my-pkg")
        #expect(throws: PackageUpload.Malformed.self) {
            try PackageUpload(form("../x"), contentType: "multipart/form-data; boundary=B")
        }
        #expect(throws: PackageUpload.Malformed.self) { try PackageUpload([1, 2], contentType: "text/plain") }
    }
}
