import AWSModel
import ArgumentParser

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List every operation: the service, the published name and the name in scripts.")

    @Option(help: "An image file instead of the models in this binary.")
    var image: String?

    @Argument(help: "Only these services.")
    var services: [String] = []

    func run() throws {
        let catalog = try image.map(catalog(atPath:)) ?? .builtIn
        for name in services.isEmpty ? catalog.serviceNames : services {
            let service = try catalog.open(name)
            for published in service.operationNames {
                print("\(name)\t\(published)\t\(service.operation(published)?.snakeName ?? "")")
            }
        }
    }
}
