/// Where artifacts are kept, by what the API's reference says of a pipeline's `artifactStore` and `artifactStores`.
extension PipelineValidator {
    static func checkStores(_ pipeline: PipelineDefinition, region: String) throws(ServiceError) {
        func refuse(_ message: String) -> ServiceError { ServiceError("InvalidStructureException", message) }
        guard pipeline.stores.isEmpty || pipeline.store == nil else {
            throw refuse("Pipeline must have either artifactStore or artifactStores, and cannot have both")
        }
        guard pipeline.store != nil || !pipeline.stores.isEmpty else {
            throw refuse("Pipeline must have an artifact store: give artifactStore with type S3 and location")
        }
        let elsewhere = pipeline.stages.flatMap(\.actions).compactMap(\.region).first { $0 != region }
        guard !pipeline.stores.isEmpty else {
            guard let elsewhere else { return }
            throw refuse(
                "Pipeline has an action in region \(elsewhere), so it must have artifactStores with one store for each region"
            )
        }
        for wanted in [region] + pipeline.stages.flatMap(\.actions).compactMap(\.region)
        where pipeline.stores[wanted] == nil {
            throw refuse("artifactStores must have a store for region \(wanted)")
        }
    }
}
