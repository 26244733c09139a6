import Testing

@testable import LocalCloud

/// How the operators of conditions treat keys that a request has several values for, none, or not at all.
///
/// Source: "Single-valued vs. multivalued context keys" and "IfExists", IAM User Guide.
@Suite struct PolicyConditionTests {
    @Test(arguments: [
        ("StringEquals", ["a"], true), ("StringEquals", ["b"], false), ("StringNotEquals", ["a"], false),
        ("StringNotEquals", ["b"], true), ("StringEquals", ["b", "a"], true), ("StringNotEquals", ["b", "a"], false),
        ("ForAnyValue:StringEquals", ["b", "a"], true), ("ForAnyValue:StringEquals", ["b"], false),
        ("ForAnyValue:StringNotEquals", ["b", "a"], true), ("ForAnyValue:StringNotEquals", ["a"], false),
        ("ForAllValues:StringEquals", ["b", "a"], false), ("ForAllValues:StringEquals", ["a"], true),
        ("ForAllValues:StringNotEquals", ["b", "c"], true), ("ForAllValues:StringNotEquals", ["b", "a"], false),
        ("StringEqualsIfExists", ["b"], false), ("StringEqualsIfExists", ["a"], true), ("Null", ["a"], false),
    ])
    func aKeyThatIsThere(_ name: String, _ actual: [String], _ holds: Bool) {
        #expect(PolicyCondition(name).holds(actual, [name == "Null" ? "true" : "a"]) == holds)
    }

    /// A key without a value is one that is not there.
    @Test(arguments: [nil, []] as [[String]?])
    func aKeyWithoutAValue(_ actual: [String]?) {
        for (name, holds) in [
            ("StringEquals", false), ("StringNotEquals", true), ("ForAnyValue:StringEquals", false),
            ("ForAnyValue:StringNotEquals", false), ("ForAllValues:StringEquals", true),
            ("ForAllValues:StringNotEquals", true), ("StringEqualsIfExists", true), ("StringNotEqualsIfExists", true),
            ("ForAnyValue:StringEqualsIfExists", true), ("ForAnyValue:StringNotEqualsIfExists", true),
            ("ForAllValues:StringEqualsIfExists", true), ("BoolIfExists", true),
        ] {
            #expect(PolicyCondition(name).holds(actual, ["a"]) == holds, "\(name)")
        }
        #expect(PolicyCondition("Null").holds(actual, ["true"]))
        #expect(!PolicyCondition("Null").holds(actual, ["false"]))
    }
}
