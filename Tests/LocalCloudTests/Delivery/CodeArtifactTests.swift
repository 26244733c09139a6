import AWSModel
import FoundationEssentials
import Subprocess
import Testing

@testable import LocalCloud

/// Publishing and reading packages over HTTP. Needs curl.
@Suite(.timeLimit(.minutes(2))) struct CodeArtifactTests {
    @CloudActor
    private func curl(_ arguments: [String]) async throws -> (status: String, body: String) {
        let result = try await Subprocess.run(
            .name("curl"), arguments: Arguments(["-s", "-w", "\n%{http_code}"] + arguments),
            output: .string(limit: 1 << 20),
            error: .discarded)
        let lines = result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
        return (lines.last.map(String.init) ?? "", lines.dropLast().joined(separator: "\n"))
    }

    @Test @CloudActor func publishesAndServesAPackage() async throws {
        try await DeliveryFixture.run { fixture in
            try await fixture.call("codeartifact", "CreateDomain", ["domain": "d"])
            for name in ["base", "team"] {
                try await fixture.call(
                    "codeartifact", "CreateRepository", ["domain": "d", "repository": .string(name)])
            }
            try await fixture.call(
                "codeartifact", "UpdateRepository",
                ["domain": "d", "repository": "team", "upstreams": [["repositoryName": "base"]]])
            let token =
                try await fixture.call("codeartifact", "GetAuthorizationToken", ["domain": "d"])["authorizationToken"]?
                .string ?? ""
            func endpoint(_ name: String) async throws -> String {
                let answer = try await fixture.call(
                    "codeartifact", "GetRepositoryEndpoint",
                    ["domain": "d", "repository": .string(name), "format": "pypi"])
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
                try await fixture.call("codeartifact", "DeleteDomain", ["domain": "d"])
            }
            #expect(full?.code == "ConflictException")
            for name in ["base", "team"] {
                try await fixture.call(
                    "codeartifact", "DeleteRepository", ["domain": "d", "repository": .string(name)])
            }
            #expect(
                try await fixture.call("codeartifact", "DeleteDomain", ["domain": "d"])["domain"]?["status"]
                    == "Deleted")
        }
    }
}
