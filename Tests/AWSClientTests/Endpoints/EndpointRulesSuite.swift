import AWSModel
import Foundation
import Testing

@testable import AWSClient

/// botocore's cases of endpoint rules that name an operation, its input and a client's settings, run through the client's
/// own parameters. The cases that give the rules' parameters directly are run by the model's tests.
@Suite(.enabled(if: BotocoreSource.path != nil, "set AWSCICD_BOTOCORE_SOURCE to run botocore's cases"))
struct EndpointRulesSuite {
    @Test func everyCaseWithAnOperation() throws {
        let root = "\(BotocoreSource.path ?? "")/tests/functional/endpoint-rules"
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
            let path = "\(root)/\(name)/endpoint-tests-1.json"
            guard let data = FileManager.default.contents(atPath: path), let service = Catalog.builtIn.service(name)
            else {
                continue
            }
            for test in try JSON.parse(Array(data))["testCases"]?.list ?? [] {
                for inputs in test["operationInputs"]?.list ?? [] {
                    try check(service, test, inputs)
                    count += 1
                }
            }
        }
        #expect(count > 100)
        print("Endpoint rules suite: \(count) cases with operations")
    }

    private func check(_ service: ServiceModel, _ test: AWSValue, _ inputs: AWSValue) throws {
        let name = "\(service.name): \(test["documentation"]?.string ?? "")"
        let operation = try #require(service.operation(inputs["operationName"]?.string ?? ""), "\(name)")
        let builtIns = inputs["builtInParams"]?.map ?? [:]
        let context = try ClientContext(service: service, configuration: configuration(builtIns, inputs))
        let found: String
        do {
            let endpoint = try context.endpoints.resolve(
                operation, input: inputs["operationParams"]?.map ?? [:], region: nil,
                accountID: builtIns["AWS::Auth::AccountId"]?.string)
            found = "\(endpoint.scheme)://\(endpoint.authority)\(endpoint.path)"
        } catch let failure as EndpointFailure {
            #expect(test["expect"]?["error"]?.string == failure.message, "\(name)")
            return
        } catch is SettingsFailure {
            #expect(test["expect"]?["error"] != nil, "\(name)")
            return
        }
        var wanted =
            test["expect"]?["endpoint"]?["url"]?.string ?? "an error: \(test["expect"]?["error"]?.string ?? "")"
        while wanted.last == "/" { wanted.removeLast() }
        #expect(found == wanted, "\(name)")
    }

    private func configuration(_ builtIns: AWSMap, _ inputs: AWSValue) -> ClientConfiguration {
        func isTrue(_ name: String) -> Bool { builtIns[name]?.bool == true }
        var variables: [String: String] = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S"]
        if isTrue("AWS::S3::DisableMultiRegionAccessPoints") {
            variables["AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"] = "true"
        }
        if isTrue("AWS::S3::DisableS3ExpressSessionAuth") { variables["AWS_S3_DISABLE_EXPRESS_SESSION_AUTH"] = "true" }
        if isTrue("AWS::S3::UseGlobalEndpoint") { variables["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"] = "legacy" }
        if isTrue("AWS::STS::UseGlobalEndpoint") { variables["AWS_STS_REGIONAL_ENDPOINTS"] = "legacy" }
        if let mode = builtIns["AWS::Auth::AccountIdEndpointMode"]?.string {
            variables["AWS_ACCOUNT_ID_ENDPOINT_MODE"] = mode
        }
        var configuration = ClientConfiguration(session: session(variables))
        configuration.region = builtIns["AWS::Region"]?.string
        configuration.endpoint = builtIns["SDK::Endpoint"]?.string
        configuration.usesFIPS = isTrue("AWS::UseFIPS")
        configuration.usesDualStack = isTrue("AWS::UseDualStack")
        configuration.s3.addressingStyle = isTrue("AWS::S3::ForcePathStyle") ? .path : .virtual
        configuration.s3.usesAcceleration = isTrue("AWS::S3::Accelerate")
        configuration.s3.usesARNRegion =
            (builtIns["AWS::S3::UseArnRegion"] ?? builtIns["AWS::S3Control::UseArnRegion"])?.bool ?? true
        configuration.endpointParameters = inputs["clientParams"]?.map ?? [:]
        return configuration
    }
}
