import CModelImage
import Synchronization

/// The API models that are at hand: those in the binary, and those in folders of the user's.
///
/// Services are opened when they are first asked for and kept.
public final class Catalog: Sendable {
    /// The models that the binary carries.
    public static let builtIn = Catalog(image: carriedImage, folders: [])

    private let image: Image?
    /// Folders laid out as botocore's `data`, the first one first.
    private let folders: [String]
    private let opened = Mutex<[String: ServiceModel]>([:])

    private init(image: Image?, folders: [String]) {
        self.image = image
        self.folders = folders
    }

    /// The binary's models and those in `folders`, such as `~/.aws/models` and the entries of `AWS_DATA_PATH`.
    ///
    /// A folder's model of a service counts when its version is not older than the binary's, as in botocore.
    public convenience init(folders: [String]) { self.init(image: Self.carriedImage, folders: folders) }

    /// An image of its own, checked in full. Throws when it is damaged or of another format.
    public convenience init(image bytes: [UInt8]) throws(ModelFailure) {
        let image = try Image(copying: bytes)
        try image.verify()
        self.init(image: image, folders: [])
    }

    /// The release that the image was compiled from, such as "botocore 1.43.11".
    public var release: String { image?.release ?? "" }

    /// The partitions of the image; those of the binary for a catalogue that has none.
    public var partitions: Partitions {
        guard let image, image.partitions > 0 else { return self === Self.builtIn ? .none : .builtIn }
        var cursor = image.cursor(at: image.partitions)
        return Partitions(&cursor)
    }

    /// Every service's name, sorted.
    public var serviceNames: [String] {
        var names = Set((0..<(image?.serviceCount ?? 0)).map { image?.string(image?.serviceEntry($0).name ?? 0) ?? "" })
        for folder in folders {
            names.formUnion(Files.list(folder).filter { !ModelFolder.versions(of: $0, in: folder).isEmpty })
        }
        return names.sorted()
    }

    /// The service with botocore's name ("codepipeline"), also with "_" for "-" ("cognito_idp"); nil when there is none
    /// or when its model cannot be read: ``open(_:)`` says which.
    public func service(_ name: String) -> ServiceModel? { try? open(name) }

    /// Throws ``ModelFailure`` when there is no such service, with the names that come near, or when its model is broken.
    public func open(_ name: String) throws(ModelFailure) -> ServiceModel {
        let known = opened.withLock { $0[name] }
        if let known { return known }
        var found = try find(name)
        if found == nil, name.contains("_") { found = try find(String(name.map { $0 == "_" ? "-" : $0 })) }
        guard let found else {
            throw ModelFailure("no service \"\(name)\"" + NameSuggestion.phrase(for: name, among: serviceNames))
        }
        // Whoever came first wins, so that equal names give equal handles.
        return opened.withLock { table in
            if let other = table[found.name] ?? table[name] {
                table[name] = other
                return other
            }
            table[found.name] = found
            table[name] = found
            return found
        }
    }

    private func find(_ name: String) throws(ModelFailure) -> ServiceModel? {
        var builtIn: ServiceModel?
        if let image, let index = image.serviceIndex(name) {
            builtIn = ServiceModel(storage: try ServiceStorage(image: image, entry: image.serviceEntry(index)))
        }
        guard !folders.isEmpty, !name.contains("/"), !name.hasPrefix(".") else { return builtIn }
        var newest: (folder: String, version: String)?
        for folder in folders {
            guard let version = ModelFolder.versions(of: name, in: folder).last else { continue }
            if newest.map({ $0.version < version }) ?? true { newest = (folder, version) }
        }
        guard let newest, newest.version >= builtIn?.apiVersion ?? "" else { return builtIn }
        let source = try ModelSource(name: name, folder: "\(newest.folder)/\(name)/\(newest.version)")
        return try Self.compile(source, inheriting: builtIn?.storage)
    }

    /// Where the environment says that models lie: the entries of `AWS_DATA_PATH`, then `~/.aws/models`.
    public static func folders(environment: [String: String]) -> [String] {
        let home = environment["HOME"] ?? ""
        let listed = (environment["AWS_DATA_PATH"] ?? "").split(separator: ":").map { path in
            path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : String(path)
        }
        return listed + (home.isEmpty ? [] : ["\(home)/.aws/models"])
    }

    // MARK: Models from text

    /// A service from the texts of published files (each may be gzipped). Throws ``ModelFailure`` naming what is wrong.
    public static func compile(
        name: String, json: [UInt8], paginators: [UInt8]? = nil, waiters: [UInt8]? = nil, endpointRules: [UInt8]? = nil
    ) throws(ModelFailure) -> ServiceModel {
        try compile(
            ModelSource(
                name: name, json: json, paginators: paginators, waiters: waiters, endpointRules: endpointRules))
    }

    private static func compile(
        _ source: ModelSource, inheriting inherited: ServiceStorage? = nil
    ) throws(ModelFailure) -> ServiceModel {
        var compiler = ImageCompiler(release: "")
        compiler.add(source)
        let image = try Image(copying: try compiler.compile())
        return ServiceModel(
            storage: try ServiceStorage(image: image, entry: image.serviceEntry(0), inheriting: inherited))
    }

    // MARK: The carried image

    /// nil only when the binary was built with a broken image; the tests would have said so.
    private static let carriedImage: Image? = {
        let memory = UnsafeRawBufferPointer(start: awscicd_model_image(), count: awscicd_model_image_size())
        return try? Image(unowned: memory)
    }()
}
