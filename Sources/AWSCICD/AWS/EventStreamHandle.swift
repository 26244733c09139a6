import AWSClient
import AWSModel
import LuaVM

/// A stream of events that a script reads one by one, as they come.
final class EventStreamHandle: LuaUserdata, Sendable {
    static let luaTypeName = "aws.events"

    private let stream: AWSEventStream
    private let look: ScriptLook

    init(_ stream: AWSEventStream, _ look: ScriptLook) {
        self.stream = stream
        self.look = look
    }

    static func registerLua(in type: inout LuaTypeBuilder<EventStreamHandle>) throws {
        let next = try type.vm.asyncFunction { (handle: EventStreamHandle) async throws -> LuaWriter? in
            do {
                return try await handle.stream.next()?.lua
            } catch {
                throw handle.look.raised(error)
            }
        }
        try type.method("next", function: next)
        // `for event in stream do`
        try type.metamethod("__call", function: next)
    }
}

extension ServiceHandle {
    /// `(input, options)` → a stream of the operation's events, `{ EventName = {…} }` each; nil at its end.
    func eventsFunction(_ operation: Operation, _ vm: LuaVM) throws -> LuaFunction {
        let (client, look, label) = (client, look, "aws.\(scriptName).events.\(operation.snakeName)")
        return try vm.asyncFunction {
            (input: LuaSnapshot?, options: LuaOptions) async throws -> EventStreamHandle in
            do {
                let input = try CallInput.read(input, operation, client, look.permissions)
                let options = try CallOptions(options, function: label, look.permissions)
                return EventStreamHandle(try await client.events(operation, input, options: options), look)
            } catch {
                throw look.raised(error)
            }
        }
    }
}
