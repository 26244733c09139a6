/// JUnit: `testsuites > testsuite > testcase`, suites nested or alone; pytest, Maven and most others write it.
enum JUnitReport {
    static func parse(_ root: XMLElement) throws -> [ParsedTestCase] {
        guard ["testsuites", "testsuite"].contains(root.name) else {
            throw TestReportError("expected <testsuites> or <testsuite>, found <\(root.name)>")
        }
        return root.descendants("testcase").map { test in
            var status = ParsedTestCase.Status.succeeded
            var detail: XMLElement?
            for (name, result) in [
                ("failure", ParsedTestCase.Status.failed), ("error", .error), ("skipped", .skipped),
            ] {
                if let element = test.child(name) {
                    (status, detail) = (result, element)
                    break
                }
            }
            let message = [detail?.attributes["message"], detail?.text.trimmed].compactMap { $0 }.filter { !$0.isEmpty }
            return ParsedTestCase(
                name: test.attributes["name"] ?? "", prefix: test.attributes["classname"] ?? "", status: status,
                message: message.joined(separator: "\n"),
                nanoseconds: TestReport.nanoseconds(seconds: test.attributes["time"]))
        }
    }
}

/// NUnit 2: `test-results … test-case result="Success|Failure|Error|Ignored|Inconclusive"`.
enum NUnitReport {
    static func parse(_ root: XMLElement) throws -> [ParsedTestCase] {
        guard root.name == "test-results" else {
            throw TestReportError("expected <test-results>, found <\(root.name)>")
        }
        return root.descendants("test-case").map { test in
            let status: ParsedTestCase.Status =
                switch test.attributes["result"] ?? (test.attributes["success"] == "True" ? "Success" : "Failure") {
                case "Success": .succeeded
                case "Failure": .failed
                case "Error": .error
                case "Ignored", "Skipped", "NotRunnable": .skipped
                default: .unknown
                }
            return split(test, status: status, seconds: test.attributes["time"])
        }
    }

    /// Both versions name a test in full: the part before the last dot (outside of arguments) is its class.
    static func split(_ test: XMLElement, status: ParsedTestCase.Status, seconds: String?) -> ParsedTestCase {
        let full = test.attributes["fullname"] ?? test.attributes["name"] ?? ""
        let head = full.prefix { $0 != "(" }
        let dot = head.lastIndex(of: ".")
        let detail = test.child("failure") ?? test.child("reason")
        return ParsedTestCase(
            name: dot.map { String(full[full.index(after: $0)...]) } ?? full,
            prefix: test.attributes["classname"] ?? dot.map { String(full[..<$0]) } ?? "", status: status,
            message: detail?.child("message")?.text.trimmed ?? "", nanoseconds: TestReport.nanoseconds(seconds: seconds)
        )
    }
}

/// NUnit 3: `test-run … test-case result="Passed|Failed|Skipped|Inconclusive" label="Error"`.
enum NUnit3Report {
    static func parse(_ root: XMLElement) throws -> [ParsedTestCase] {
        guard root.name == "test-run" else { throw TestReportError("expected <test-run>, found <\(root.name)>") }
        return root.descendants("test-case").map { test in
            let status: ParsedTestCase.Status =
                switch test.attributes["result"] {
                case "Passed": .succeeded
                case "Failed": test.attributes["label"] == "Error" ? .error : .failed
                case "Skipped": .skipped
                default: .unknown
                }
            return NUnitReport.split(test, status: status, seconds: test.attributes["duration"])
        }
    }
}

/// TestNG: `testng-results > suite > test > class > test-method status="PASS|FAIL|SKIP"`; set-up methods are no tests.
enum TestNGReport {
    static func parse(_ root: XMLElement) throws -> [ParsedTestCase] {
        guard root.name == "testng-results" else {
            throw TestReportError("expected <testng-results>, found <\(root.name)>")
        }
        return root.descendants("class").flatMap { group in
            group.children("test-method").filter { $0.attributes["is-config"] != "true" }.map { test in
                let status: ParsedTestCase.Status =
                    switch test.attributes["status"] {
                    case "PASS": .succeeded
                    case "FAIL": .failed
                    case "SKIP": .skipped
                    default: .unknown
                    }
                let milliseconds = Int64(test.attributes["duration-ms"] ?? "") ?? 0
                return ParsedTestCase(
                    name: test.attributes["name"] ?? "", prefix: group.attributes["name"] ?? "", status: status,
                    message: test.child("exception")?.child("message")?.text.trimmed ?? "",
                    nanoseconds: max(0, milliseconds) &* 1_000_000)
            }
        }
    }
}

/// Visual Studio: `TestRun > Results > UnitTestResult outcome="Passed|Failed|NotExecuted|Error…"`.
enum VisualStudioReport {
    static func parse(_ root: XMLElement) throws -> [ParsedTestCase] {
        guard root.name == "TestRun" else { throw TestReportError("expected <TestRun>, found <\(root.name)>") }
        var classes: [String: String] = [:]
        for test in root.child("TestDefinitions")?.children ?? [] {
            if let id = test.attributes["id"] { classes[id] = test.child("TestMethod")?.attributes["className"] }
        }
        return root.descendants("UnitTestResult").map { test in
            let status: ParsedTestCase.Status =
                switch test.attributes["outcome"] {
                case "Passed", "PassedButRunAborted", "Completed": .succeeded
                case "Failed", "Timeout", "Aborted": .failed
                case "Error": .error
                case "NotExecuted", "NotRunnable", "Disconnected", "Pending": .skipped
                default: .unknown
                }
            return ParsedTestCase(
                name: test.attributes["testName"] ?? "",
                prefix: test.attributes["testId"].flatMap { classes[$0] } ?? "",
                status: status, message: test.descendants("Message").first?.text.trimmed ?? "",
                nanoseconds: duration(test.attributes["duration"]))
        }
    }

    /// `hh:mm:ss.fffffff`
    private static func duration(_ text: String?) -> Int64 {
        let parts = (text ?? "").split(separator: ":")
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]) else { return 0 }
        return (hours * 3600 + minutes * 60) * 1_000_000_000 + TestReport.nanoseconds(seconds: String(parts[2]))
    }
}

extension String {
    /// Without blanks and line ends around it.
    var trimmed: String {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
