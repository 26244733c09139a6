/// Variables and their namespaces, by the "Rules for variables" of CodePipeline's user guide (reference-variables): a variable
/// is referred to by an action that runs after the one that puts it out, `variables` and `codepipeline` are not an action's,
/// and source actions know no variables of the pipeline.
extension PipelineValidator {
    static func checkVariables(_ pipeline: PipelineDefinition) throws(ServiceError) {
        var variables: Set<String> = []
        for variable in pipeline.variables where !variables.insert(variable.name).inserted {
            throw ServiceError(
                "InvalidStructureException",
                "Variable names must be unique. The following variable name is already in use: \(variable.name)")
        }
        var known: Set<String> = ["codepipeline"]
        if !variables.isEmpty { known.insert("variables") }
        for stage in pipeline.stages {
            for order in Set(stage.actions.map(\.runOrder)).sorted() {
                let group = stage.actions.filter { $0.runOrder == order }
                for action in group { try checkReferences(of: action, in: stage, known, variables) }
                for action in group {
                    guard let namespace = action.namespace, !known.insert(namespace).inserted else { continue }
                    throw ServiceError(
                        "InvalidActionDeclarationException",
                        "Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline.\nStageName=[\(stage.name)], ActionName=[\(action.name)], Namespace=[\(namespace)]"
                    )
                }
            }
        }
    }

    private static func checkReferences(
        of action: PipelineDefinition.Action, in stage: PipelineDefinition.Stage, _ known: Set<String>,
        _ variables: Set<String>
    ) throws(ServiceError) {
        for (key, value) in action.configuration {
            for reference in VariableReferences.all(in: value) {
                let place =
                    "StageName=[\(stage.name)], ActionName=[\(action.name)], ActionConfigurationKey=[\(key)], VariableReferenceText=[\(reference)]"
                guard let (namespace, name) = VariableReferences.parts(of: reference), known.contains(namespace) else {
                    throw ServiceError(
                        "InvalidActionDeclarationException",
                        "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables are referencing a namespace that does not exist.\n\(place)"
                    )
                }
                guard namespace == "variables" else { continue }
                guard action.type.category != "Source" else {
                    throw ServiceError(
                        "InvalidStructureException",
                        "Variables at the pipeline level cannot be used in source actions.\n\(place)")
                }
                guard variables.contains(name) else {
                    throw ServiceError(
                        "InvalidStructureException", "The referenced variables haven't been declared.\n\(place)")
                }
            }
        }
    }
}
