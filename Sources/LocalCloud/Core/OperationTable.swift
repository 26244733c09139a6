import AWSModel

extension Cloud {
    /// Which operations exist, service by service, in Markdown: the page of the documentation is made of it.
    public var operationTable: String {
        let models = bindings.keys.compactMap { Catalog.builtIn.service($0) }.sorted { $0.name < $1.name }
        var total = 0
        var rows = ""
        for model in models {
            let built = Set(bindings[model.name]?.handlers.keys.map { $0 } ?? [])
            let names = model.operationNames.filter(built.contains)
            total += names.count
            rows +=
                "| `\(model.name)` \(model.fullName) | \(names.count) of \(model.operationNames.count) | "
                + names.joined(separator: ", ") + " |\n"
        }
        return """
            # What the local cloud answers

            <!-- Made by `awscicd-local --operations`; do not edit. -->

            \(total) operations of \(models.count) services. Every other operation of AWS's model is refused with
            `NotImplemented`, which names it, or goes to the endpoint that `--upstream` names.

            | service | built | operations |
            |---|---|---|
            \(rows)
            """
    }
}
