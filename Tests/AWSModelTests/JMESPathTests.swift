import Testing

@testable import AWSModel

@Suite struct JMESPathTests {
    private static let answer: AWSValue = [
        "Reservations": [
            ["Instances": [["Id": "i-1", "State": ["Name": "running"], "Cores": 2], ["Id": "i-2", "Cores": 4]]],
            ["Instances": [["Id": "i-3", "State": ["Name": "stopped"], "Cores": 1]]],
        ],
        "Launched": .timestamp(1_700_000_000), "Data": .blob(Array("bytes".utf8)), "Large": .integer(.max), "Empty": [],
    ]

    @Test(
        arguments: [
            ("Reservations[].Instances[].Id", ["i-1", "i-2", "i-3"]),
            ("Reservations[*].Instances[0].Id", ["i-1", "i-3"]),
            ("Reservations[].Instances[?State.Name == 'running'].Id[]", ["i-1"]),
            ("Reservations[].Instances[] | [?Cores >= `2`].[Id, Cores]", [["i-1", 2], ["i-2", 4]]),
            ("Reservations[].Instances[].{id: Id, state: State.Name} | [1]", ["id": "i-2", "state": .null]),
            ("sort_by(Reservations[].Instances[], &Cores)[].Id", ["i-3", "i-1", "i-2"]),
            ("sum(Reservations[].Instances[].Cores)", 7),
            ("max_by(Reservations[].Instances[], &Cores).Id", "i-2"),
            ("join(',', Reservations[].Instances[].Id)", "i-1,i-2,i-3"),
            ("Reservations[::-1] | [0].Instances[0].Id", "i-3"),
            ("Reservations[-9223372036854775807:1].Instances[].Id", ["i-1", "i-2"]),
            ("Launched > `1600000000`", true), ("type(Launched)", "number"), ("contains(Data, 'yte')", true),
            ("Large", .integer(.max)), ("to_string(Empty)", "[]"), ("!Empty && !Missing", true),
            ("length('naïve 😀')", 7), ("reverse('añ')", "ña"), ("avg(`[1, 2]`)", 1.5), ("ceil(`1.2`)", 2),
            ("to_number('12')", 12), ("to_number('x')", .null), ("not_null(Missing, 'x')", "x"),
            ("merge(`{\"a\": 1}`, `{\"b\": 2}`)", ["a": 1, "b": 2]), ("`1` == `1.0`", true), ("'1' == `1`", false),
        ] as [(String, AWSValue)])
    func finds(expression: String, expected: AWSValue) throws {
        #expect(JMESPathEvaluator.equal(try JMESPath(compiling: expression).search(Self.answer), expected))
    }

    @Test(arguments: [
        ("", "JMESPath: the expression is empty"),
        (
            "foo.",
            "JMESPath: expected a name, \"*\", \"[\" or \"{\" after \".\", but the expression ends too early at column 5 of \"foo.\""
        ),
        ("foo = 1", "JMESPath: unexpected \"=\"; equality is \"==\" at column 5 of \"foo = 1\""),
        ("foo[?a", "JMESPath: expected \"]\", but the expression ends too early at column 7 of \"foo[?a\""),
        ("'abc", "JMESPath: ' is not closed at column 1 of \"'abc\""),
        ("lenght(@)", "JMESPath: no function \"lenght\"; did you mean \"length\"? at column 1 of \"lenght(@)\""),
        ("length()", "JMESPath: length() takes 1 argument, not 0 at column 1 of \"length()\""),
        (
            "sort_by(@, a)",
            "JMESPath: argument 2 of sort_by() is an expression, written &… at column 1 of \"sort_by(@, a)\""
        ),
        ("[1, 2]", "JMESPath: expected \"]\", but unexpected text at column 3 of \"[1, 2]\""),
        ("&foo", "JMESPath: unexpected text at column 1 of \"&foo\""),
    ])
    func refuses(expression: String, message: String) {
        #expect { try JMESPath(compiling: expression) } throws: { "\($0)" == message }
    }

    @Test(arguments: [
        ("abs('x')", "JMESPath: argument 1 of abs() must be number, not string of \"abs('x')\""),
        (
            "sum(`[1, \"a\"]`)",
            "JMESPath: argument 1 of sum() must be array of numbers, not string of \"sum(`[1, \"a\"]`)\""
        ),
        ("sort_by(`[{\"a\": 1}, {\"a\": \"x\"}]`, &a)", nil),
        ("`[1]`[::0]", "JMESPath: a slice's step cannot be 0 of \"`[1]`[::0]\""),
    ])
    func refusesValues(expression: String, message: String?) throws {
        let compiled = try JMESPath(compiling: expression)
        #expect { try compiled.search(.null) } throws: { message == nil || "\($0)" == message }
    }

    @Test func depthIsBounded() throws {
        for (open, close) in [
            ("(", ")"), ("[?", "]"), ("!", ""), ("a.", "a"), ("a|", "a"), ("{a:", "}"), ("abs(", ")"),
        ] {
            let text = String(repeating: open, count: 100_000) + "a" + String(repeating: close, count: 1)
            #expect(throws: JMESPathFailure.self) { try JMESPath(compiling: text) }
        }
        let long = Array(repeating: "a", count: 150).joined(separator: ".")
        #expect(try JMESPath(compiling: long).search(.null) == .null)
        let wide = "[" + Array(repeating: "a", count: 20_000).joined(separator: ",") + "]"
        #expect(try JMESPath(compiling: wide).search([:]).list?.count == 20_000)
    }

    /// Random texts from the language's own words: each is an expression or an error, never a crash.
    @Test func survivesRandomExpressions() throws {
        let words = [
            "foo", "\"q\"", "'s'", "`1`", "`[1,2]`", "[", "]", "[?", "[]", "{", "}", "(", ")", ".", "*", ",", ":", "@",
            "||", "|", "&&", "&", "!", "==", "<", "0", "-1", "99999999999", "sort_by(", "length(", "map(&", "\\", "é",
        ]
        var random = SeededGenerator(seed: 1)
        var compiled = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined()
            guard let expression = try? JMESPath(compiling: text) else { continue }
            compiled += 1
            _ = try? expression.search(Self.answer)
            _ = try? expression.search(["foo": [1, 2, ["foo": "q"]], "q": "x"])
        }
        #expect(compiled > 500)
    }
}
