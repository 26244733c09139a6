import AWSModel
import FoundationEssentials
import Subprocess
import Testing

@testable import LocalCloud

/// Publishing and reading packages over HTTP. Needs curl.
@Suite(.timeLimit(.minutes(10))) struct CodeArtifactTests {
    @CloudActor
    private func curl(_ arguments: [String]) async throws -> (status: String, body: String) {
        let result = try await Subprocess.run(
            .name("curl"), arguments: Arguments(["-s", "-w", "\n%{http_code}"] + arguments),
            output: .string(limit: 1 << 20),
            error: .discarded)
        let lines = result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
        return (lines.last.map(String.init) ?? "", lines.dropLast().joined(separator: "\n"))
    }

    /// What twine sends for a file of version 1.0 of `p`.
    private static func upload(of file: String) throws -> PackageUpload {
        func part(_ header: String, _ value: String) -> String {
            "--XX\r\nContent-Disposition: form-data; \(header)\r\n\r\n\(value)\r\n"
        }
        let body =
            part("name=\":action\"", "file_upload") + part("name=\"name\"", "p") + part("name=\"version\"", "1.0")
            + part("name=\"content\"; filename=\"\(file)\"", "CONTENT") + "--XX--\r\n"
        return try PackageUpload(Array(body.utf8), contentType: "multipart/form-data; boundary=XX")
    }

    @Test @CloudActor func filesOfOneVersionThatComeAtOnceAreAllKept() async throws {
        try await DeliveryFixture.run { fixture in
            try await fixture.call("codeartifact", "CreateDomain", ["domain": "shop"])
            try await fixture.call("codeartifact", "CreateRepository", ["domain": "shop", "repository": "base"])
            let service = fixture.cloud.service(CodeArtifactService.self)
            let (account, region) = ("123456789012", "us-east-1")
            let repository = try #require(
                service.repositories.all(account: account, region: region).first { $0.name == "base" })
            let names = (0..<8).map { "p-1.0-\($0).whl" }
            // Each twice: one of the two is refused, also when neither was there before the other.
            let uploads = (names + names).map { name in
                Task { @CloudActor in
                    let upload = try Self.upload(of: name)
                    try await service.publish(upload, to: repository, account: account, region: region)
                }
            }
            var kept = 0
            for upload in uploads {
                if case .success = await upload.result { kept += 1 }
            }
            #expect(kept == names.count)
            let assets = try await fixture.call(
                "codeartifact", "ListPackageVersionAssets",
                ["domain": "shop", "repository": "base", "format": "pypi", "package": "p", "packageVersion": "1.0"])
            #expect(Set((assets["assets"]?.list ?? []).compactMap { $0["name"]?.string }) == Set(names))
        }
    }

    @Test @CloudActor func publishesAndServesAPackage() async throws {
        try await DeliveryFixture.run { fixture in
            try await fixture.call("codeartifact", "CreateDomain", ["domain": "shop"])
            for name in ["base", "team"] {
                try await fixture.call(
                    "codeartifact", "CreateRepository", ["domain": "shop", "repository": .string(name)])
            }
            try await fixture.call(
                "codeartifact", "UpdateRepository",
                ["domain": "shop", "repository": "team", "upstreams": [["repositoryName": "base"]]])
            let token =
                try await fixture.call("codeartifact", "GetAuthorizationToken", ["domain": "shop"])[
                    "authorizationToken"]?
                .string ?? ""
            func endpoint(_ name: String) async throws -> String {
                let answer = try await fixture.call(
                    "codeartifact", "GetRepositoryEndpoint",
                    ["domain": "shop", "repository": .string(name), "format": "pypi"])
                return answer["repositoryEndpoint"]?.string ?? ""
            }
            let base = try await endpoint("base")
            let file = fixture.folder + "/my_pkg-1.0.tar.gz"
            try BundleFiles.write(Array("CONTENT".utf8), to: file)
            let form = [
                "-F", ":action=file_upload", "-F", "name=My.Pkg", "-F", "version=1.0", "-F",
                "content=@\(file);filename=my_pkg-1.0.tar.gz", base,
            ]
            #expect(try await curl(form).status == "401")
            #expect(try await curl(["-u", "aws:\(token)"] + form).status == "200")
            #expect(try await curl(["-u", "aws:\(token)"] + form).status == "409")

            // Through the repository that has the other one upstream.
            let team = try await endpoint("team")
            let page = try await curl(["-u", "aws:\(token)", team + "simple/my-pkg/"])
            #expect(page.body.contains("<a href=\"1.0/my_pkg-1.0.tar.gz#sha256="))
            let content = try await curl(["-u", "aws:\(token)", team + "simple/my-pkg/1.0/my_pkg-1.0.tar.gz"])
            #expect(content.body == "CONTENT")
            #expect(try await curl(["-u", "aws:\(token)", team + "simple/absent/"]).status == "404")
            #expect(try await curl(["-u", "aws:wrong", team + "simple/my-pkg/"]).status == "401")

            let full = await #expect(throws: ServiceError.self) {
                try await fixture.call("codeartifact", "DeleteDomain", ["domain": "shop"])
            }
            #expect(full?.code == "ConflictException")
            for name in ["base", "team"] {
                try await fixture.call(
                    "codeartifact", "DeleteRepository", ["domain": "shop", "repository": .string(name)])
            }
            #expect(
                try await fixture.call("codeartifact", "DeleteDomain", ["domain": "shop"])["domain"]?["status"]
                    == "Deleted")
        }
    }
}
