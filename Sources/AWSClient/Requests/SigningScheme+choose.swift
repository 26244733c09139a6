import AWSModel

extension SigningScheme {
    /// The first scheme that is supported: of the endpoint's, else of the operation's, else the service's own.
    static func choose(
        _ operation: Operation, endpoint: Endpoint, context: ClientContext, region: String?, input: AWSMap
    ) throws -> SigningScheme {
        if context.credentials == nil || operation.authType == "none" || operation.auth.first == "smithy.api#noAuth" {
            return .none
        }
        let service = context.service
        let auth = operation.auth.isEmpty ? service.auth : operation.auth
        if auth.first == "smithy.api#httpBearerAuth" || auth.isEmpty && service.signatureVersion == "bearer" {
            return .bearer
        }
        if auth.contains("smithy.api#httpBearerAuth"), context.session.hasBearerToken(service) { return .bearer }
        for scheme in endpoint.authSchemes {
            let name = scheme.signingName ?? service.signingName
            let doubleEncodes = scheme.disableDoubleEncoding ? false : nil as Bool?
            switch scheme.name {
            case "sigv4":
                return .sigV4(
                    name: name, region: try signingRegion(scheme.signingRegion ?? region, context),
                    doubleEncodesPath: doubleEncodes)
            case "sigv4a":
                let regions = context.settings.signingRegionSet ?? scheme.signingRegionSet.joined(separator: ",")
                return .sigV4A(name: name, regionSet: regions.isEmpty ? "*" : regions, doubleEncodesPath: doubleEncodes)
            case "sigv4-s3express":
                return .s3Express(
                    region: try signingRegion(scheme.signingRegion ?? region, context),
                    bucket: input["Bucket"]?.string ?? "")
            case "bearer": return .bearer
            default: continue
            }
        }
        if service.signatureVersion == "v2", operation.auth.isEmpty { return .sigV2 }
        return .sigV4(name: service.signingName, region: try signingRegion(region, context), doubleEncodesPath: nil)
    }

    private static func signingRegion(_ region: String?, _ context: ClientContext) throws -> String {
        guard let region = region ?? context.endpoints.region else {
            throw SettingsFailure(EndpointParameters.noRegion)
        }
        return region == "aws-global" ? "us-east-1" : region
    }
}
