import AWSClient
import AWSModel
import LuaVM
import Synchronization

/// One walk over an operation's pages; each call gives the next page or its items.
final class Pager: LuaUserdata, Sendable {
    static let luaTypeName = "aws.pager"

    private let pages: AWSPages
    private let look: ScriptLook
    /// nil while a page is fetched.
    private let iterator: Mutex<AWSPages.Iterator?>
    private let resumeToken = Mutex<String?>(nil)

    init(_ pages: AWSPages, look: ScriptLook) {
        self.pages = pages
        self.look = look
        iterator = Mutex(pages.makeAsyncIterator())
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
                return AWSValue.list(try pager.pages.items(of: result.output)).lua
            })
        try type.method(
            "full_result",
            function: try vm.asyncFunction { (pager: Pager) async throws -> LuaWriter in
                do {
                    return pager.look.result(try await pager.pages.fullResult())
                } catch {
                    throw pager.look.raised(error)
                }
            })
        try type.method("resume_token") { (pager) -> String? in pager.resumeToken.withLock { $0 } }
    }

    private func page() async throws -> AWSResult? {
        let taken = iterator.withLock { iterator in
            defer { iterator = nil }
            return iterator
        }
        guard var walk = taken else { throw LuaMessage("another task is reading these pages; give each its own") }
        defer {
            let walk = walk
            iterator.withLock { $0 = walk }
            resumeToken.withLock { $0 = walk.resumeToken }
        }
        do {
            return try await walk.next()
        } catch {
            throw look.raised(error)
        }
    }
}

extension ServiceHandle {
    /// `(input, options)` → a pager. Options are those of a call, and `page_size`, `max_items`, `starting_token`.
    func pagerFunction(_ operation: Operation, _ vm: LuaVM) throws -> LuaFunction {
        guard let paginator = service.paginator(operation.name) else {
            throw LuaMessage("aws.\(scriptName).\(operation.snakeName) does not answer in pages: call it as it is")
        }
        let (client, look, label) = (client, look, "aws.\(scriptName).pages.\(operation.snakeName)")
        return try vm.function { (input: LuaSnapshot?, options: LuaOptions) -> Pager in
            var options = options.of(label)
            let pageSize = try options.integer("page_size")
            let maxItems = try options.integer("max_items")
            let startingToken = try options.string("starting_token")
            let callOptions = try CallOptions(reading: &options, look.permissions)
            try options.finish()
            if pageSize != nil, paginator.limitKey == nil {
                throw LuaMessage("\(label): the service does not let the caller choose the page_size")
            }
            if let maxItems, maxItems < 0 { throw LuaMessage("\(label): max_items must not be negative") }
            do {
                let input = try CallInput.read(input, operation, client, look.permissions)
                return Pager(
                    client.pages(
                        operation, input, pageSize: pageSize, maxItems: maxItems, startingToken: startingToken,
                        options: callOptions), look: look)
            } catch {
                throw look.raised(error)
            }
        }
    }
}
