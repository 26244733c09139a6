/// Every service of the local cloud. Adding one is adding its folder and its line here.
@CloudActor
enum ServiceRegistry {
    static var types: [any CloudService.Type] {
        [
            IAMService.self, STSService.self, S3Service.self, SSMService.self, SecretsManagerService.self,
            LogsService.self, SQSService.self, SNSService.self, EventsService.self, CloudWatchService.self,
            NotificationsService.self, KMSService.self,
            EC2Service.self, ELBv2Service.self, AutoScalingService.self,
            CodeCommitService.self, CodeBuildService.self, CodePipelineService.self, CodeDeployService.self,
            CodeArtifactService.self,
        ]
    }
}
