import Foundation
import Testing

/// The scripts of Tests/Scripts, each of which tests one module from the inside.
struct ScriptTests {
    @Test(arguments: ["json", "fs", "process", "time"])
    func module(name: String) throws {
        let script = Command.package.appendingPathComponent("Tests/Scripts/\(name).lua").path
        let result = try Command(arguments: [script]).run(timeout: 120)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.hasSuffix(" passed\n"))
    }
}
