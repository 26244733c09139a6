/// What every script finds.
enum StandardModules {
    /// Modules written in Swift, wholly or for the half that Lua cannot do. To add one: a file with a ``LuaModule``, and a
    /// line here; add its name to ``preloaded`` when scripts should find it as a global.
    ///
    /// A Lua file of the same name in stdlib/ is the module then, and finds the Swift half as `awscicd.native.NAME`.
    static let native: [any LuaModule.Type] = [
        AWSModule.self, FSModule.self, HTTPModule.self, JSONModule.self, LogModule.self, ProcessModule.self,
        ScriptModule.self,
        TaskModule.self, TimeModule.self,
    ]

    /// The names that are there without `require`.
    static let preloaded = [
        "artifacts", "aws", "build", "deploy", "fleet", "fs", "gate", "http", "json", "log", "notify", "pipeline",
        "process",
        "roles", "script", "secrets", "source", "task", "teardown", "time",
    ]
}
