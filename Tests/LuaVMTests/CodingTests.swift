import LuaVM
import Testing

@Suite struct CodingTests {
    struct Report: Codable, Equatable, Sendable {
        struct Item: Codable, Equatable { var name: String; var size: Int64; var ratio: Double? }
        var title: String
        var items: [Item]
        var labels: [String: Bool]
        var empty: [Int]
    }

    let report = Report(
        title: "é", items: [.init(name: "a", size: .max, ratio: nil), .init(name: "b", size: -1, ratio: 0.5)],
        labels: ["x": true], empty: [])

    @Test func codableValuesGoThroughLua() throws {
        let vm = try LuaVM()
        let echo = try vm.load(
            "local r = ... r.items[3] = r.items[1] r.title = r.title .. #r.empty return r", name: "=echo")
        let back: LuaCoded<Report> = try echo.call(LuaCoded(report))
        var expected = report
        expected.items.append(report.items[0])
        expected.title = "é0"
        #expect(back.value == expected)
    }

    @Test(arguments: [
        ("{}", "the field 'title' is missing"),
        ("{ title = 1 }", "title: string expected, got number"),
        (
            "{ title = '', items = { { name = 'a', size = 1.5 } } }",
            "items[1].size: the number is not a whole one in the range of Int64"
        ),
        ("{ title = '', items = {}, labels = 1 }", "labels: table expected, got number"),
        ("print", "table expected, got function"),
    ])
    func whatDoesNotFitSaysWhere(source: String, message: String) throws {
        let vm = try LuaVM()
        try vm.globals.setFunction("take") { (_: LuaCoded<Report>) -> Void in }
        let error = #expect(throws: LuaError.self) { try vm.load("take(\(source))", name: "=t").call() as Void }
        #expect(error?.message.hasSuffix("(\(message))") == true, "\(error?.message ?? "")")
    }
}
