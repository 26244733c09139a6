import Testing

@testable import AWSModel

/// What the compiler makes of models, and what it says of broken ones.
@Suite struct CompilerTests {
    private func compile(_ json: String, rules: String? = nil) throws(ModelFailure) -> ServiceModel {
        try Catalog.compile(name: "demo", json: Array(json.utf8), endpointRules: rules.map { Array($0.utf8) })
    }

    @Test func keepsOrderLimitsAndNames() throws {
        let service = try compile(
            """
            {"metadata": {"protocol": "rest-json", "serviceId": "Demo", "signingName": "demo-sign"},
             "operations": {"GetIt": {"http": {"method": "GET", "requestUri": "/it/{id}"}, "input": {"shape": "In"},
               "documentation": "<p>prose</p>"}},
             "shapes": {
               "In": {"type": "structure", "required": ["z", "id"], "members": {
                 "z": {"shape": "Ratio", "locationName": "Zed"}, "id": {"shape": "Text", "location": "uri"},
                 "documentation": {"shape": "Text"}, "a": {"shape": "Text", "idempotencyToken": true}}},
               "Ratio": {"type": "double", "min": -0.5, "max": 1e20},
               "Text": {"type": "string", "min": 0, "max": 9007199254740993, "enum": ["b", "a"], "pattern": ".*"}}}
            """)
        #expect(
            service.wireProtocol == .restJSON && service.signingName == "demo-sign" && service.endpointPrefix == "demo")
        let input = try #require(service.operation("GetIt")?.input)
        #expect(input.members.map(\.name) == ["z", "id", "documentation", "a"])
        #expect(input.required == ["z", "id"])
        #expect(input.members.map(\.isRequired) == [true, true, false, false])
        let ratio = try #require(input.member("z")?.shape)
        #expect(ratio.min == -1 && ratio.max == nil && ratio.minimumValue == -0.5 && ratio.maximumValue == 1e20)
        let text = try #require(input.member("id")?.shape)
        #expect(text.min == 0 && text.max == 9_007_199_254_740_993 && text.enumeration == ["b", "a"])
    }

    /// In REST-XML a shape's own name is that of a whole document; elsewhere its members bear it, too.
    @Test(arguments: [("query", "Ours"), ("rest-xml", "list")])
    func shapesGiveTheirTraitsToMembers(wireProtocol: String, name: String) throws {
        let service = try compile(
            """
            {"metadata": {"protocol": "\(wireProtocol)"}, "shapes": {
               "In": {"type": "structure", "members": {
                 "list": {"shape": "List"}, "named": {"shape": "List", "locationName": "Mine"}, "day": {"shape": "Day"},
                 "hour": {"shape": "Day", "timestampFormat": "unixTimestamp"}}},
               "List": {"type": "list", "member": {"shape": "Day", "locationName": "entry"}, "flattened": true,
                 "locationName": "Ours"},
               "Day": {"type": "timestamp", "timestampFormat": "iso8601"}}}
            """)
        let input = try #require(service.shape("In"))
        #expect(input.member("list")?.wireName == name && input.member("list")?.flattened == true)
        #expect(input.member("named")?.wireName == "Mine")
        #expect(input.member("day")?.timestampFormat == "iso8601")
        #expect(input.member("hour")?.timestampFormat == "unixTimestamp")
        #expect(service.shape("List")?.element?.locationName == "entry")
    }

    @Test(arguments: [
        ("", "demo/service-2.json: not JSON at line 1, byte 0: the text ends too early"),
        ("{", "demo/service-2.json: not JSON at line 1, byte 1: the text ends too early"),
        ("[1,\n2 3]", "demo/service-2.json: not JSON at line 2, byte 7: expected \",\" or \"]\""),
        ("{} x", "demo/service-2.json: not JSON at line 1, byte 3: text after the end of the value"),
        ("{}", "demo: the model has no \"metadata\"; is this a service-2.json?"),
        (
            #"{"metadata": {"protocol": "soap"}}"#, "demo: none of the model's protocols is known: soap"
        ),
        (
            #"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "tensor"}}}"#,
            "demo: the shape A has the unknown type tensor"
        ),
        (
            #"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "list", "member": {"shape": "B"}}}}"#,
            "demo: the member member of the shape A refers to the shape B, which is not in the model"
        ),
        (
            #"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "map", "key": {}}}}"#,
            "demo: the member key of the shape A names no shape"
        ),
        (
            #"{"metadata": {"protocol": "json"}, "operations": {"Go": {"input": {"shape": "In"}}}}"#,
            "demo: the input of the operation Go refers to the shape In, which is not in the model"
        ),
        (
            #"{"metadata": {"protocol": "json"}, "shapes": {"A": {"type": "structure", "members": {"b": {"shape": "A", "location": "moon"}}}}}"#,
            "demo: the member b of the shape A has the unknown location moon"
        ),
    ])
    func saysWhatIsWrong(json: String, message: String) {
        #expect(throws: ModelFailure(message)) { try compile(json) }
    }

    @Test func saysWhatIsWrongWithRules() {
        let model = #"{"metadata": {"protocol": "json"}}"#
        let call = #"{"rules": [{"type": "error", "error": "no", "conditions": [{"fn": "split", "argv": []}]}]}"#
        #expect(
            throws: ModelFailure("demo: the endpoint rules cannot be compiled: the unknown function split")
        ) { try compile(model, rules: call) }
        let variable = #"{"rules": [{"type": "error", "error": {"ref": "Zone"}, "conditions": []}]}"#
        #expect(
            throws: ModelFailure(
                "demo: the endpoint rules cannot be compiled: the variable Zone is not assigned before its use")
        ) { try compile(model, rules: variable) }
    }

    @Test func deepNestingIsAnErrorNotACrash() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: ModelFailure.self) { try compile(deep) }
    }

    @Test func escapesAndNumbers() throws {
        let text = #"{"a": "é\"\\\/\b\f\n\r\té😀", "n": [0, -1, 1.5e3, 9223372036854775807, 1e400], "e": {}, "l": []}"#
        let value = try ModelJSON.parse(Array(text.utf8), file: "x")
        #expect(value["a"]?.string == "é\"\\/\u{8}\u{C}\n\r\té😀")
        #expect(value["n"]?.list?.prefix(4) == [0, -1, 1500.0, 9_223_372_036_854_775_807])
        #expect(value["e"] == [:] && value["l"] == [])
        #expect(throws: ModelFailure.self) { try ModelJSON.parse(Array(#""\ud800""#.utf8), file: "x") }
    }

    @Test func reportsTheDifferenceInWords() throws {
        func catalog(_ release: String, _ services: [String: [String]]) throws -> Catalog {
            var compiler = ImageCompiler(release: release)
            for (name, operations) in services {
                let list = operations.map { "\"\($0)\": {}" }.joined(separator: ",")
                let json = #"{"metadata": {"protocol": "json"}, "operations": {"# + list + "}}"
                compiler.add(
                    try ModelSource(
                        name: name, json: Array(json.utf8), paginators: nil, waiters: nil, endpointRules: nil))
            }
            return try Catalog(image: try compiler.compile())
        }
        let old = try catalog("botocore 1", ["a": ["One", "Two"], "b": ["Old"], "same": ["X"]])
        let new = try catalog("botocore 2", ["a": ["Two", "Three", "Four"], "c": ["New"], "same": ["X"]])
        #expect(
            ModelDifference(from: old, to: new).report == """
                new service c: New
                service b is gone, and with it Old
                a: added Four, Three; removed One
                botocore 1 to botocore 2: 3 operations added, 2 removed, in 3 services; 1 service new, 1 gone
                """)
    }
}
