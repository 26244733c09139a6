import AWSClient
import LuaVM

/// `script`: what a script knows of itself. `stdlib/script.lua` adds the declared parameters.
enum ScriptModule: LuaModule {
    static let name = "script"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let settings = runtime.configuration.script
        let permissions = runtime.permissions
        let mask = runtime.mask
        let owner = Unowned(runtime)
        let exit = { (code: Int32) in owner.object.assumeIsolated { $0.exit(code: code) } }
        let script = try vm.table(entries: 16)

        try script.set("name", settings.name)
        try script.set("path", settings.path)
        try script.set("arguments", settings.arguments)
        try script.set("json", settings.wantsJSON)
        try script.set("profile", runtime.configuration.profile.rawValue)

        try script.setFunction("is_terminal") { (stream: String?) -> Bool in
            guard let answer = Terminal.isTerminal(stream ?? "stdout") else {
                throw LuaMessage("script.is_terminal takes \"stdin\", \"stdout\" or \"stderr\", not '\(stream ?? "")'")
            }
            return answer
        }
        try script.setFunction("width") { () -> Int? in Terminal.width }
        try script.setFunction("height") { () -> Int? in Terminal.height }
        try script.setFunction("env") { (name: String) -> String? in
            try permissions.check(.environment(variable: name))
            return ProcessEnvironment.value(name)
        }
        try script.setFunction("secret") { (value: [UInt8]) -> Void in mask.add(value) }
        try script.setFunction("masked") { (text: [UInt8]) -> [UInt8] in mask.mask(text) }
        try script.setFunction("write") { (stream: String, text: [UInt8]) -> Void in
            guard let descriptor = ["stdout": Int32(1), "stderr": 2][stream] else {
                throw LuaMessage("script.write takes \"stdout\" or \"stderr\", not '\(stream)'")
            }
            Terminal.write(mask.mask(text), to: descriptor)
        }
        try script.setFunction("exit") { (code: LuaValue) -> Void in
            let number: Int32? =
                switch code {
                case .nil, .boolean(true): 0
                case .boolean(false): 1
                case .integer(let value): Int32(exactly: value).flatMap { (0...255).contains($0) ? $0 : nil }
                default: nil
                }
            guard let number else { throw LuaArgumentError(index: 1, "an exit code is a number from 0 to 255") }
            throw exit(number)
        }
        try script.set(
            "prompt",
            vm.asyncFunction { (text: String, options: LuaOptions) async throws -> (String?, String?) in
                var options = options.of("script.prompt")
                let isHidden = try options.bool("secret") ?? false
                try options.finish()
                guard Terminal.isTerminal("stdin") == true else { return (nil, "no terminal") }
                let answer = try await Terminal.prompt(text, isHidden: isHidden)
                if isHidden, let answer { mask.add(answer.utf8) }
                return (answer, answer == nil ? "end of input" : nil)
            })
        return script
    }
}
