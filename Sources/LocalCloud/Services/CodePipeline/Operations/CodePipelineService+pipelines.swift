import AWSModel

extension CodePipelineService {
    func createPipeline(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        guard let given = input["pipeline"] else { throw ServiceError("ValidationException", "pipeline is missing") }
        let name = given["name"]?.string ?? ""
        let key = Key(account: context.account, region: context.region, name: name)
        guard engine(key) == nil else {
            throw ServiceError(
                "PipelineNameInUseException",
                "A pipeline with the name '\(name)' already exists in account '\(context.account)'")
        }
        let declaration = Self.normal(given, version: 1)
        let definition = PipelineDefinition(declaration: declaration, region: context.region)
        try PipelineValidator.check(definition, region: context.region)
        try checkRole(definition.roleARN)
        try checkBuckets(definition, region: context.region)
        let newTags = [Tag](input["tags"], key: "key", value: "value")
        try Self.tagRules.check(newTags)
        let now = cloud.clock.now
        declarations[key.account, key.region, "\(name)#1"] = declaration
        pipelines[key.account, key.region, name] = PipelineRecord(version: 1, created: now, updated: now)
        install(PipelineEngine(definition: definition, makeID: Identifier.uuid), key)
        tags.set(newTags, on: key.arn)
        // A pipeline whose variables have no defaults waits for a start that gives them.
        _ = try? begin(key, trigger: "CreatePipeline", detail: context.principal.arn)
        return .structure(["pipeline": declaration, "tags": input["tags"]])
    }

    private func checkRole(_ arn: String) throws(ServiceError) {
        do {
            _ = try cloud.iam.assume(roleARN: arn, by: "codepipeline.amazonaws.com", session: "validate")
        } catch {
            throw ServiceError(
                "InvalidStructureException", "CodePipeline is not authorized to perform AssumeRole on role \(arn)")
        }
    }

    /// The artifact buckets exist, each in the region that it is for.
    private func checkBuckets(_ definition: PipelineDefinition, region: String) throws(ServiceError) {
        var stores = definition.stores.mapValues(\.bucket)
        if let store = definition.store { stores[region] = store.bucket }
        let buckets = cloud.service(S3Service.self).buckets
        for (region, name) in stores.sorted(by: { $0.key < $1.key }) where buckets["", "", name]?.region != region {
            throw ServiceError(
                "InvalidStructureException",
                "An error occurred while validating the artifact bucket '\(name)': No bucket with the name \(name) was found. Choose a valid artifact bucket in '\(region)', or create a new artifact bucket to use in your pipeline."
            )
        }
    }

    /// A declaration with the members that AWS fills in. What only pipelines of type V2 have makes one of a pipeline that does
    /// not say its type.
    private static func normal(_ given: AWSValue, version: Int) -> AWSValue {
        guard case .map(var map) = given else { return given }
        map["version"] = .integer(Int64(version))
        if map["pipelineType"] == nil {
            let isNew =
                map["variables"]?.list?.isEmpty == false || map["triggers"]?.list?.isEmpty == false
                || (map["executionMode"]?.string ?? "SUPERSEDED") != "SUPERSEDED"
            map["pipelineType"] = isNew ? "V2" : "V1"
        }
        if map["executionMode"] == nil { map["executionMode"] = "SUPERSEDED" }
        let stages = (map["stages"]?.list ?? []).map { stage -> AWSValue in
            guard case .map(var stage) = stage else { return stage }
            let actions = (stage["actions"]?.list ?? []).map { action -> AWSValue in
                guard case .map(var action) = action else { return action }
                let fill: [(String, AWSValue)] = [
                    ("runOrder", 1), ("configuration", [:]), ("outputArtifacts", []), ("inputArtifacts", []),
                ]
                for (name, value) in fill where action[name] == nil { action[name] = value }
                return .map(action)
            }
            stage["actions"] = .list(actions)
            return .map(stage)
        }
        map["stages"] = .list(stages)
        return .map(map)
    }

    func getPipeline(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (key, engine) = try find(try input.require("name"), context)
        let version = input["version"]?.int ?? engine.version
        guard let declaration = declarations[key.account, key.region, "\(key.name)#\(version)"],
            let record = pipelines[key.account, key.region, key.name]
        else {
            throw ServiceError(
                "PipelineVersionNotFoundException", "Pipeline '\(key.name)' does not have a version \(version)")
        }
        return [
            "pipeline": declaration,
            "metadata": [
                "pipelineArn": .string(key.arn), "created": .timestamp(record.created),
                "updated": .timestamp(record.updated),
            ],
        ]
    }

    func updatePipeline(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        guard let given = input["pipeline"] else { throw ServiceError("ValidationException", "pipeline is missing") }
        let (key, engine) = try find(given["name"]?.string ?? "", context)
        let version = engine.version + 1
        let declaration = Self.normal(given, version: version)
        let definition = PipelineDefinition(declaration: declaration, region: context.region)
        try PipelineValidator.check(definition, region: context.region)
        try checkRole(definition.roleARN)
        try checkBuckets(definition, region: context.region)
        declarations[key.account, key.region, "\(key.name)#\(version)"] = declaration
        let now = cloud.clock.now
        pipelines.update(key.account, key.region, key.name) {
            $0.version = version
            $0.updated = now
        }
        change(key) { engine, _ in
            engine.definitions[version] = definition
            engine.version = version
            let names = Set(definition.stages.map(\.name))
            engine.slots = engine.slots.filter { names.contains($0.key) || $0.value.holder != nil }
        }
        return ["pipeline": declaration]
    }

    /// No error for a pipeline that is not there.
    func deletePipeline(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("name")
        uninstall(Key(account: context.account, region: context.region, name: name))
        return [:]
    }

    func listPipelines(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let names = pipelines.keys(account: context.account, region: context.region)
        let page = try Page.of(names, token: input["nextToken"]?.string, limit: input["maxResults"]?.int ?? 1000)
        let summaries = page.elements.compactMap { name -> AWSValue? in
            let key = Key(account: context.account, region: context.region, name: name)
            guard let record = pipelines[key.account, key.region, name], let definition = engine(key)?.definition else {
                return nil
            }
            return .structure([
                "name": .string(name), "version": .integer(Int64(record.version)),
                "pipelineType": .string(definition.type),
                "executionMode": .string(definition.mode.rawValue), "created": .timestamp(record.created),
                "updated": .timestamp(record.updated),
            ])
        }
        return .structure(["pipelines": .list(summaries), "nextToken": page.next.map(AWSValue.string)])
    }

    // MARK: - Tags and types

    private static let tagRules = TagRules(
        duplicate: "InvalidTagsException", reserved: "InvalidTagsException", tooMany: "TooManyTagsException")

    private func resource(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Key {
        let arn = try input.require("resourceArn")
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 6, parts[2] == "codepipeline" else {
            throw ServiceError("InvalidArnException", "\(arn) is not a pipeline's ARN")
        }
        let key = Key(account: context.account, region: parts[3], name: parts[5])
        guard engine(key) != nil else {
            throw ServiceError("ResourceNotFoundException", "The resource \(arn) does not exist")
        }
        return key
    }

    func tagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try resource(input, context).arn
        let given = [Tag](input["tags"], key: "key", value: "value")
        try Self.tagRules.check(given, over: tags[arn])
        tags.add(given, to: arn)
        return [:]
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        tags.remove(input["tagKeys"]?.strings ?? [], from: try resource(input, context).arn)
        return [:]
    }

    /// All at once: "the call … does not use pagination", so that no token is one of ours.
    func listTagsForResource(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let all = tags[try resource(input, context).arn]
        let page = try Page.of(all, token: input["nextToken"]?.string, limit: TagRules.limit)
        return ["tags": page.elements.awsValue(key: "key", value: "value")]
    }

    func listActionTypes(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let owner = input["actionOwnerFilter"]?.string
        let page = try Page.of(
            owner == nil || owner == "AWS" ? ActionCatalog.rules : [], token: input["nextToken"]?.string, limit: 100)
        return .structure([
            "actionTypes": .list(
                page.elements.map { rules in
                    func range(_ range: ClosedRange<Int>) -> AWSValue {
                        [
                            "minimumCount": .integer(Int64(range.lowerBound)),
                            "maximumCount": .integer(Int64(range.upperBound)),
                        ]
                    }
                    func property(_ name: String, _ required: Bool) -> AWSValue {
                        ["name": .string(name), "required": .bool(required), "key": .bool(required), "secret": false]
                    }
                    return [
                        "id": [
                            "category": .string(rules.category), "owner": "AWS", "provider": .string(rules.provider),
                            "version": "1",
                        ],
                        "actionConfigurationProperties": .list(
                            rules.required.map { property($0, true) } + rules.optional.map { property($0, false) }),
                        "inputArtifactDetails": range(rules.inputs), "outputArtifactDetails": range(rules.outputs),
                    ]
                }), "nextToken": page.next.map(AWSValue.string),
        ])
    }

    func listRuleTypes(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        [
            "ruleTypes": .list(
                ActionCatalog.ruleProviders.map {
                    [
                        "id": ["category": "Rule", "owner": "AWS", "provider": .string($0), "version": "1"],
                        "inputArtifactDetails": ["minimumCount": 0, "maximumCount": 1],
                    ]
                })
        ]
    }
}
