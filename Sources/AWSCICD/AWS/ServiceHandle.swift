import AWSClient
import AWSModel
import LuaVM

/// A service's client as stdlib/aws.lua holds it: it hands out functions for operations, pagers and waiters.
final class ServiceHandle: LuaUserdata {
    static let luaTypeName = "aws.service"

    let client: AWSClient
    let look: ScriptLook
    var service: ServiceModel { client.service }

    init(_ client: AWSClient, _ look: ScriptLook) {
        self.client = client
        self.look = look
    }

    static func registerLua(in type: inout LuaTypeBuilder<ServiceHandle>) throws {
        try type.method("operation") { (handle, context: LuaContext, name: String) in
            try handle.callFunction(try handle.operation(name), context.vm)
        }
        try type.method("pager") { (handle, context: LuaContext, name: String) in
            try handle.pagerFunction(try handle.operation(name), context.vm)
        }
        try type.method("events") { (handle, context: LuaContext, name: String) in
            try handle.eventsFunction(try handle.operation(name), context.vm)
        }
        try type.method("waiter") { (handle, context: LuaContext, name: String) in
            try handle.waiterFunction(name, context.vm)
        }
        try type.method("preparer") { (handle, context: LuaContext) in try handle.prepareFunction(context.vm) }
        try type.method("parse") { (handle, name: String, response: LuaOptions) in try handle.parse(name, response) }
        try type.method("operations") { (handle) in
            handle.service.operationNames.map { handle.service.snakeName(of: $0) }
        }
        try type.method("waiters") { (handle) in handle.service.waiterNames }
        try type.method("describe") { (handle, name: String) in OperationDescription.write(try handle.operation(name)) }
        type.property("name") { $0.service.name }
        type.property("region") { $0.client.region }
    }

    func operation(_ name: String) throws -> Operation { try service.scriptOperation(name) }

    var scriptName: String { service.scriptName }

    private func callFunction(_ operation: Operation, _ vm: LuaVM) throws -> LuaFunction {
        let (client, look, label) = (client, look, "aws.\(scriptName).\(operation.snakeName)")
        return try vm.asyncFunction {
            (input: LuaSnapshot?, options: LuaOptions) async throws -> (LuaWriter, LuaWriter) in
            do {
                let input = try CallInput.read(input, operation, client, look.permissions)
                var options = try CallOptions(options, function: label, look.permissions)
                options.sink = { AnswerWriter(metatable: look.resultMetatable) }
                let result = try await client.call(operation, input, options: options)
                return (look.result(result), result.metadata.lua)
            } catch {
                throw look.raised(error)
            }
        }
    }

    private func prepareFunction(_ vm: LuaVM) throws -> LuaFunction {
        // Operations are looked up inside, so the function serves all of them.
        let (client, look) = (client, look)
        return try vm.asyncFunction {
            (name: String, input: LuaSnapshot?, options: LuaOptions) async throws -> LuaWriter in
            let operation = try client.service.scriptOperation(name)
            var options = options.of("prepare")
            let expires = try options.integer("expires")
            try options.finish()
            do {
                let input = try CallInput.read(input, operation, client, look.permissions)
                let request =
                    if let expires {
                        try presigned(
                            try await client.presign(operation, input, expires: expires), operation, client.service)
                    } else {
                        try await client.prepare(operation, input)
                    }
                return try request.lua()
            } catch {
                throw look.raised(error)
            }
        }
    }

    /// The result of a response that the script has; raises when it is an error.
    private func parse(_ name: String, _ response: LuaOptions) throws -> LuaWriter {
        let operation = try operation(name)
        var response = response.of("parse")
        let status = try response.integer("status") ?? 200
        let headers = try response.stringMap("headers") ?? []
        let body = try response.bytes("body") ?? []
        try response.finish()
        do {
            let output = try client.parse(
                operation, status: status, headers: headers.map { ($0.name, $0.value ?? "") }, body: body)
            return look.result(output)
        } catch {
            throw look.raised(error)
        }
    }
}

/// A URL is handed on without the request's body: that is the holder's where it is a stream, else input that would be lost.
private func presigned(
    _ request: PreparedRequest, _ operation: Operation, _ service: ServiceModel
) throws -> PreparedRequest {
    if case .bytes(let bytes) = request.body, bytes.isEmpty || bytes.elementsEqual("{}".utf8) { return request }
    if operation.hasStreamingInput { return request }
    throw AWSError(
        .validation, code: "ParamValidation",
        message: "its input travels in the body, which a URL does not carry; `prepare` gives the whole request",
        service: service.name, operation: operation.name)
}

extension PreparedRequest {
    /// `{ method, url, headers, body }`; a body in a file is `{ file = … }`.
    fileprivate func lua() throws -> LuaWriter {
        var writer = LuaWriter()
        writer.table(entries: 4) { table in
            table["method"] = method
            table["url"] = url
            table.key("headers")
            table.table(entries: headers.count) { list in
                for (name, value) in headers { list[name] = value }
            }
            table.key("body")
            AWSValue.body(body).write(to: &table)
        }
        return writer
    }
}

extension ServiceModel {
    /// An operation by boto3's name or the published one.
    func scriptOperation(_ name: String) throws -> Operation {
        if let found = operation(snakeCase: name) ?? operation(name) { return found }
        let names = operationNames.map { snakeName(of: $0) }
        let hint = Suggestion.closest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        throw LuaMessage("aws.\(scriptName) has no operation '\(name)'\(hint)")
    }

    var scriptName: String { name.contains("-") ? ClientView.scriptName(name) : name }

    func snakeName(of published: String) -> String { operation(published)?.snakeName ?? published }
}
