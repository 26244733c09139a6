import Testing

@testable import AWSModel

@Suite struct ImageTests {
    private static func image() throws -> [UInt8] {
        let model = """
            {"metadata": {"protocol": "json", "uid": "demo-1"},
             "operations": {"Go": {"input": {"shape": "In"}, "output": {"shape": "In"}, "errors": [{"shape": "Bad"}],
               "endpoint": {"hostPrefix": "x."}, "staticContextParams": {"A": {"value": ["x", true, 1]}}}},
             "shapes": {"In": {"type": "structure", "required": ["m"], "payload": "m", "members": {
                 "m": {"shape": "Map"}, "n": {"shape": "Num", "location": "header", "locationName": "N"}}},
               "Map": {"type": "map", "key": {"shape": "Str"}, "value": {"shape": "In"}},
               "Str": {"type": "string", "enum": ["a", "b"]}, "Num": {"type": "integer", "min": -3, "max": 70000},
               "Bad": {"type": "structure", "exception": true, "error": {"code": "B", "httpStatusCode": 404}}}}
            """
        let rules = """
            {"parameters": {"Region": {"type": "string", "builtIn": "AWS::Region"}}, "rules": [
              {"type": "tree", "conditions": [{"fn": "isSet", "argv": [{"ref": "Region"}]},
                 {"fn": "aws.partition", "argv": [{"ref": "Region"}], "assign": "P"}],
               "rules": [{"type": "endpoint", "conditions": [], "endpoint": {"url": "https://demo.{Region}.{P#dnsSuffix}",
                 "properties": {"authSchemes": [{"name": "sigv4"}]}, "headers": {"h": ["{Region}"]}}}]},
              {"type": "error", "conditions": [], "error": "no region"}]}
            """
        let paginators = #"{"pagination": {"Go": {"input_token": "t", "output_token": "t", "result_key": ["m"]}}}"#
        let waiters = """
            {"waiters": {"ItGoes": {"operation": "Go", "delay": 1, "maxAttempts": 2, "acceptors": [
              {"state": "success", "matcher": "path", "argument": "n", "expected": 1}]}}}
            """
        var compiler = ImageCompiler(release: "test")
        compiler.add(
            try ModelSource(
                name: "demo", json: Array(model.utf8), paginators: Array(paginators.utf8), waiters: Array(waiters.utf8),
                endpointRules: Array(rules.utf8)))
        return try compiler.compile()
    }

    @Test func theCarriedImageIsSound() throws {
        // The binary does not check its own image when it starts; this does.
        let catalog = Catalog.builtIn
        #expect(catalog.release.hasPrefix("botocore "))
        for name in catalog.serviceNames {
            let service = try catalog.open(name)
            #expect(service.storage.isSound, "\(name)")
            #expect(service.endpointRules != nil, "\(name)")
            for operation in service.operationNames {
                if let paginator = service.paginator(operation) { _ = try PaginatorRules(paginator) }
            }
            for waiter in service.waiterNames { _ = try WaiterRules(try #require(service.waiter(waiter))) }
        }
    }

    @Test func refusesWhatIsNoImage() throws {
        #expect(throws: ModelFailure("not a model image: 0 bytes are less than a header")) { try Catalog(image: []) }
        #expect(throws: ModelFailure("not a model image: it does not begin with \"AWSM\"")) {
            try Catalog(image: [UInt8](repeating: 0, count: 100))
        }
        let image = try Self.image()
        #expect(throws: ModelFailure("the model image is cut off: \(image.count - 1) of \(image.count) bytes")) {
            try Catalog(image: Array(image.dropLast()))
        }
        var other = image
        other.store(99, at: ImageFormat.Field.version)
        #expect(
            throws: ModelFailure(
                "the model image has format 99, this program reads format 1; compile the image again with awscicd-model"
            )
        ) { try Catalog(image: other) }
        other = image
        other[image.count - 1] ^= 1
        #expect(
            throws: ModelFailure("the model image is damaged: its checksum does not match; compile it again")
        ) { try Catalog(image: other) }
    }

    /// Damaged images whose checksum is right: either an error when they are opened, or answers of some kind.
    @Test func survivesDamage() throws {
        let image = try Self.image()
        var random = SeededGenerator(seed: 42)
        for _ in 0..<4000 {
            var damaged = image
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 12..<damaged.count, using: &random)
                damaged[place] =
                    [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random) ?? 0
            }
            let body = damaged.withUnsafeBytes { Image.checksum(UnsafeRawBufferPointer(rebasing: $0[64...])) }
            damaged.store(Int(body), at: ImageFormat.Field.checksum)
            guard let catalog = try? Catalog(image: damaged) else { continue }
            for name in catalog.serviceNames {
                guard let service = catalog.service(name) else { continue }
                exercise(service)
            }
        }
    }

    /// Damaged model files: an error, or a service.
    @Test func survivesDamagedModels() throws {
        let text = Array(
            #"{"metadata":{"protocol":"json","protocols":["json","x"]},"operations":{"A":{"http":{"method":"GET"},"input":{"shape":"B"},"errors":[{"shape":"B"}]}},"shapes":{"B":{"type":"structure","required":["c"],"members":{"c":{"shape":"D","location":"header"}}},"D":{"type":"list","member":{"shape":"B"},"min":1.5}}}"#
                .utf8)
        let rules = Array(
            #"{"parameters":{"R":{"type":"string","default":"x"}},"rules":[{"type":"tree","conditions":[{"fn":"substring","argv":[{"ref":"R"},0,4,false],"assign":"S"}],"rules":[{"type":"endpoint","conditions":[],"endpoint":{"url":"https://{S}{R#a}"}}]},{"type":"error","conditions":[],"error":"{R}"}]}"#
                .utf8)
        var random = SeededGenerator(seed: 7)
        func damage(_ bytes: [UInt8]) -> [UInt8] {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) where !damaged.isEmpty {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: damaged.remove(at: place)
                case 1: damaged[place] = UInt8.random(in: 0...255, using: &random)
                case 2: damaged.insert(Array(#"{}[]",:0-e\"#.utf8).randomElement(using: &random) ?? 0, at: place)
                default: damaged.removeSubrange(place..<min(damaged.count, place + 20))
                }
            }
            return damaged
        }
        for _ in 0..<3000 {
            let damagedText = damage(text)
            if let service = try? Catalog.compile(name: "x", json: damagedText) { exercise(service) }
            if let service = try? Catalog.compile(name: "x", json: text, endpointRules: damage(rules)) {
                exercise(service)
            }
        }
    }

    private func exercise(_ service: ServiceModel) {
        for name in service.operationNames {
            guard let operation = service.operation(name) else { continue }
            _ = (operation.input?.members.count, operation.output?.required, operation.errors.map(\.errorCode))
            _ = (operation.staticContextParams.count, service.paginator(name)?.resultKeys, operation.documentationURL)
        }
        for name in service.shapeNames {
            guard let shape = service.shape(name) else { continue }
            for member in shape.members { _ = (member.shape.kind, shape.member(member.name)?.wireName) }
            _ = (shape.element?.shape.name, shape.key?.shape.name, shape.value?.shape.name, shape.minimumValue)
        }
        for name in service.waiterNames { _ = service.waiter(name)?.acceptors.count }
        _ = try? service.endpointRules?.resolve(parameters: ["Region": "eu-west-1", "R": "abcdef"])
    }
}

/// The same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var mixed = state
        mixed ^= mixed >> 33
        mixed = mixed &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ (mixed >> 33)
    }
}
