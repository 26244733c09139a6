import AWSClient
import AWSModel
import LuaVM

/// The native half of `aws`: what stdlib/aws.lua builds its tables from.
enum AWSModule: LuaModule {
    static let name = "aws"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        var base = runtime.configuration.aws.clientConfiguration
        if let trace = base.trace {
            // The model knows which members are secret; the runtime, which values are, wherever they go.
            let mask = runtime.mask
            base.trace = { event in trace(event.masked { mask.mask($0) }) }
        }
        let (clients, permissions) = (base, runtime.permissions)
        let module = try vm.table()
        try module.setFunction("open") {
            (context: LuaContext, resultMetatable: LuaTable, errorIs: LuaFunction) -> LuaTable in
            let look = ScriptLook(
                permissions: permissions, resultMetatable: resultMetatable.reference, isFunction: errorIs.reference)
            return try AWSBindings(base: clients, look: look).table(in: context.vm)
        }
        return module
    }
}

struct AWSBindings: Sendable {
    let base: ClientConfiguration
    let look: ScriptLook
    let catalog: Catalog

    init(base: ClientConfiguration, look: ScriptLook) {
        self.base = base
        self.look = look
        catalog = ModelFolders.catalog(base.session.environment)
    }

    func table(in vm: LuaVM) throws -> LuaTable {
        let table = try vm.table()
        let (base, look, catalog) = (base, look, catalog)
        try table.setFunction("view") { (options: LuaOptions) -> ClientView in
            var options = options.of("aws.client")
            var configuration = base
            try configuration.apply(&options, look.permissions)
            try options.finish()
            return ClientView(configuration: configuration, catalog: catalog, look: look)
        }
        try table.setFunction("model") { (json: [UInt8], options: LuaOptions) -> ServiceHandle in
            var options = options.of("aws.model")
            let name = try options.string("service") ?? "model"
            var configuration = base
            try configuration.apply(&options, look.permissions)
            try options.finish()
            do {
                let service = try Catalog.compile(
                    name: name, json: json, paginators: nil, waiters: nil, endpointRules: nil)
                return ServiceHandle(AWSClient(service: service, configuration: configuration), look)
            } catch {
                throw LuaMessage("aws.model: \(error)")
            }
        }
        try table.setFunction("jmespath") { (expression: String, value: LuaSnapshot) throws -> LuaWriter in
            do {
                return try JMESPath(compiling: expression).search(try LuaInput.plain(value)).lua
            } catch let failure as JMESPathFailure {
                throw LuaMessage("\(failure)")
            }
        }
        try table.setFunction("partition") { (region: String) -> String? in
            Partitions.builtIn.partition(forRegion: region).name
        }
        try table.setFunction("services") { () in catalog.serviceNames.map(ClientView.scriptName) }
        return table
    }
}

/// The services as one configuration sees them: what `aws` is, and what `aws.client {…}` gives.
final class ClientView: LuaUserdata {
    static let luaTypeName = "aws.view"

    let configuration: ClientConfiguration
    let catalog: Catalog
    let look: ScriptLook

    init(configuration: ClientConfiguration, catalog: Catalog, look: ScriptLook) {
        self.configuration = configuration
        self.catalog = catalog
        self.look = look
    }

    static func registerLua(in type: inout LuaTypeBuilder<ClientView>) throws {
        try type.method("service") { (view, name: String) throws -> ServiceHandle in
            guard let service = view.catalog.service(name) else {
                let wanted = String(name.map { $0 == "_" ? "-" : $0 })
                let close = Suggestion.closest(to: wanted, among: view.catalog.serviceNames).map(scriptName)
                throw LuaMessage("aws has no service '\(name)'\(close.map { "; did you mean \($0)?" } ?? "")")
            }
            return ServiceHandle(AWSClient(service: service, configuration: view.configuration), view.look)
        }
        try type.method("region") { (view) -> String? in
            try view.catalog.service("sts").flatMap {
                try AWSClient(service: $0, configuration: view.configuration).checkedRegion
            }
        }
    }

    /// Names of services as fields of a table: "cognito_idp".
    static func scriptName(_ name: String) -> String { String(name.map { $0 == "-" ? "_" : $0 }) }
}

/// Models of the user's own: `~/.aws/models` and the folders of `AWS_DATA_PATH`.
enum ModelFolders {
    static func catalog(_ environment: Environment) -> Catalog {
        var folders = (environment["AWS_DATA_PATH"] ?? "").split(separator: ":").map { part in
            part.hasPrefix("~/") ? environment.home + part.dropFirst() : String(part)
        }
        folders.append(environment.home + "/.aws/models")
        return Catalog(folders: folders)
    }
}
