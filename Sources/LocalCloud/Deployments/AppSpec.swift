/// An AppSpec file for EC2 and on-premises instances, version 0.0.
struct AppSpec: Sendable {
    struct FileMapping: Sendable {
        var source: String
        var destination: String
    }

    struct Permission: Sendable {
        var object: String
        var pattern = "**"
        var except: [String] = []
        var owner: String?
        var group: String?
        var mode: String?
        var types = ["file", "directory"]
    }

    struct Script: Sendable {
        var location: String
        var timeout = 3600
        var runAs: String?
    }

    var files: [FileMapping] = []
    var permissions: [Permission] = []
    /// Lifecycle event to scripts.
    var hooks: [String: [Script]] = [:]
    var fileExistsBehavior: String?

    /// - Throws: ``BuildSpecError`` in the agent's words.
    init(yaml text: String) throws(BuildSpecError) {
        let root = try YAMLReader.root(of: text)
        let version = root["version"]?.text ?? ""
        guard version == "0.0" else {
            throw BuildSpecError(
                "The deployment failed because an invalid version value (\(version)) was entered in the application specification file. Make sure your AppSpec file specifies \"0.0\" as the version, and then try again."
            )
        }
        let system = root["os"]?.text ?? ""
        guard system == "linux" else {
            throw BuildSpecError(
                "The deployment failed because the application specification file specifies an unsupported operating system (\(system)). Specify either \"linux\" or \"windows\" in the os section of the AppSpec file, and then try again."
            )
        }
        fileExistsBehavior = root["file_exists_behavior"]?.text
        for item in root["files"]?.items ?? [] {
            guard let source = item["source"]?.text, let destination = item["destination"]?.text else {
                throw BuildSpecError(
                    "The deployment failed because the application specification file has a file entry without a source or a destination (line \(item.line))."
                )
            }
            files.append(FileMapping(source: source, destination: destination))
        }
        for item in root["permissions"]?.items ?? [] { permissions.append(try Self.permission(item)) }
        if let hooks = root["hooks"] {
            for (event, scripts) in try hooks.entries() { self.hooks[event] = try Self.scripts(scripts) }
        }
    }

    private static func permission(_ item: YAMLReader) throws(BuildSpecError) -> Permission {
        guard let object = item["object"]?.text else {
            throw BuildSpecError(
                "The deployment failed because a permission listed in the application specification file has no object value (line \(item.line))."
            )
        }
        var permission = Permission(object: object)
        permission.pattern = item["pattern"]?.text ?? "**"
        permission.except = try item["except"]?.texts("except") ?? []
        permission.owner = item["owner"]?.text
        permission.group = item["group"]?.text
        permission.mode = item["mode"]?.text
        if let mode = permission.mode,
            !(3...4).contains(mode.count) || mode.contains(where: { !"01234567".contains($0) })
        {
            throw BuildSpecError(
                "The deployment failed because the length of a permissions mode (\(mode)) in the application specification file is invalid. Permissions modes must be between one and four octal digits."
            )
        }
        if let types = try item["type"]?.texts("type") { permission.types = types }
        return permission
    }

    private static func scripts(_ node: YAMLReader) throws(BuildSpecError) -> [Script] {
        var scripts: [Script] = []
        for item in node.items ?? [] {
            guard let location = item["location"]?.text, !location.isEmpty else {
                throw BuildSpecError(
                    "The deployment failed because the application specification file specifies a script with no location value. Specify the location in the hooks section of the AppSpec file, and then try again."
                )
            }
            var script = Script(location: location)
            if let timeout = item["timeout"]?.text {
                guard let seconds = Int(timeout), seconds > 0 else {
                    throw BuildSpecError(
                        "The deployment failed because an invalid timeout value was provided for a script in the application specification file. Make corrections in the hooks section of the AppSpec file, and then try again."
                    )
                }
                script.timeout = seconds
            }
            script.runAs = item["runas"]?.text
            scripts.append(script)
        }
        return scripts
    }
}
