import AWSModel
import Synchronization

/// Endpoints of a service for its operations, by its rule set, remembered.
final class EndpointResolver: Sendable {
    private let service: ServiceModel
    private let settings: Settings
    private let clientParameters: AWSMap
    private let builtIns: AWSMap
    /// The client's; without one, "aws-global" for services that are one for all regions (IAM, Route 53) or have such an
    /// endpoint too (S3, STS).
    let region: String?
    private static let global = "aws-global"
    private let cache = Mutex<[String: Endpoint]>([:])
    /// Of operations whose endpoints do not depend on their input: what most calls need.
    private let fixed = Mutex<[Operation: Endpoint]>([:])
    private static let cacheLimit = 256

    init(service: ServiceModel, settings: Settings, parameters: AWSMap) {
        self.service = service
        self.settings = settings
        clientParameters = parameters
        var builtIns = EndpointParameters.builtIns(service: service, settings: settings)
        region = settings.region ?? (Self.isGlobal(service, parameters, builtIns) ? Self.global : nil)
        builtIns["AWS::Region"] = region.map { .string($0) }
        self.builtIns = builtIns
    }

    /// Whether the rules know such an endpoint. Others would make it a part of the host's name, like any region.
    private static func isGlobal(_ service: ServiceModel, _ given: AWSMap, _ builtIns: AWSMap) -> Bool {
        guard let rules = service.endpointRules else { return false }
        var values = builtIns
        values["AWS::Region"] = .string(global)
        values["SDK::Endpoint"] = nil
        var parameters = AWSMap()
        for parameter in rules.parameters {
            if let value = given[parameter.name] ?? parameter.builtIn.flatMap({ values[$0] }) {
                parameters.append(parameter.name, value)
            }
        }
        guard let endpoint = try? rules.resolve(parameters: parameters) else { return false }
        return endpoint.url.firstRange(of: global) == nil
    }

    /// - Parameters:
    ///   - region: another region than the client's: a bucket's.
    ///   - accountID: of the credentials, for services whose endpoints name the account.
    func resolve(
        _ operation: Operation, input: AWSMap, region: String?, accountID: String?
    ) throws -> Endpoint {
        guard let rules = service.endpointRules else { return try withoutRules(region: region) }
        let isPlain = region == nil && accountID == nil
        if isPlain, let known = fixed.withLock({ $0[operation] }) { return known }
        var parameters = AWSMap()
        var key = ""
        for parameter in rules.parameters {
            var value = try EndpointParameters.fromOperation(parameter.name, operation: operation, input: input)
            if let found = value { key += "\(parameter.name)=\(found);" }
            value = value ?? clientParameters[parameter.name]
            if value == nil, let builtIn = parameter.builtIn {
                value = builtIns[builtIn]
                if builtIn == "AWS::Region", let region { value = .string(region) }
                if builtIn == "AWS::Auth::AccountId", settings.accountIDEndpointMode != "disabled" {
                    value = accountID.map { .string($0) }
                }
                if builtIn == "AWS::S3::ForcePathStyle" {
                    value = EndpointParameters.pathStyle(settings: settings, bucket: input["Bucket"]?.string)
                }
            }
            if let value { parameters.append(parameter.name, value) }
        }
        key += "\(region ?? "")|\(accountID ?? "")"
        if let known = cache.withLock({ $0[key] }) { return known }
        let endpoint: Endpoint
        do {
            let resolved = try Endpoint(try rules.resolve(parameters: parameters))
            endpoint = try withoutAccount(parameters["AccountId"]?.string, resolved)
        } catch let failure as EndpointFailure {
            // The rules' own words for this do not say what to do about it.
            if self.region == nil, region == nil { throw SettingsFailure(EndpointParameters.noRegion) }
            throw failure
        }
        cache.withLock { cache in
            if cache.count >= Self.cacheLimit { cache.removeAll() }
            cache[key] = endpoint
        }
        if isPlain, !EndpointParameters.dependsOnInput(operation) { fixed.withLock { $0[operation] = endpoint } }
        return endpoint
    }

    /// S3 Control's rules put the account before the host of every endpoint. No label can stand before an address, nor
    /// before a name that only this machine has; the account is in a header as well.
    private func withoutAccount(_ account: String?, _ endpoint: Endpoint) throws -> Endpoint {
        guard let account, let custom = settings.endpoint, case let host = HostName(url: custom),
            host.isAddress || host.isLoopback, endpoint.authority == "\(account).\(host.authority)"
        else { return endpoint }
        return try endpoint.replacing(url: "\(endpoint.scheme)://\(host.authority)\(endpoint.path)")
    }

    /// A model that came without rules needs an endpoint, or follows AWS's usual form.
    private func withoutRules(region: String?) throws -> Endpoint {
        if let url = settings.endpoint { return try Endpoint(url: url) }
        guard let region = region ?? settings.region else { throw SettingsFailure(EndpointParameters.noRegion) }
        let partition = Partitions.builtIn.partition(forRegion: region)
        return try Endpoint(url: "https://\(service.endpointPrefix).\(region).\(partition.dnsSuffix)")
    }
}
