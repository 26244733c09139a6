import AWSClient
import AWSModel
import LuaVM

/// What the script of one runtime sees of AWS: what it may do, and what results and errors look like, Lua values that
/// stdlib/aws.lua makes.
struct ScriptLook: Sendable {
    let permissions: Permissions
    let resultMetatable: LuaReference
    let isFunction: LuaReference

    func result(_ value: AWSValue) -> LuaWriter { value.result(metatable: resultMetatable) }

    /// Errors of AWS as values; everything else (a cancellation, an interceptor's own error) as it is.
    func raised(_ error: any Error) -> any Error {
        guard let error = error as? AWSError else { return error }
        return ScriptAWSError(error: error, isFunction: isFunction)
    }
}
