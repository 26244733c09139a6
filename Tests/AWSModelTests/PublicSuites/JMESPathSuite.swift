import Testing

@testable import AWSModel

/// jmespath.py's compliance cases.
@Suite(.enabled(if: PublicSuites.jmespath != nil, "set AWSCICD_JMESPATH_SOURCE to run the compliance cases"))
struct JMESPathSuite {
    private static let kinds: [JMESPathFailure.Kind: String] = [
        .syntax: "syntax", .arity: "invalid-arity", .unknownFunction: "unknown-function", .type: "invalid-type",
        .value: "invalid-value",
    ]

    @Test func compliance() throws {
        let folder = "\(PublicSuites.jmespath ?? "")/tests/compliance"
        var passed = 0
        var failures: [String] = []
        for file in Files.list(folder) where file.hasSuffix(".json") {
            for group in try PublicSuites.json("\(folder)/\(file)").list ?? [] {
                for item in group["cases"]?.list ?? [] {
                    let expression = item["expression"]?.string ?? ""
                    do {
                        let got = try JMESPath(compiling: expression).search(group["given"] ?? .null)
                        let isRight =
                            item["bench"] != nil
                            || item["result"].map { JMESPathEvaluator.equal($0, got) } ?? false
                        if isRight { passed += 1 } else { failures.append("\(file) \(expression): \(got) for \(item)") }
                    } catch {
                        if Self.kinds[error.kind] == item["error"]?.string {
                            passed += 1
                        } else {
                            failures.append("\(file) \(expression): \(error) for \(item)")
                        }
                    }
                }
            }
        }
        print("JMESPath: \(passed) passed, \(failures.count) failed")
        for failure in failures.prefix(30) { Issue.record(Comment(rawValue: failure)) }
        #expect(passed > 800 && failures.isEmpty)
    }
}
