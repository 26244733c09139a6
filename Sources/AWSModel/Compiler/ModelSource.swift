/// The published files of one service, with the SDKs' additions merged in.
struct ModelSource {
    let name: String
    var model: AWSValue
    var paginators: AWSMap
    var waiters: AWSMap
    var endpointRules: AWSValue?

    /// From the texts of the files; `name` is used in errors.
    init(
        name: String, json: [UInt8], paginators: [UInt8]?, waiters: [UInt8]?, endpointRules: [UInt8]?
    ) throws(ModelFailure) {
        self.name = name
        model = try Self.parse(json, "\(name)/service-2.json")
        self.paginators =
            try paginators.map { text throws(ModelFailure) in
                try Self.parse(text, "\(name)/paginators-1.json")["pagination"]?.map ?? [:]
            } ?? [:]
        self.waiters =
            try waiters.map { text throws(ModelFailure) in
                try Self.parse(text, "\(name)/waiters-2.json")["waiters"]?.map ?? [:]
            } ?? [:]
        self.endpointRules = try endpointRules.map { text throws(ModelFailure) in
            try Self.parse(text, "\(name)/endpoint-rule-set-1.json")
        }
    }

    /// From a folder `DATA/SERVICE/VERSION` as botocore lays them out; each file may be gzipped.
    init(name: String, folder: String) throws(ModelFailure) {
        func read(_ file: String) throws(ModelFailure) -> AWSValue? {
            for path in ["\(folder)/\(file).json", "\(folder)/\(file).json.gz"] {
                guard var bytes = try Files.read(path) else { continue }
                if Gzip.isCompressed(bytes) { bytes = try Gzip.decompress(bytes, file: path) }
                return try ModelJSON.parse(bytes, file: path)
            }
            return nil
        }
        func readWithExtras(_ file: String) throws(ModelFailure) -> AWSValue? {
            guard var value = try read(file) else { return nil }
            if let extras = try read("\(file).sdk-extras")?["merge"] { Self.merge(extras, into: &value) }
            return value
        }
        guard let model = try readWithExtras("service-2") else {
            throw ModelFailure("\(folder) has no service-2.json or service-2.json.gz")
        }
        self.name = name
        self.model = model
        paginators = try readWithExtras("paginators-1")?["pagination"]?.map ?? [:]
        waiters = try readWithExtras("waiters-2")?["waiters"]?.map ?? [:]
        endpointRules = try readWithExtras("endpoint-rule-set-1")
    }

    private static func parse(_ bytes: [UInt8], _ file: String) throws(ModelFailure) -> AWSValue {
        let text = Gzip.isCompressed(bytes) ? try Gzip.decompress(bytes, file: file) : bytes
        return try ModelJSON.parse(text, file: file)
    }

    /// Maps are merged member by member; anything else replaces what was there.
    private static func merge(_ extras: AWSValue, into value: inout AWSValue) {
        guard case .map(let additions) = extras, case .map(var map) = value else {
            value = extras
            return
        }
        value = .null  // so that the map is changed in place, not copied
        for (key, addition) in additions {
            var merged = map[key] ?? .null
            merge(addition, into: &merged)
            map[key] = merged
        }
        value = .map(map)
    }
}
