import Testing

@testable import AWSSigning

/// What is signed is accepted; anything changed on the way is not.
@Suite struct VerificationTests {
    let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token/+=")
    let time = 1_700_000_000.0

    private func signed(
        service: String = "codepipeline", payload: PayloadHash = .bytes(Array("{}".utf8)),
        target: String = "/a%20b/?x=1&y"
    ) -> SigningRequest {
        var request = SigningRequest(
            method: "POST", target: target, headers: [("host", "example.com"), ("X-Amz-Target", "A.B")],
            payload: payload)
        request.headers += SigV4(service: service, region: "eu-west-1").sign(
            request, credentials: credentials, at: time)
        return request
    }

    private func reason(
        _ request: SigningRequest, after: Double = 0, secret: String? = "secret", service: String? = nil
    )
        -> SignatureFailure.Reason?
    {
        do throws(SignatureFailure) {
            _ = try SigV4.verify(request, now: time + after, service: service) { _ in secret }
            return nil
        } catch {
            return error.reason
        }
    }

    @Test(arguments: ["codepipeline", "s3"])
    func acceptsWhatWasSigned(service: String) throws {
        let identity = try SigV4.verify(signed(service: service), now: time + 899, service: service) {
            $0 == "AKIDEXAMPLE" ? "secret" : nil
        }
        #expect(identity.accessKeyID == "AKIDEXAMPLE")
        #expect(identity.sessionToken == "token/+=")
        #expect(identity.region == "eu-west-1")
        #expect(identity.service == service)
        #expect(!identity.isPresigned)
    }

    /// What a proxy may change, and what only counts attempts; names that are like them are signed.
    @Test func someHeadersAreNotSigned() {
        let unsigned = [
            "Amz-Sdk-Invocation-Id", "amz-sdk-request", "Connection", "Expect", "Keep-Alive", "Proxy-Authenticate",
            "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Amzn-Trace-Id",
        ]
        let signed = ["amz-sdk-invocation-ie", "expects", "host", "td", "trailes", "x-amzn-trace-if"]
        let request = SigningRequest(
            method: "GET", target: "/", headers: (unsigned + signed.reversed()).map { ($0, "1") }, payload: .bytes([]))
        let added = SigV4(service: "s", region: "r").sign(request, credentials: credentials, at: time)
        let names = (signed + ["x-amz-date", "x-amz-security-token"]).sorted().joined(separator: ";")
        #expect(added.last?.value.contains("SignedHeaders=\(names), ") == true, "\(added)")
    }

    @Test func refusesWhatWasChanged() {
        var request = signed()
        request.path = "/a%20c/"
        #expect(reason(request) == .mismatch)
        request = signed()
        request.method = "GET"
        #expect(reason(request) == .mismatch)
        request = signed()
        request.query[0].value = "2"
        #expect(reason(request) == .mismatch)
        request = signed()
        request.headers[1].value = "A.C"
        #expect(reason(request) == .mismatch)
        request = signed()
        request.payload = .bytes([1])
        #expect(reason(request) == .mismatch)
        request = signed(service: "s3")
        request.payload = .bytes([1])
        #expect(reason(request) == .payloadMismatch)
        request = signed()
        request.headers.append(("X-Unsigned", "added by a proxy"))
        #expect(reason(request) == nil)
    }

    @Test func refusesWrongKeysAndTimes() {
        #expect(reason(signed(), secret: "other") == .mismatch)
        #expect(reason(signed(), secret: nil) == .unknownAccessKey)
        #expect(reason(signed(), after: 901) == .skewed)
        #expect(reason(signed(), after: -901) == .skewed)
        #expect(reason(signed(), service: "s3") == .mismatch)
    }

    @Test func refusesBrokenSignatures() {
        #expect(
            reason(SigningRequest(method: "GET", path: "/", headers: [("host", "h")], payload: .unsigned)) == .missing)
        for authorization in [
            "Basic abc", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
            "AWS4-HMAC-SHA256 Credential=A/20231114/r/s/aws4_request, SignedHeaders=host",
            "AWS4-HMAC-SHA256 Credential=A/20231114/r/s/aws4_request, SignedHeaders=x, Signature=x",
        ] {
            let request = SigningRequest(
                method: "GET", path: "/",
                headers: [("host", "h"), ("authorization", authorization), ("x-amz-date", "20231114T221320Z")],
                payload: .unsigned)
            #expect(reason(request) == .incomplete, "\(authorization)")
        }
    }

    @Test(arguments: ["s3", "sts"])
    func presignedURLs(service: String) throws {
        var request = SigningRequest(
            method: "GET", target: "/k?Action=GetCallerIdentity", headers: [("host", "example.com")],
            payload: .bytes([]))
        request.query += SigV4(service: service, region: "eu-west-1")
            .presign(request, credentials: credentials, at: time, expires: 60).map { ($0.name, $0.value) }
        let identity = try SigV4.verify(request, now: time + 60) { _ in "secret" }
        #expect(identity.isPresigned && identity.sessionToken == "token/+=")
        #expect(reason(request, after: 61) == .expired)
        #expect(reason(request, after: -901) == .skewed)
        var changed = request
        changed.path = "/other"
        #expect(reason(changed) == .mismatch)
        changed = request
        changed.query.removeAll { $0.name == "X-Amz-Expires" }
        changed.query.append(("X-Amz-Expires", "604801"))
        #expect(reason(changed) == .incomplete)
    }

    @Test func unsignedPayloads() {
        var request = signed(payload: .unsigned)
        request.payload = .bytes([1, 2, 3])
        #expect(reason(request) == nil)
    }

    @Test func codeCommitPasswords() throws {
        let made = SigV4.codeCommitPassword(
            credentials: credentials, region: "eu-west-1", host: "127.0.0.1:4566", path: "/v1/repos/demo", at: time)
        #expect(made.userName == "AKIDEXAMPLE%token/+=")
        #expect(made.password.hasPrefix("20231114T221320Z"))
        func verify(
            _ path: String, after: Double = 0, userName: String = made.userName, password: String = made.password
        )
            -> SignatureFailure.Reason?
        {
            do throws(SignatureFailure) {
                _ = try SigV4.verifyCodeCommitPassword(
                    userName: userName, password: password, region: "eu-west-1", host: "127.0.0.1", path: path,
                    now: time + after
                ) { $0 == "AKIDEXAMPLE" ? "secret" : nil }
                return nil
            } catch { return error.reason }
        }
        #expect(verify("/v1/repos/demo") == nil)
        #expect(verify("/v1/repos/other") == .mismatch)
        #expect(verify("/v1/repos/demo", after: 901) == .skewed)
        #expect(verify("/v1/repos/demo", userName: "OTHER") == .unknownAccessKey)
        #expect(verify("/v1/repos/demo", password: "hunter2") == .incomplete)
    }
}
