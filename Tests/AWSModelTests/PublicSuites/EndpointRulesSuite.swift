import Foundation
import Testing

@testable import AWSModel

/// botocore's cases for the endpoint rules of every service, and for the rule language.
@Suite(.enabled(if: PublicSuites.botocore != nil, "set AWSCICD_BOTOCORE_SOURCE to run botocore's cases"))
struct EndpointRulesSuite {
    @Test func everyService() throws {
        let folder = "\(PublicSuites.botocore ?? "")/tests/functional/endpoint-rules"
        var passed = 0
        var failures: [String] = []
        for name in Files.list(folder) {
            let cases = try PublicSuites.json("\(folder)/\(name)/endpoint-tests-1.json")
            let rules = try #require(Catalog.builtIn.service(name)?.endpointRules, "no endpoint rules of \(name)")
            run(cases, rules, name, &passed, &failures)
        }
        print("endpoint rules: \(passed) passed, \(failures.count) failed")
        for failure in failures.prefix(20) { Issue.record(Comment(rawValue: failure)) }
        #expect(passed > 13_000 && failures.isEmpty)
    }

    @Test func theLanguage() throws {
        let folder = "\(PublicSuites.botocore ?? "")/tests/unit/data/endpoints"
        var passed = 0
        var failures: [String] = []
        for file in Files.list("\(folder)/valid-rules") where Files.exists("\(folder)/test-cases/\(file)") {
            let rules = try #require(try Files.read("\(folder)/valid-rules/\(file)"))
            let service = try Catalog.compile(
                name: "x", json: Array(#"{"metadata":{"protocol":"json"},"operations":{},"shapes":{}}"#.utf8),
                endpointRules: rules)
            run(
                try PublicSuites.json("\(folder)/test-cases/\(file)"), try #require(service.endpointRules), file,
                &passed, &failures)
        }
        print("endpoint rule language: \(passed) passed, \(failures.count) failed")
        for failure in failures { Issue.record(Comment(rawValue: failure)) }
        #expect(passed > 40 && failures.isEmpty)
    }

    private func run(
        _ cases: AWSValue, _ rules: EndpointRules, _ name: String, _ passed: inout Int, _ failures: inout [String]
    ) {
        for item in cases["testCases"]?.list ?? [] {
            let parameters = item["params"]?.map ?? [:]
            let expected = item["expect"] ?? .null
            let got: AWSValue
            do {
                let endpoint = try rules.resolve(parameters: parameters)
                var value: AWSValue = ["url": .string(endpoint.url)]
                if !endpoint.properties.isEmpty { value["properties"] = .map(endpoint.properties) }
                if !endpoint.headers.isEmpty {
                    value["headers"] = .map(
                        AWSMap(endpoint.headers.map { ($0.name, .list($0.values.map(AWSValue.string))) }))
                }
                got = ["endpoint": value]
            } catch {
                got = ["error": .string(error.message)]
            }
            var wanted = expected
            for key in ["properties", "headers"] where wanted["endpoint"]?[key]?.map?.isEmpty == true {
                var endpoint = wanted["endpoint"] ?? .null
                endpoint[key] = nil
                wanted["endpoint"] = endpoint
            }
            if got == wanted { passed += 1 } else { failures.append("\(name) \(parameters): \(got) is not \(wanted)") }
        }
    }
}
