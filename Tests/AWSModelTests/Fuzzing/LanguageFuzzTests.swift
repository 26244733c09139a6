import FuzzSupport
import Foundation
import Testing

@testable import AWSModel

/// Mutated expressions, rules and models: what users and files of theirs hand to us.
@Suite struct LanguageFuzzTests {
    private static let answer: AWSValue = [
        "a": [["n": 1, "s": "é😀"], ["n": 2.5, "s": "x"]], "b": ["c": .null, "d": true], "e": [3, 1, 2], "f": "text",
    ]

    @Test func jmespath() throws {
        var fuzzer = Fuzzer(
            [
                "a[].{x: n, y: s} | [0]", "sort_by(a, &n)[-1].s", "e[::-2]", "a[?n > `1` && !b.c || s == 'x'].s",
                "join(', ', a[*].s)", "merge(b, {z: `{\"k\": [1, 2]}`})", "\"quo\\u00e9ted\".x[*][0:2]",
                "max_by(a, &n).n",
                "map(&to_string(@), e) | [length(@), reverse(@)]", "not_null(missing, b.c, 'raw\\'string')",
            ], rounds: 6000)
        fuzzer.runTexts { text in
            let expression: JMESPath
            do throws(JMESPathFailure) { expression = try JMESPath(compiling: text) } catch {
                // The place that is shown lies in the expression.
                if let position = error.position { #expect((0...text.utf8.count).contains(position), "\(text)") }
                #expect(!error.reason.isEmpty)
                return
            }
            let found = try? expression.search(Self.answer)
            #expect(found == (try? expression.search(Self.answer)))
        }
    }

    /// 20,000 brackets are an error or an answer, not a stack that overflows.
    @Test(arguments: ["[", "(", "!", "a.", "a[?", "a|", "&", "{a:", "not_null(", "a||"])
    func deepExpressions(piece: String) {
        _ = try? JMESPath(compiling: String(repeating: piece, count: 20_000) + "a").search(Self.answer)
        let closing = ["[": "]", "(": ")", "a[?": "]", "{a:": "}", "not_null(": ")"][piece] ?? ""
        let whole = String(repeating: piece, count: 20_000) + "a" + String(repeating: closing, count: 20_000)
        _ = try? JMESPath(compiling: whole).search(Self.answer)
    }

    private static let model = """
        {"version":"2.0","metadata":{"protocol":"rest-json","endpointPrefix":"t","serviceId":"T","signatureVersion":"v4"},\
        "operations":{"Do":{"name":"Do","http":{"method":"POST","requestUri":"/x/{Name}?y"},"input":{"shape":"In"},\
        "output":{"shape":"Out"},"errors":[{"shape":"Gone"}],"requestcompression":{"encodings":["gzip"]}}},\
        "shapes":{"In":{"type":"structure","required":["Name"],"members":{"Name":{"shape":"S","location":"uri",\
        "locationName":"Name"},"Tree":{"shape":"Tree"}}},"Out":{"type":"structure","members":{"L":{"shape":"L"}}},\
        "Tree":{"type":"structure","members":{"Left":{"shape":"Tree"},"Map":{"shape":"M"}}},"L":{"type":"list",\
        "member":{"shape":"Tree"},"flattened":true},"M":{"type":"map","key":{"shape":"S"},"value":{"shape":"L"}},\
        "S":{"type":"string","enum":["a","b"],"min":1,"max":9,"pattern":"[a-z]+"},\
        "Gone":{"type":"structure","members":{},"exception":true,"error":{"httpStatusCode":410}}}}
        """
    private static let paginators =
        #"{"pagination":{"Do":{"input_token":"Name","output_token":"L[-1].Left","limit_key":"Tree","result_key":"L"}}}"#
    private static let waiters = """
        {"version":2,"waiters":{"Done":{"delay":1,"maxAttempts":2,"operation":"Do","acceptors":[{"matcher":"path",\
        "argument":"L[0].Left","expected":true,"state":"success"}]}}}
        """

    /// A model that compiles can be used, whatever it says.
    @Test func models() throws {
        var fuzzer = Fuzzer([Self.model])
        fuzzer.run { bytes in
            guard let service = try? Catalog.compile(name: "fuzzed", json: bytes) else { return }
            for name in service.operationNames {
                guard let operation = service.operation(name) else { continue }
                let input: AWSValue = ["Name": "a", "Tree": ["Left": ["Map": ["k": [[:]]]]]]
                if let shape = operation.input { _ = InputValidator.validate(input, shape: shape) }
                _ = try? ClientCodec.encode(input, operation: operation, service: service)
                for body in [#"{"L":[{"Left":{}}]}"#, "<Out><L><Left/></L></Out>"] {
                    let response = WireResponse(status: 200, headers: [], body: .bytes(Array(body.utf8)))
                    _ = try? ClientCodec.decode(response, operation: operation, service: service)
                }
            }
        }
    }

    @Test func paginatorsAndWaiters() throws {
        let model = Array(Self.model.utf8)
        var pages = Fuzzer([Self.paginators], rounds: 1500)
        pages.run { bytes in
            guard let service = try? Catalog.compile(name: "fuzzed", json: model, paginators: bytes),
                let paginator = service.paginator("Do"), let rules = try? PaginatorRules(paginator)
            else { return }
            _ = try? rules.nextInput(after: ["L": [["Left": "t"]]], input: ["Name": "a"])
            _ = try? rules.items(of: ["L": [1]])
        }
        var waits = Fuzzer([Self.waiters], rounds: 1500)
        waits.run { bytes in
            guard let service = try? Catalog.compile(name: "fuzzed", json: model, waiters: bytes) else { return }
            for name in service.waiterNames { _ = service.waiter(name) }
        }
    }

    private static let rules = """
        {"version":"1.0","parameters":{"Region":{"type":"String","builtIn":"AWS::Region","required":true},\
        "UseFIPS":{"type":"Boolean","default":false,"required":true},"Endpoint":{"type":"String"}},\
        "rules":[{"conditions":[{"fn":"isSet","argv":[{"ref":"Endpoint"}]},{"fn":"parseURL","argv":[{"ref":"Endpoint"}],\
        "assign":"url"}],"endpoint":{"url":"{url#scheme}://{url#authority}","properties":{"authSchemes":[{"name":"sigv4",\
        "signingName":"x"}]},"headers":{"h":["{Region}"]}},"type":"endpoint"},{"conditions":[{"fn":"aws.partition",\
        "argv":[{"ref":"Region"}],"assign":"p"}],"rules":[{"conditions":[{"fn":"booleanEquals","argv":[{"ref":"UseFIPS"},\
        true]},{"fn":"stringEquals","argv":[{"fn":"substring","argv":[{"ref":"Region"},0,2,false]},"eu"]}],\
        "error":"no FIPS in {Region}","type":"error"},{"conditions":[],"endpoint":{"url":\
        "https://t.{Region}.{p#dnsSuffix}"},"type":"endpoint"}],"type":"tree"}]}
        """

    @Test func endpointRules() throws {
        let model = Array(Self.model.utf8)
        let asked: [AWSMap] = [
            ["Region": "eu-west-1"], ["Region": "eu-west-1", "UseFIPS": true],
            ["Region": "", "Endpoint": "https://h:1/p?q"],
            ["Region": "é", "Endpoint": "nonsense"],
        ]
        var fuzzer = Fuzzer([Self.rules])
        fuzzer.run { bytes in
            guard let service = try? Catalog.compile(name: "fuzzed", json: model, endpointRules: bytes),
                let rules = service.endpointRules
            else { return }
            for parameters in asked { _ = try? rules.resolve(parameters: parameters) }
        }
    }

    /// The carried rules with parameters that nobody would give.
    @Test(arguments: ["s3", "sts", "dynamodb", "codepipeline"])
    func endpointParameters(name: String) throws {
        let rules = try #require(try Catalog.builtIn.open(name).endpointRules)
        var fuzzer = Fuzzer(
            ["eu-west-1", "arn:aws:s3:us-west-2:123456789012:accesspoint:my-ap", "my-bucket--use1-az1--x-s3", "a.b.c"],
            rounds: 1500)
        fuzzer.runTexts { text in
            _ = try? rules.resolve(parameters: ["Region": .string(text), "Bucket": "b-1"])
            _ = try? rules.resolve(parameters: ["Region": "us-east-1", "Bucket": .string(text)])
            _ = try? rules.resolve(parameters: ["Region": "us-east-1", "Endpoint": .string("https://\(text)")])
        }
    }
}
