import AWSClient
import AWSModel
import LuaVM
import Synchronization

/// One walk over an operation's pages; each call gives the next page or its items.
final class Pager: LuaUserdata, Sendable {
    static let luaTypeName = "aws.pager"

    private let client: AWSClient
    private let operation: Operation
    private let rules: PaginatorRules
    private let options: CallOptions
    private let look: ScriptLook
    /// The input of the next page; nil after the last.
    private let next: Mutex<AWSMap?>

    init(
        _ client: AWSClient, _ operation: Operation, _ rules: PaginatorRules, input: AWSMap, options: CallOptions,
        look: ScriptLook
    ) {
        self.client = client
        self.operation = operation
        self.rules = rules
        self.options = options
        self.look = look
        next = Mutex(input)
    }

    static func registerLua(in type: inout LuaTypeBuilder<Pager>) throws {
        let vm = type.vm
        try type.method(
            "next_page",
            function: try vm.asyncFunction { (pager: Pager) async throws -> (LuaWriter?, LuaWriter?) in
                guard let result = try await pager.page() else { return (nil, nil) }
                return (pager.look.result(result.output), result.metadata.lua)
            })
        try type.method(
            "next_items",
            function: try vm.asyncFunction { (pager: Pager) async throws -> LuaWriter? in
                guard let result = try await pager.page() else { return nil }
                return AWSValue.list(try pager.rules.items(of: result.output)).lua
            })
    }

    private func page() async throws -> AWSResult? {
        guard let input = next.withLock({ $0 }) else { return nil }
        do {
            let result = try await client.customized(operation, .map(input), options: options)
            let following = try rules.nextInput(after: result.output, input: input)
            next.withLock { $0 = following }
            return result
        } catch let failure as PaginationFailure {
            throw look.raised(
                AWSError(
                    .response, code: "Pagination", message: failure.message, service: client.service.name,
                    operation: operation.name))
        } catch {
            throw look.raised(error)
        }
    }
}

extension ServiceHandle {
    /// `(input, options)` → a pager. Options are those of a call, and `page_size`.
    func pagerFunction(_ operation: Operation, _ vm: LuaVM) throws -> LuaFunction {
        guard let paginator = service.paginator(operation.name) else {
            throw LuaMessage("aws.\(scriptName).\(operation.snakeName) does not answer in pages: call it as it is")
        }
        let rules = try PaginatorRules(paginator)
        let (client, look, label) = (client, look, "aws.\(scriptName).pages.\(operation.snakeName)")
        return try vm.function { (input: LuaSnapshot?, options: LuaOptions) -> Pager in
            var options = options.of(label)
            let pageSize = try options.integer("page_size")
            let callOptions = try CallOptions(reading: &options)
            try options.finish()
            do {
                var map = try CallInput.read(input, operation, client.service).map ?? [:]
                if let pageSize {
                    guard let member = paginator.limitKey else {
                        throw LuaMessage("\(label): the service does not let the caller choose the page_size")
                    }
                    // The two services that take it as text.
                    let isText = operation.input?.member(member)?.shape.kind == .string
                    map[member] = isText ? .string(String(pageSize)) : .integer(Int64(pageSize))
                }
                return Pager(client, operation, rules, input: map, options: callOptions, look: look)
            } catch {
                throw look.raised(error)
            }
        }
    }
}
