import Testing

@testable import AWSModel

@Suite struct CatalogTests {
    @Test func carriesAllServices() throws {
        let catalog = Catalog.builtIn
        #expect(catalog.serviceNames.count > 400)
        for name in ["codepipeline", "s3", "ec2", "elbv2", "sts"] { #expect(catalog.service(name) != nil) }
        #expect(catalog.service("cognito_idp")?.name == "cognito-idp")
    }

    @Test func namesWhatIsNear() {
        #expect(throws: ModelFailure("no service \"codepipline\"; did you mean \"codepipeline\"?")) {
            try Catalog.builtIn.open("codepipline")
        }
    }

    @Test func describesAnOperation() throws {
        let service = try Catalog.builtIn.open("codepipeline")
        #expect(service.serviceID == "CodePipeline")
        #expect(service.wireProtocol == .json11)
        #expect(service.targetPrefix == "CodePipeline_20150709")
        #expect(service.signingName == "codepipeline")
        #expect(service.apiVersion == "2015-07-09")
        let operation = try #require(service.operation(snakeCase: "put_approval_result"))
        #expect(operation == service.operation("PutApprovalResult"))
        let input = try #require(operation.input)
        #expect(input.members.map(\.name) == ["pipelineName", "stageName", "actionName", "result", "token"])
        #expect(input.required == ["pipelineName", "stageName", "actionName", "result", "token"])
        let status = try #require(input.member("result")?.shape.member("status"))
        #expect(status.shape.enumeration == ["Approved", "Rejected"])
        #expect(status.isRequired)
        #expect(input.member("pipelineName")?.shape.min == 1)
        #expect(input.member("pipelineName")?.shape.max == 100)
        #expect(operation.errors.contains { $0.name == "ApprovalAlreadyCompletedException" && $0.isException })
        #expect(
            operation.documentationURL
                == "https://docs.aws.amazon.com/goto/WebAPI/codepipeline-2015-07-09/PutApprovalResult")
    }
}
