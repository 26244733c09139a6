import AWSModel

extension PipelineDefinition {
    /// Reads a declaration; missing required members were refused by the codec, wrong structures are ``PipelineValidator``'s.
    ///
    /// - Parameter region: the pipeline's own.
    init(declaration: AWSValue, region: String) {
        name = declaration["name"]?.string ?? ""
        roleARN = declaration["roleArn"]?.string ?? ""
        version = declaration["version"]?.int ?? 1
        mode = declaration["executionMode"]?.string.flatMap(Mode.init) ?? .superseded
        type = declaration["pipelineType"]?.string ?? "V1"
        store = declaration["artifactStore"].map(Store.init)
        stores = (declaration["artifactStores"]?.map ?? [:]).reduce(into: [:]) { $0[$1.key] = Store($1.value) }
        let used = store ?? stores[region]
        bucket = used?.bucket ?? ""
        encryptionKey = used?.encryptionKey
        stages = (declaration["stages"]?.list ?? []).map(Stage.init)
        variables = (declaration["variables"]?.list ?? []).map {
            Variable(name: $0["name"]?.string ?? "", defaultValue: $0["defaultValue"]?.string)
        }
        triggerSources = (declaration["triggers"]?.list ?? []).map {
            $0["gitConfiguration"]?["sourceActionName"]?.string ?? ""
        }
    }
}

extension PipelineDefinition.Store {
    fileprivate init(_ value: AWSValue) {
        bucket = value["location"]?.string ?? ""
        encryptionKey = value["encryptionKey"]?["id"]?.string
    }
}

extension PipelineDefinition.Stage {
    fileprivate init(_ value: AWSValue) {
        name = value["name"]?.string ?? ""
        actions = (value["actions"]?.list ?? []).map(PipelineDefinition.Action.init)
        beforeEntry = Self.conditions(value["beforeEntry"])
        onSuccess = Self.conditions(value["onSuccess"])
        onFailure = Self.conditions(value["onFailure"])
        failureResult = value["onFailure"]?["result"]?.string
        retryMode = value["onFailure"]?["retryConfiguration"]?["retryMode"]?.string ?? "ALL_ACTIONS"
    }

    private static func conditions(_ value: AWSValue?) -> [PipelineDefinition.Condition] {
        (value?["conditions"]?.list ?? []).map { condition in
            PipelineDefinition.Condition(
                result: condition["result"]?.string ?? "FAIL",
                rules: (condition["rules"]?.list ?? []).map(PipelineDefinition.Rule.init))
        }
    }
}

extension PipelineDefinition.Action {
    fileprivate init(_ value: AWSValue) {
        name = value["name"]?.string ?? ""
        let id = value["actionTypeId"]
        type = PipelineDefinition.ActionType(
            category: id?["category"]?.string ?? "", owner: id?["owner"]?.string ?? "",
            provider: id?["provider"]?.string ?? "",
            version: id?["version"]?.string ?? "")
        runOrder = value["runOrder"]?.int ?? 1
        configuration = value["configuration"]?.stringPairs ?? []
        inputs = (value["inputArtifacts"]?.list ?? []).compactMap { $0["name"]?.string }
        outputs = (value["outputArtifacts"]?.list ?? []).map {
            PipelineDefinition.Output(name: $0["name"]?.string ?? "", files: $0["files"]?.strings ?? [])
        }
        roleARN = value["roleArn"]?.string
        region = value["region"]?.string
        namespace = value["namespace"]?.string
        timeoutInMinutes = value["timeoutInMinutes"]?.int
        commands = value["commands"]?.strings ?? []
        outputVariables = value["outputVariables"]?.strings ?? []
        environment = (value["environmentVariables"]?.list ?? []).map {
            ($0["name"]?.string ?? "", $0["value"]?.string ?? "", $0["type"]?.string ?? "PLAINTEXT")
        }
    }
}

extension PipelineDefinition.Rule {
    fileprivate init(_ value: AWSValue) {
        name = value["name"]?.string ?? ""
        provider = value["ruleTypeId"]?["provider"]?.string ?? ""
        configuration = value["configuration"]?.stringPairs ?? []
        commands = value["commands"]?.strings ?? []
        inputs = (value["inputArtifacts"]?.list ?? []).compactMap { $0["name"]?.string }
        roleARN = value["roleArn"]?.string
        region = value["region"]?.string
        timeoutInMinutes = value["timeoutInMinutes"]?.int
    }
}

extension AWSValue {
    /// The entries of a map of strings, in order.
    var stringPairs: [(name: String, value: String)] {
        (map ?? [:]).compactMap { entry in entry.value.string.map { (entry.key, $0) } }
    }
}
