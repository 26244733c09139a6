import Testing

/// The standard library, tested by scripts that the built command runs.
@Suite struct ScriptTests {
    @Test func casesAreFound() {
        #expect(ScriptCase.all.count > 20)
    }

    @Test(arguments: ScriptCase.all) func passes(_ script: ScriptCase) throws {
        let result = try script.run()
        #expect(result.status == 0, "\(script.path) ended with exit code \(result.status):\n\(result.output)")
    }
}
