/// What a new release of the models brings, in words.
public struct ModelDifference: Sendable {
    public struct Service: Sendable {
        public let name: String
        public var added: [String] = []
        public var removed: [String] = []
    }

    public let oldRelease: String
    public let newRelease: String
    /// With all of their operations as added.
    public let addedServices: [Service]
    public let removedServices: [Service]
    /// Services of both releases whose operations are not the same.
    public let changedServices: [Service]

    public init(from old: Catalog, to new: Catalog) {
        oldRelease = old.release
        newRelease = new.release
        let oldNames = old.serviceNames
        let newNames = new.serviceNames
        func operations(_ catalog: Catalog, _ name: String) -> [String] { catalog.service(name)?.operationNames ?? [] }
        addedServices = newNames.filter { !oldNames.contains($0) }
            .map { Service(name: $0, added: operations(new, $0)) }
        removedServices = oldNames.filter { !newNames.contains($0) }
            .map { Service(name: $0, removed: operations(old, $0)) }
        changedServices = newNames.filter(oldNames.contains).compactMap { name in
            let before = Set(operations(old, name))
            let after = Set(operations(new, name))
            guard before != after else { return nil }
            return Service(
                name: name, added: after.subtracting(before).sorted(), removed: before.subtracting(after).sorted())
        }
    }

    /// Lines of plain text, ending in a sum.
    public var report: String {
        var lines: [String] = []
        for service in addedServices {
            lines.append("new service \(service.name): \(Self.list(service.added))")
        }
        for service in removedServices {
            lines.append("service \(service.name) is gone, and with it \(Self.list(service.removed))")
        }
        for service in changedServices {
            let added = service.added.isEmpty ? [] : ["added \(Self.list(service.added))"]
            let removed = service.removed.isEmpty ? [] : ["removed \(Self.list(service.removed))"]
            lines.append("\(service.name): " + (added + removed).joined(separator: "; "))
        }
        let all = addedServices + removedServices + changedServices
        let added = all.reduce(0) { $0 + $1.added.count }
        let removed = all.reduce(0) { $0 + $1.removed.count }
        lines.append(
            "\(oldRelease) to \(newRelease): \(Self.count(added, "operation")) added, \(removed) removed, in "
                + "\(Self.count(all.count, "service")); \(Self.count(addedServices.count, "service")) new, "
                + "\(removedServices.count) gone")
        return lines.joined(separator: "\n")
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "no operations" : names.joined(separator: ", ")
    }
}
