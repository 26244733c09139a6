import AWSModel
import ArgumentParser
import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Say which services and operations one image has that another has not.")

    @Argument(help: "The older image.")
    var old: String

    @Argument(help: "The newer image.")
    var new: String

    func run() throws {
        print(ModelDifference(from: try catalog(atPath: old), to: try catalog(atPath: new)).report)
    }
}

/// The models of an image file.
func catalog(atPath path: String) throws -> Catalog {
    do {
        return try Catalog(image: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    } catch let failure as ModelFailure {
        throw ValidationError("\(path): \(failure)")
    }
}
