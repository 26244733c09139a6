import AWSModel
import ArgumentParser
import Foundation

struct CompileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile",
        abstract: "Compile a folder laid out as botocore's data (SERVICE/VERSION/service-2.json) into an image.")

    @Option(help: "The release of the models, such as \"botocore 1.43.11\".")
    var release: String

    @Argument(help: "The folder of the published models.")
    var data: String

    @Argument(help: "The image to write.")
    var image: String

    func run() throws {
        var compiler = ImageCompiler(release: release)
        try compiler.addServices(inDataFolder: data)
        let bytes = try compiler.compile()
        let catalog = try Catalog(image: bytes)
        let services = catalog.serviceNames
        let operations = services.compactMap(catalog.service).reduce(0) { $0 + $1.operationNames.count }
        try Data(bytes).write(to: URL(fileURLWithPath: image), options: .atomic)
        print("\(release): \(services.count) services, \(operations) operations, \(bytes.count) bytes")
    }
}
