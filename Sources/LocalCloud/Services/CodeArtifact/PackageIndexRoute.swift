import AWSModel
import FoundationEssentials

/// The endpoint of a repository for pip and twine: `/codeartifact/ACCOUNT/REGION/DOMAIN/pypi/REPOSITORY/…`.
///
/// GET `simple/`, `simple/NAME/` (PEP 503) and `simple/NAME/VERSION/FILE`; POST of an upload at the root. The password is a
/// token of GetAuthorizationToken, and its owner's permissions are evaluated.
@CloudActor
final class PackageIndexRoute: HTTPRoute {
    nonisolated static let prefix = "/codeartifact/"
    private static let largestUpload = 512 << 20
    private let cloud: Cloud

    init(cloud: Cloud) { self.cloud = cloud }

    nonisolated func accepts(method: String, path: String, host: String) -> Bool {
        path.hasPrefix(Self.prefix) && path.split(separator: "/").dropFirst(4).first == "pypi"
    }

    func handle(_ request: ServerRequest) async throws -> ServerResponse {
        let parts = request.path.split(separator: "/").map { Self.decoded(String($0)) }
        guard parts.count >= 6 else { return Self.text(404, "not found") }
        let (account, region, domain, name) = (parts[1], parts[2], parts[3], parts[5])
        let service = cloud.service(CodeArtifactService.self)
        guard let token = token(request.header("Authorization"), service), token.domain == domain,
            token.region == region
        else {
            var response = Self.text(
                401, "The token is missing, expired or of another domain; run `aws codeartifact login` again")
            response.headers.append(("WWW-Authenticate", "Basic realm=\"\(domain)/\(name)\""))
            return response
        }
        guard let repository = service.repositories[account, region, "\(domain)/\(name)"] else {
            return Self.text(404, "Repository '\(name)' does not exist.")
        }
        let arn = "arn:aws:codeartifact:\(region):\(account):"
        do {
            if request.method == "POST" {
                return try await upload(request, repository, token, arn, account, region, service)
            }
            try authorize(token, "ReadFromRepository", "\(arn)repository/\(domain)/\(name)")
        } catch let error as ServiceError {
            return Self.text(
                error.code == "ConflictException" ? 409 : error.code.contains("AccessDenied") ? 403 : 400, error.message
            )
        }
        guard parts.count >= 7, parts[6] == "simple" else { return Self.text(404, "not found") }
        return page(Array(parts.dropFirst(7)), repository, account, region, service)
    }

    private static func decoded(_ text: String) -> String { text.removingPercentEncoding ?? text }

    private func token(_ header: String?, _ service: CodeArtifactService) -> CodeArtifactService.Token? {
        guard let header else { return nil }
        var text = ""
        if header.lowercased().hasPrefix("basic "), let data = Data(base64Encoded: String(header.dropFirst(6))),
            let pair = String(data: data, encoding: .utf8), let colon = pair.firstIndex(of: ":")
        {
            text = String(pair[pair.index(after: colon)...])
        } else if header.lowercased().hasPrefix("bearer ") {
            text = String(header.dropFirst(7))
        }
        guard let token = service.tokens["", "", text], token.expires > CloudClock.realNow else { return nil }
        return token
    }

    private func authorize(_ token: CodeArtifactService.Token, _ action: String, _ resource: String) throws {
        guard token.principal.kind != .root else { return }
        try cloud.iam.authorize(token.principal, action: "codeartifact:\(action)", resource: resource)
    }

    private func upload(
        _ request: ServerRequest, _ repository: CodeArtifactService.Repository, _ token: CodeArtifactService.Token,
        _ arn: String, _ account: String, _ region: String, _ service: CodeArtifactService
    ) async throws -> ServerResponse {
        guard let body = request.body.bytes(limit: Self.largestUpload) else {
            return Self.text(413, "The upload is too large")
        }
        let upload: PackageUpload
        do {
            upload = try PackageUpload(body, contentType: request.header("Content-Type") ?? "")
        } catch {
            return Self.text(400, error.reason)
        }
        let package = CodeArtifactService.normalized(upload.name)
        try authorize(
            token, "PublishPackageVersion", "\(arn)package/\(repository.domain)/\(repository.name)/pypi//\(package)")
        try await service.publish(upload, to: repository, account: account, region: region)
        return Self.text(200, "OK")
    }

    private func page(
        _ rest: [String], _ repository: CodeArtifactService.Repository, _ account: String, _ region: String,
        _ service: CodeArtifactService
    ) -> ServerResponse {
        if rest.isEmpty {
            let names = Set(
                service.versions.all(account: account, region: region)
                    .filter { $0.domain == repository.domain && $0.repository == repository.name }.map(\.package))
            return Self.html("Simple index", names.sorted().map { "<a href=\"\($0)/\">\($0)</a><br/>" })
        }
        let package = CodeArtifactService.normalized(rest[0])
        let versions = service.versions(of: package, in: repository, account: account, region: region)
        if rest.count == 1 {
            guard !versions.isEmpty else {
                let hint =
                    repository.externalConnections.isEmpty
                    ? ""
                    : " The local cloud does not fetch from \(repository.externalConnections.joined(separator: ", ")): publish the package to the repository."
                return Self.text(404, "Package '\(package)' is not in repository '\(repository.name)'.\(hint)")
            }
            let links = versions.flatMap { version in
                version.assets.map { asset in
                    let python = version.requiresPython.map { " data-requires-python=\"\(Self.escaped($0))\"" } ?? ""
                    return
                        "<a href=\"\(Self.escaped(version.version))/\(Self.escaped(asset.name))#sha256=\(asset.sha256)\"\(python)>\(Self.escaped(asset.name))</a><br/>"
                }
            }
            return Self.html("Links for \(package)", links)
        }
        guard rest.count == 3, let version = versions.first(where: { $0.version == rest[1] }),
            let asset = version.assets.first(where: { $0.name == rest[2] })
        else { return Self.text(404, "not found") }
        return ServerResponse(
            status: 200, headers: [("Content-Type", "application/octet-stream")],
            body: .body(.file(path: service.directory + "/" + asset.file, offset: 0, length: asset.size)))
    }

    private static func escaped(_ text: String) -> String {
        text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"][String($0)] ?? String($0) }.joined()
    }

    private static func html(_ title: String, _ lines: [String]) -> ServerResponse {
        let page =
            "<!DOCTYPE html>\n<html><head><title>\(title)</title></head><body>\n<h1>\(title)</h1>\n\(lines.joined(separator: "\n"))\n</body></html>\n"
        return ServerResponse(
            status: 200, headers: [("Content-Type", "text/html; charset=utf-8")], bytes: Array(page.utf8))
    }

    private static func text(_ status: Int, _ message: String) -> ServerResponse {
        ServerResponse(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")],
            bytes: Array((message + "\n").utf8))
    }
}
