import AWSClient
import AWSModel
import LuaVM

/// A script's input for an operation, checked against the model.
enum CallInput {
    /// - Throws: ``AWSError`` of kind `.validation`, whose problems name their paths; lists are counted from 1, as in
    /// Lua.
    static func read(_ snapshot: LuaSnapshot?, _ operation: Operation, _ service: ServiceModel) throws -> AWSValue {
        var (input, problems) = try LuaInput.structure(snapshot, operation.input)
        let checked = ServiceCustoms.input(input, operation)
        if problems.isEmpty {
            if let shape = operation.input {
                problems = InputValidator.validate(checked, shape: shape, lists: .one)
            } else if let name = input.map?.orderedKeys.first {
                problems = [ValidationProblem(path: name, message: "the operation takes no input")]
            }
        }
        if problems.isEmpty { return input }
        throw AWSError(
            .validation, code: "ParamValidation", message: problems.map(\.description).joined(separator: "; "),
            service: service.name, operation: operation.name, problems: problems)
    }
}

extension AWSClient {
    /// A call as scripts make it, with what some services' values need besides.
    func customized(_ operation: Operation, _ input: AWSValue, options: CallOptions) async throws -> AWSResult {
        var result = try await call(operation, ServiceCustoms.input(input, operation), options: options)
        result.output = ServiceCustoms.output(result.output, operation, given: input)
        return result
    }
}

extension CallOptions {
    /// The second argument of a call.
    init(_ options: LuaOptions, function: String) throws {
        var options = options.of(function)
        self = try CallOptions(reading: &options)
        try options.finish()
    }

    /// `save_to`, `timeout` (seconds), `retries` (after the first attempt), `headers`, `once`, `memory_limit` (bytes).
    init(reading options: inout LuaOptions) throws {
        self.init()
        saveTo = try options.string("save_to")
        timeout = try options.duration("timeout")
        maxAttempts = try options.integer("retries").map { $0 + 1 }
        sendsOnce = try options.bool("once") ?? false
        if let limit = try options.integer("memory_limit") { memoryLimit = Int64(limit) }
        for (name, value) in try options.stringMap("headers") ?? [] {
            if let value { headers.append((name, value)) }
        }
    }
}
