import AWSModel

/// Cucumber's JSON: features with scenarios ("elements") of steps; a scenario is a test case.
enum CucumberReport {
    static func parse(_ bytes: [UInt8]) throws -> [ParsedTestCase] {
        guard let features = try? JSON.parse(bytes).list else {
            throw TestReportError("expected a JSON array of features")
        }
        return features.flatMap { feature in
            (feature["elements"]?.list ?? []).filter { $0["type"]?.string != "background" }.map { scenario in
                test(scenario, feature: feature["name"]?.string ?? "")
            }
        }
    }

    private static func test(_ scenario: AWSValue, feature: String) -> ParsedTestCase {
        var status = ParsedTestCase.Status.succeeded
        var message = ""
        var nanoseconds: Int64 = 0
        let steps = ["before", "steps", "after"].flatMap { scenario[$0]?.list ?? [] }
        for step in steps {
            let result = step["result"]
            nanoseconds &+= max(0, result?["duration"]?.integer ?? 0)
            let outcome: ParsedTestCase.Status =
                switch result?["status"]?.string {
                case "passed": .succeeded
                case "failed", "ambiguous": .failed
                case "skipped", "pending", "undefined": .skipped
                default: .unknown
                }
            // The first step that went wrong decides: those after it are skipped because of it.
            if status == .succeeded, outcome != .succeeded {
                status = outcome
                message = result?["error_message"]?.string ?? ""
            }
        }
        return ParsedTestCase(
            name: scenario["name"]?.string ?? "", prefix: feature, status: status, message: message,
            nanoseconds: nanoseconds)
    }
}
