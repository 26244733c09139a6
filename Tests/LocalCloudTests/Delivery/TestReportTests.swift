import Testing

@testable import LocalCloud

@Suite struct TestReportTests {
    private func parse(_ text: String, _ format: TestReportFormat) throws -> [String] {
        try TestReport.parse(Array(text.utf8), format: format).map {
            "\($0.prefix)|\($0.name)|\($0.status.rawValue)|\($0.message)|\($0.nanoseconds)"
        }
    }

    @Test func junit() throws {
        let text = """
            <testsuites><testsuite><testcase classname="a.T" name="ok" time="0.5"/>
            <testcase classname="a.T" name="bad" time="1,000.25"><failure message="no">at 1 &lt; 2</failure></testcase>
            <testsuite><testcase classname="b" name="err"><error message="boom"/></testcase>
            <testcase classname="b" name="skip"><skipped/></testcase></testsuite></testsuite></testsuites>
            """
        #expect(
            try parse(text, .junitXML) == [
                "a.T|ok|SUCCEEDED||500000000", "a.T|bad|FAILED|no\nat 1 < 2|1000250000000", "b|err|ERROR|boom|0",
                "b|skip|SKIPPED||0",
            ])
    }

    @Test func otherXMLFormats() throws {
        #expect(
            try parse(
                "<test-run><test-case fullname=\"N.C.T(1.5)\" result=\"Failed\" duration=\"0.1\"><failure><message>m</message></failure></test-case></test-run>",
                .nunit3XML) == ["N.C|T(1.5)|FAILED|m|100000000"])
        #expect(
            try parse("<test-results><test-case name=\"N.T\" result=\"Ignored\"/></test-results>", .nunitXML)
                == ["N|T|SKIPPED||0"])
        #expect(
            try parse(
                "<testng-results><suite><test><class name=\"C\"><test-method name=\"setUp\" is-config=\"true\" status=\"PASS\"/><test-method name=\"t\" status=\"FAIL\" duration-ms=\"7\"/></class></test></suite></testng-results>",
                .testNGXML) == ["C|t|FAILED||7000000"])
        #expect(
            try parse(
                "<TestRun xmlns=\"http://x\"><TestDefinitions><UnitTest id=\"1\"><TestMethod className=\"C\"/></UnitTest></TestDefinitions><Results><UnitTestResult testId=\"1\" testName=\"t\" outcome=\"Passed\" duration=\"00:00:01.5\"/></Results></TestRun>",
                .visualStudioTRX) == ["C|t|SUCCEEDED||1500000000"])
    }

    @Test func cucumber() throws {
        let text = """
            [{"name":"F","elements":[{"type":"background","name":"b","steps":[]},{"type":"scenario","name":"S","steps":[
            {"result":{"status":"passed","duration":5}},{"result":{"status":"failed","duration":6,"error_message":"no"}},
            {"result":{"status":"skipped"}}]}]}]
            """
        #expect(try parse(text, .cucumberJSON) == ["F|S|FAILED|no|11"])
    }

    @Test func refusesWhatIsNoReport() {
        #expect(throws: TestReportError.self) { try parse("<html/>", .junitXML) }
        #expect(throws: TestReportError.self) { try parse("<testsuite><testcase>", .junitXML) }
        #expect(throws: TestReportError.self) { try parse("{}", .cucumberJSON) }
        let deep = String(repeating: "<testsuite>", count: 5000) + String(repeating: "</testsuite>", count: 5000)
        #expect(throws: TestReportError.self) { try parse(deep, .junitXML) }
    }
}
