import AWSClient
import AWSModel
import LuaVM

extension ServiceHandle {
    /// `(input, options)`. Options are those of a call, and `delay` (seconds), `max_attempts`, and `within` (seconds
    /// for all of it).
    func waiterFunction(_ name: String, _ vm: LuaVM) throws -> LuaFunction {
        guard let waiter = service.waiter(name) else {
            let hint = Suggestion.closest(to: name, among: service.waiterNames).map { "; did you mean \($0)?" } ?? ""
            throw LuaMessage("aws.\(scriptName) has no waiter '\(name)'\(hint)")
        }
        guard let operation = service.operation(waiter.operation) else {
            throw LuaMessage("the model of \(service.name) has a waiter for \(waiter.operation), but no such operation")
        }
        let (client, look, label) = (client, look, "aws.\(scriptName).wait.\(waiter.snakeName)")
        return try vm.asyncFunction {
            (input: LuaSnapshot?, options: LuaOptions) async throws -> (LuaWriter?, LuaWriter?) in
            do {
                var options = options.of(label)
                let delay = try options.duration("delay")
                let attempts = try options.integer("max_attempts")
                let within = try options.duration("within")
                let callOptions = try CallOptions(reading: &options, look.permissions)
                try options.finish()
                let result = try await client.wait(
                    waiter, try CallInput.read(input, operation, client, look.permissions), delay: delay,
                    maxAttempts: attempts,
                    within: within, options: callOptions)
                return (result.map { look.result($0.output) }, result?.metadata.lua)
            } catch {
                throw look.raised(error)
            }
        }
    }
}
