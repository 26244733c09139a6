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

    class Base: Codable {
        var name = ""
        var tags: [String] = []
    }

    final class Derived: Base {
        var size = 0
        private enum Keys: String, CodingKey { case size, above }

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            size = try fields.decode(Int.self, forKey: .size)
            try super.init(from: fields.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Keys.self)
            try fields.encode(size, forKey: .size)
            try super.encode(to: fields.superEncoder())
        }
    }

    /// As Foundation's coders have it: in the field "super".
    @Test func superclassesGoThroughLua() throws {
        let vm = try LuaVM()
        let echo = try vm.load(
            "local r = ... r.super.tags[3] = r.super.name .. r.size r.size = #r.super.tags return r", name: "=echo")
        let value = Derived()
        (value.name, value.tags, value.size) = ("n", ["a", "b"], 7)
        let back: LuaCoded<Derived> = try echo.call(LuaCoded(value))
        #expect(back.value.name == "n")
        #expect(back.value.tags == ["a", "b", "n7"])
        #expect(back.value.size == 3)
        let error = #expect(throws: LuaArgumentError.self) {
            try vm.load("return { size = 1 }", name: "=t").call() as LuaCoded<Derived>
        }
        #expect(error.map { "\($0)" }?.contains("'super' is missing") == true)
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
