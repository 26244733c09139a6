/// The `batch` section of a buildspec: builds that run together, with the order and the variables of each.
struct BuildBatchSpec: Sendable {
    struct Build: Sendable {
        var identifier: String
        var buildspec: String?
        var dependsOn: [String] = []
        var ignoreFailure = false
        var variables: [(name: String, value: String)] = []
        var image: String?
        var computeType: String?
        /// The environment's type: `LINUX_CONTAINER`.
        var type: String?
        var isPrivileged: Bool?
    }

    /// Builds of one batch at most: AWS's quota.
    private static let largest = 100

    /// Whether its builds share tests among them (`build-fanout`), which batches here do not do. What runs by itself has no
    /// need of it.
    var isFanout = false
    var fastFail = false
    var builds: [Build] = []

    init(_ node: YAMLReader) throws(BuildSpecError) {
        guard node["build-fanout"] == nil else {
            isFanout = true
            return
        }
        fastFail = node["fast-fail"]?.flag ?? false
        if let graph = node["build-graph"] ?? node["build-list"] {
            for (index, item) in (graph.items ?? []).enumerated() {
                var build = try Self.build(item, identifier: "build\(index)")
                build.dependsOn = try item["depend-on"]?.texts("depend-on") ?? []
                builds.append(build)
            }
        }
        if let matrix = node["build-matrix"] { builds += try Self.expand(matrix) }
        guard !builds.isEmpty else {
            throw BuildSpecError("YAML_FILE_ERROR: the batch section has no build-graph, build-list or build-matrix")
        }
        guard builds.count <= Self.largest else { throw Self.tooMany(String(builds.count)) }
        let identifiers = builds.map(\.identifier)
        for build in builds {
            if let missing = build.dependsOn.first(where: { !identifiers.contains($0) }) {
                throw BuildSpecError(
                    "YAML_FILE_ERROR: \(build.identifier) depends on \(missing), which the batch does not have")
            }
        }
        guard Set(identifiers).count == identifiers.count else {
            throw BuildSpecError("YAML_FILE_ERROR: the batch has two builds of the same identifier")
        }
        try checkOrder()
    }

    private static func tooMany(_ count: String) -> BuildSpecError {
        BuildSpecError("YAML_FILE_ERROR: the batch has \(count) builds; \(largest) are allowed in a batch")
    }

    private func checkOrder() throws(BuildSpecError) {
        var open = builds
        var done: Set<String> = []
        while !open.isEmpty {
            let ready = open.filter { $0.dependsOn.allSatisfy(done.contains) }
            guard !ready.isEmpty else {
                let names = open.map(\.identifier).joined(separator: ", ")
                throw BuildSpecError(
                    "YAML_FILE_ERROR: the builds \(names) of the batch depend on one another in a circle")
            }
            done.formUnion(ready.map(\.identifier))
            open.removeAll { done.contains($0.identifier) }
        }
    }

    private static func build(_ node: YAMLReader, identifier: String) throws(BuildSpecError) -> Build {
        var build = Build(identifier: try node["identifier"]?.requiredText() ?? identifier)
        build.buildspec = try node["buildspec"]?.requiredText()
        build.ignoreFailure = node["ignore-failure"]?.flag ?? false
        build.variables = try node["env"]?["variables"]?.pairs() ?? []
        build.image = node["env"]?["image"]?.text
        build.computeType = node["env"]?["compute-type"]?.text
        build.type = node["env"]?["type"]?.text
        build.isPrivileged = node["env"]?["privileged-mode"]?.flag
        return build
    }

    /// Every combination of the dynamic section's lists: of buildspecs, images, compute types and variables.
    private static func expand(_ node: YAMLReader) throws(BuildSpecError) -> [Build] {
        let fixed = node["static"]
        var common = Build(identifier: "")
        common.ignoreFailure = fixed?["ignore-failure"]?.flag ?? false
        common.variables = try fixed?["env"]?["variables"]?.pairs() ?? []
        common.type = fixed?["env"]?["type"]?.text
        common.isPrivileged = fixed?["env"]?["privileged-mode"]?.flag
        var builds = [common]
        // Counted before they are made: eight lists of ten are a hundred million.
        func combine(_ choices: [String], _ choose: (inout Build, String) -> Void) throws(BuildSpecError) {
            guard builds.count * choices.count <= largest else { throw tooMany("more than \(largest)") }
            builds = builds.flatMap { build in
                choices.map { choice in
                    var chosen = build
                    choose(&chosen, choice)
                    return chosen
                }
            }
        }
        let dynamic = node["dynamic"]
        if let specs = dynamic?["buildspec"] { try combine(try specs.texts("buildspec")) { $0.buildspec = $1 } }
        if let images = dynamic?["env"]?["image"] { try combine(try images.texts("image")) { $0.image = $1 } }
        if let types = dynamic?["env"]?["compute-type"] {
            try combine(try types.texts("compute-type")) { $0.computeType = $1 }
        }
        for (name, values) in try dynamic?["env"]?["variables"]?.entries() ?? [] {
            try combine(try values.texts(name)) { $0.variables.append((name, $1)) }
        }
        for at in builds.indices { builds[at].identifier = "build\(at)" }
        return builds
    }
}
