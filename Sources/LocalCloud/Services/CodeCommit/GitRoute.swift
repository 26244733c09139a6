import AWSModel
import AWSSigning
import FoundationEssentials

/// git's smart HTTP: `/v1/repos/NAME/…`, answered by `git http-backend` as a CGI program, behind CodeCommit's signed
/// passwords and the caller's `codecommit:GitPull` and `codecommit:GitPush`.
@CloudActor
final class GitRoute: HTTPRoute {
    private let cloud: Cloud
    private nonisolated static let prefix = "/v1/repos/"
    /// What smart HTTP asks for. The files of a repository, which older clients read one by one, are not given out.
    private nonisolated static let services: Set<Substring> = ["info/refs", "git-upload-pack", "git-receive-pack"]

    init(cloud: Cloud) { self.cloud = cloud }

    nonisolated func accepts(method: String, path: String, host: String) -> Bool { path.hasPrefix(Self.prefix) }

    func handle(_ request: ServerRequest) async throws -> ServerResponse {
        let parts = request.path.dropFirst(Self.prefix.count).split(
            separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, CodeCommitService.isValid(name: String(parts[0])) else {
            return Self.text(404, "No repository is named in \(request.path)")
        }
        guard Self.services.contains(parts[1]) else { return Self.text(404, "\(parts[1]) is not for git's smart HTTP") }
        let name = String(parts[0])
        guard let password = Self.basicPassword(request.header("Authorization")) else { return Self.unauthorized(nil) }
        let service = cloud.service(CodeCommitService.self)
        let caller: Caller
        do {
            caller = try identify(password, name: name, host: request.header("Host") ?? "", service)
        } catch {
            return Self.unauthorized(error.message)
        }
        let isPush = parts[1] == "git-receive-pack" || request.query.contains("service=git-receive-pack")
        let arn = CodeCommitService.arn(name, region: caller.region, account: caller.principal.account)
        do {
            if caller.principal.kind != .root {
                try cloud.iam.authorize(
                    caller.principal, action: isPush ? "codecommit:GitPush" : "codecommit:GitPull", resource: arn)
            }
        } catch {
            return Self.text(403, error.message)
        }
        guard let repository = service.repositories[caller.principal.account, caller.region, name] else {
            return Self.text(404, "repository '\(name)' not found")
        }
        return try await serve(request, "/" + parts[1], name, repository, caller, service)
    }

    // MARK: - Who it is

    private struct Refusal: Error {
        var message: String
    }

    private struct Caller {
        var principal: Principal
        var region: String
    }

    private static func basicPassword(_ header: String?) -> (user: String, password: String)? {
        guard let header, header.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: String(header.dropFirst(6))),
            let text = String(data: data, encoding: .utf8), let colon = text.firstIndex(of: ":")
        else { return nil }
        // git percent-encodes the user name of a URL; the session token in it has "/", "+" and "=".
        let user = String(text[..<colon])
        return (user, String(text[text.index(after: colon)...]))
    }

    /// The password names no region: it is the one whose repository of that name it was signed for.
    private func identify(
        _ given: (user: String, password: String), name: String, host: String, _ service: CodeCommitService
    ) throws(Refusal) -> Caller {
        let parts = given.user.split(separator: "%", maxSplits: 1).map(String.init)
        let key = parts.first ?? ""
        guard let secret = cloud.iam.secret(of: key),
            let principal = try? cloud.iam.principal(accessKeyID: key, sessionToken: parts.count > 1 ? parts[1] : nil)
        else { throw Refusal(message: "The security token included in the request is invalid.") }
        let regions = service.repositories.everything().filter { $0.account == principal.account }.map(\.region)
        var reason = "The password does not fit the user name, repository and host."
        for region in Set(regions).union(["us-east-1"]).sorted() {
            do {
                _ = try SigV4.verifyCodeCommitPassword(
                    userName: given.user, password: given.password, region: region, host: host,
                    path: Self.prefix + name,
                    now: CloudClock.realNow, secretFor: { _ in secret })
                return Caller(principal: principal, region: region)
            } catch {
                reason = error.message
            }
        }
        throw Refusal(message: reason)
    }

    // MARK: - The CGI program

    private func serve(
        _ request: ServerRequest, _ path: String, _ name: String, _ repository: CodeCommitService.Repository,
        _ caller: Caller, _ service: CodeCommitService
    ) async throws -> ServerResponse {
        let git = service.git(repository)
        let scratch = try service.scratch()
        let moves = "\(scratch)/moved-\(Identifier.hex(16))"
        defer { try? FileManager.default.removeItem(atPath: moves) }
        let environment = [
            "GIT_PROJECT_ROOT": git.path, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query, "CONTENT_TYPE": request.header("Content-Type") ?? "",
            "CONTENT_LENGTH": String(request.body.count),
            "HTTP_CONTENT_ENCODING": request.header("Content-Encoding") ?? "",
            "GIT_PROTOCOL": request.header("Git-Protocol") ?? "", "REMOTE_USER": caller.principal.userID,
            "REMOTE_ADDR": request.remoteAddress, "AWSCICD_MOVED": moves, "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": try Self.hooks(in: scratch),
            // The user of the process may not own a data directory that was handed to it.
            "GIT_CONFIG_KEY_1": "safe.directory", "GIT_CONFIG_VALUE_1": "*",
        ]
        let input = try UnlinkedFile(holding: request.body, in: scratch)
        let output = try UnlinkedFile(in: scratch)
        let status = try await GitProgram.run(
            ["http-backend"], in: git.path, environment: environment, from: input, to: output)
        for line in String(decoding: BundleFiles.read(moves) ?? [], as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 3 else { continue }
            let zero = String(repeating: "0", count: 40)
            await service.moved(
                name, repository, reference: parts[2], from: parts[0] == zero ? nil : parts[0],
                to: parts[1] == zero ? nil : parts[1], by: caller.principal, region: caller.region)
        }
        guard let head = Self.head(of: output) else {
            return Self.text(500, "git http-backend ended with status \(status)")
        }
        let total = output.count
        let start = head.bodyOffset
        return ServerResponse(
            status: head.status, headers: head.headers + [("Content-Length", String(total - start))],
            body: .stream { writer in
                var at = start
                while at < total {
                    let piece = output.read(at: at, count: 1 << 16)
                    if piece.isEmpty { break }
                    try await writer.write(piece)
                    at += Int64(piece.count)
                }
            })
    }

    /// The hook that notes which references a push has moved.
    private static func hooks(in scratch: String) throws -> String {
        let directory = scratch + "/hooks"
        let hook = directory + "/post-receive"
        if BundleFiles.read(hook) == nil {
            try BundleFiles.makeDirectories(directory)
            try BundleFiles.write(Array("#!/bin/sh\ncat >> \"$AWSCICD_MOVED\"\n".utf8), to: hook, mode: 0o755)
        }
        return directory
    }

    private static func head(
        of output: UnlinkedFile
    ) -> (status: Int, headers: [(name: String, value: String)], bodyOffset: Int64)? {
        let bytes = output.read(at: 0, count: 1 << 14)
        let end: [UInt8] = [13, 10, 13, 10]
        guard let at = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        var status = 200
        var headers: [(name: String, value: String)] = []
        for line in String(decoding: bytes[..<at], as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = String(line[..<colon])
            let value = String(line[line.index(after: colon)...]).trimmed
            if name.lowercased() == "status" {
                status = Int(value.prefix(3)) ?? 500
            } else {
                headers.append((name, value))
            }
        }
        return (status, headers, Int64(at + 4))
    }

    private static func unauthorized(_ message: String?) -> ServerResponse {
        var response = text(401, message ?? "Unauthorized")
        response.headers.append(("WWW-Authenticate", "Basic realm=\"AWS CodeCommit\""))
        return response
    }

    private static func text(_ status: Int, _ message: String) -> ServerResponse {
        ServerResponse(status: status, headers: [("Content-Type", "text/plain")], bytes: Array((message + "\n").utf8))
    }
}
