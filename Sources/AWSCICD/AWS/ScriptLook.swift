import AWSClient
import AWSModel
import LuaVM

/// What the script of one runtime sees of AWS: what it may do, and what results and errors look like, Lua values that
/// stdlib/aws.lua makes.
struct ScriptLook: Sendable {
    let permissions: Permissions
    let resultMetatable: LuaReference
    let isFunction: LuaReference

    /// An output: the outermost table has the methods of results.
    func result(_ output: AWSValue) -> LuaWriter {
        var sink = AnswerWriter(metatable: resultMetatable)
        sink.value(output)
        return sink.writer
    }

    func result(_ result: AWSResult) -> LuaWriter {
        (result.written as? AnswerWriter)?.writer ?? self.result(result.output)
    }

    /// Errors of AWS as values; everything else (a cancellation, an interceptor's own error) as it is.
    func raised(_ error: any Error) -> any Error {
        guard let error = error as? AWSError else { return error }
        return ScriptAWSError(error: error, isFunction: isFunction)
    }
}
