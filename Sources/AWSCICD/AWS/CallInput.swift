import AWSClient
import AWSModel
import LuaVM

/// A script's input for an operation, checked against the model. Calls, pages, waiters, event streams and prepared requests
/// all begin here, so here is where the script's permission is asked for.
enum CallInput {
    /// - Throws: ``PermissionDenied``; ``AWSError`` of kind `.validation`, whose problems name their paths; lists are counted
    ///   from 1, as in Lua.
    static func read(
        _ snapshot: LuaSnapshot?, _ operation: Operation, _ client: AWSClient, _ permissions: Permissions
    ) throws -> AWSValue {
        try permissions.check(.aws(service: client.service.name, operation: operation.name))
        var (input, problems) = try LuaInput.structure(snapshot, operation.input, permissions)
        if problems.isEmpty { problems = client.problems(operation, input, lists: .one) }
        if problems.isEmpty { return input }
        throw AWSError(
            .validation, code: "ParamValidation", message: problems.map(\.description).joined(separator: "; "),
            service: client.service.name, operation: operation.name, problems: problems)
    }
}

extension CallOptions {
    /// The second argument of a call, whose input comes from ``CallInput``.
    init(_ options: LuaOptions, function: String, _ permissions: Permissions) throws {
        if options.hasNone {
            self.init(inputIsChecked: true)
            return
        }
        var options = options.of(function)
        self = try CallOptions(reading: &options, permissions)
        try options.finish()
    }

    /// `save_to`, `timeout` (seconds), `retries` (after the first attempt), `headers`, `once`, `memory_limit` (bytes).
    init(reading options: inout LuaOptions, _ permissions: Permissions) throws {
        self.init(inputIsChecked: true)
        saveTo = try options.string("save_to")
        if let saveTo { try permissions.checkWriting(FSPath(saveTo)) }
        timeout = try options.duration("timeout")
        maxAttempts = try options.retries().map { $0 + 1 }
        sendsOnce = try options.bool("once") ?? false
        if let limit = try options.integer("memory_limit") { memoryLimit = Int64(limit) }
        for (name, value) in try options.stringMap("headers") ?? [] {
            if let value { headers.append((name, value)) }
        }
    }
}

extension LuaOptions {
    /// Attempts after the first one.
    mutating func retries() throws -> Int? {
        guard let retries = try integer("retries") else { return nil }
        if !(0...100).contains(retries) { throw LuaMessage("retries must be from 0 to 100, not \(retries)") }
        return retries
    }
}
