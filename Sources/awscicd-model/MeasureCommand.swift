import AWSModel
import ArgumentParser

/// What the catalogue costs, for whoever changes it: build with `-c release` before believing the figures.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Time opening services and looking names up, and say what memory that takes.")

    @Option(help: "How many services to open and use.")
    var services = 30

    func run() throws {
        let clock = ContinuousClock()
        let before = (own: Memory.own, file: Memory.file)
        let catalog = Catalog.builtIn

        // The largest services first: what a script might open at worst.
        let all = catalog.serviceNames
        let chosen = Array(all.prefix(services))
        var opened: [ServiceModel] = []
        report("open \(chosen.count) services", per: chosen.count) {
            clock.measure { opened = chosen.compactMap(catalog.service) }
        }
        var decoded = 0
        var seen = Set<Shape>()
        report("use each: every operation of a client's day (20 a service), all shapes below", per: opened.count) {
            clock.measure {
                for service in opened {
                    for name in service.operationNames.prefix(20) {
                        guard let operation = service.operation(name) else { continue }
                        for shape in [operation.input, operation.output] { visit(shape, &seen) }
                    }
                }
                decoded = seen.count
            }
        }
        print(
            "  \(decoded) shapes decoded; \(Memory.own - before.own) KB of memory and "
                + "\(Memory.file - before.file) KB of the binary's file")
        if let ec2 = catalog.service("ec2"), let pipelines = catalog.service("codepipeline") {
            report("open one service again", per: 100_000) {
                clock.measure { for _ in 0..<100_000 { _ = catalog.service("codepipeline") } }
            }
            report("find an operation by boto3's name", per: 100_000) {
                clock.measure { for _ in 0..<100_000 { _ = ec2.operation(snakeCase: "describe_instances") } }
            }
            lookUps(clock, ec2.shape("Instance"))
            let rules = pipelines.endpointRules
            report("resolve an endpoint", per: 10_000) {
                clock.measure {
                    for _ in 0..<10_000 { _ = try? rules?.resolve(parameters: ["Region": "eu-west-1"]) }
                }
            }
        }
    }

    private func lookUps(_ clock: ContinuousClock, _ shape: Shape?) {
        guard let shape else { return }
        let names = shape.members.map { Array($0.wireName.utf8) }
        var found = 0
        report("find a member by its wire name, in order", per: 10_000 * names.count) {
            clock.measure {
                for _ in 0..<10_000 {
                    for (index, name) in names.enumerated() {
                        found += name.withUnsafeBytes { shape.memberIndex(wireName: $0, expected: index) ?? 0 }
                    }
                }
            }
        }
        report("find a member by its wire name, in any order", per: 10_000 * names.count) {
            clock.measure {
                for _ in 0..<10_000 {
                    for name in names { found += name.withUnsafeBytes { shape.memberIndex(wireName: $0) ?? 0 } }
                }
            }
        }
        report("go from a member to its shape", per: 10_000 * names.count) {
            clock.measure {
                for _ in 0..<10_000 { for member in shape.members { found += member.shape.isUnion ? 1 : 0 } }
            }
        }
    }

    private func visit(_ shape: Shape?, _ seen: inout Set<Shape>) {
        guard let shape, seen.insert(shape).inserted else { return }
        for member in shape.members { visit(member.shape, &seen) }
        visit(shape.element?.shape, &seen)
        visit(shape.value?.shape, &seen)
    }

    private func report(_ what: String, per count: Int, _ run: () -> Duration) {
        let duration = run()
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        let each = seconds / Double(max(count, 1)) * 1e9
        let text = each >= 10_000 ? "\((each / 1000).rounded()) µs" : "\((each * 10).rounded() / 10) ns"
        print("\(what): \(text) each")
    }
}
