import AWSClient
import AWSModel
import LuaVM

/// An ``AWSError`` as scripts see it: a value with `code`, `modelled_code` (where the model has another), `message`, `service`,
/// `operation`, `status`, `request_id`, `kind`, `attempts`, `fields`, `problems` and `err:is("Code", …)`, whose `tostring`
/// begins with the script's line.
struct ScriptAWSError: LuaRaisable {
    let error: AWSError
    /// The Lua function behind `err:is`.
    let isFunction: LuaReference

    var luaMessage: String { error.description }

    func writeLuaFields(_ fields: inout LuaWriter) {
        fields["code"] = error.code
        fields["modelled_code"] = error.modelledCode
        fields["message"] = error.message
        fields["kind"] = error.kind.rawValue
        fields["service"] = error.service
        fields["operation"] = error.operation
        if error.status != 0 { fields["status"] = error.status }
        fields["request_id"] = error.requestID
        fields["attempts"] = error.attempts
        fields["retryable"] = error.isRetryable
        fields["is"] = isFunction
        fields.key("fields")
        AWSValue.map(error.fields).write(to: &fields)
        guard !error.problems.isEmpty else { return }
        fields.key("problems")
        fields.sequence(count: error.problems.count) { list in
            for problem in error.problems {
                list.table(entries: 2) { table in
                    table["path"] = problem.path
                    table["message"] = problem.message
                }
            }
        }
    }
}
