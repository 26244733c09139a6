import Foundation
import Testing

/// `log`: levels, fields, text and JSON.
struct LogTests {
    private let script = """
        log.debug("not shown")
        log.info("plain", { count = 2, name = "a b", list = { 1, "x" } })
        log.warn("two\\nlines")
        log.error(setmetatable({}, { __tostring = function() return "a value" end }))
        """

    @Test func text() throws {
        let lines = try run("-e", script).error.split(separator: "\n").map { $0.dropFirst(9) }
        #expect(lines[0] == #"info  plain  count=2 list=[1,"x"] name="a b""#)
        #expect(lines[1] == "warn  two")
        #expect(lines[3] == "error a value")
        #expect(lines.count == 4)
    }

    @Test func json() throws {
        let lines = try run("--log-format", "json", "--log", "debug", "-e", script).error.split(separator: "\n")
        #expect(lines.count == 4)
        let second = try #require(
            JSONSerialization.jsonObject(with: Data(lines[1].utf8)) as? [String: Any])
        #expect(second["level"] as? String == "info")
        #expect(second["message"] as? String == "plain")
        #expect(second["count"] as? Int == 2)
        #expect(second["list"] as? [AnyHashable] == [1, "x"])
        #expect((second["time"] as? String)?.hasSuffix("Z") == true)
    }

    @Test func levels() throws {
        #expect(try run("--log", "error", "-e", script).error.split(separator: "\n").count == 1)
        #expect(try run("--log", "off", "-e", script).error.isEmpty)
        #expect(try run("-e", "log.set_level('error') " + script).error.split(separator: "\n").count == 1)
        #expect(
            try run("-e", "print(log.level(), log.enabled('debug'), log.enabled('warn'))").output
                == "info\tfalse\ttrue\n")
        #expect(try run("-e", "log.set_level('loud')").error.contains("unknown level 'loud'"))
        #expect(try run("--log", "loud", "-e", "").status == 2)
    }

    @Test func fieldsThatCannotBeJSON() throws {
        let code = "local t = {} log.info('x', { f = print, level = 'mine', bytes = '\\xff', n = 0/0 })"
        let result = try run("--log-format", "json", "-e", code)
        let object = try #require(JSONSerialization.jsonObject(with: Data(result.error.utf8)) as? [String: Any])
        #expect(object["level"] as? String == "info")
        #expect(object["field_level"] as? String == "mine")
        #expect(object["f"] as? String == "(function)")
    }
}
