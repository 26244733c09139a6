/// The formats of test reports that a build may name; `JUNITXML` is the default.
enum TestReportFormat: String, Sendable, CaseIterable {
    case junitXML = "JUNITXML"
    case cucumberJSON = "CUCUMBERJSON"
    case nunitXML = "NUNITXML"
    case nunit3XML = "NUNIT3XML"
    case testNGXML = "TESTNGXML"
    case visualStudioTRX = "VISUALSTUDIOTRX"
}

/// One test of a report, as DescribeTestCases tells it.
struct ParsedTestCase: Sendable, Codable, Equatable {
    enum Status: String, Sendable, Codable {
        case succeeded = "SUCCEEDED", failed = "FAILED", error = "ERROR", skipped = "SKIPPED", unknown = "UNKNOWN"
    }
    var name: String
    /// The class or suite.
    var prefix: String
    var status: Status
    var message: String
    var nanoseconds: Int64
}

/// Why a report file was not read.
struct TestReportError: Error, Sendable {
    let message: String
    init(_ message: String) { self.message = message }
}

enum TestReport {
    static func parse(_ bytes: [UInt8], format: TestReportFormat) throws -> [ParsedTestCase] {
        switch format {
        case .junitXML: try JUnitReport.parse(XMLElement.parse(bytes))
        case .nunitXML: try NUnitReport.parse(XMLElement.parse(bytes))
        case .nunit3XML: try NUnit3Report.parse(XMLElement.parse(bytes))
        case .testNGXML: try TestNGReport.parse(XMLElement.parse(bytes))
        case .visualStudioTRX: try VisualStudioReport.parse(XMLElement.parse(bytes))
        case .cucumberJSON: try CucumberReport.parse(bytes)
        }
    }

    /// "1.25" seconds as nanoseconds; thousands separators, which some writers add, are dropped.
    static func nanoseconds(seconds text: String?) -> Int64 {
        guard let text, let seconds = Double(text.filter { $0 != "," }), seconds.isFinite, seconds >= 0, seconds < 1e9
        else {
            return 0
        }
        return Int64((seconds * 1e9).rounded())
    }
}
