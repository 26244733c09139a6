import AWSModel

/// A clock that is wrong: the service's `Date` tells by how much.
enum ClockSkew {
    private static let definite: Set = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]
    private static let possible: Set = ["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure"]
    /// Seconds by which a clock may be off before a doubtful error is put down to it.
    private static let tolerance: Double = 240

    /// Sets the client's offset; false when the clock is not to blame.
    static func correct(_ error: AWSError, context: ClientContext) -> Bool {
        guard definite.contains(error.code) || possible.contains(error.code),
            let date = error.headers.first(named: "date").flatMap(Timestamps.parse)
        else { return false }
        let offset = date - context.clock.now
        let change = abs(offset - context.clockOffset.withLock { $0 })
        // A server whose clock agrees with ours has another reason.
        guard change > (definite.contains(error.code) ? 5 : tolerance) else { return false }
        context.clockOffset.withLock { $0 = offset }
        return true
    }
}

/// A bucket that is in another region than the client.
enum BucketRegion {
    /// The region, remembered for later calls; nil when the error has another reason.
    static func find(_ error: AWSError, call: Call, context: ClientContext, plan: CallPlan) async -> String? {
        guard call.service.isS3, let bucket = call.input["Bucket"]?.string, !bucket.hasPrefix("arn:"),
            isRedirect(error, call.operation)
        else { return nil }
        var region = error.headers.first(named: "x-amz-bucket-region") ?? error.fields["Region"]?.string
        if region == nil, let head = call.service.operation("HeadBucket") {
            let question = Call(
                service: call.service, operation: head, input: ["Bucket": .string(bucket)], options: CallOptions(),
                region: call.region)
            do {
                let result = try await context.attempt(question, plan)
                region = result.metadata.headers.first(named: "x-amz-bucket-region")
            } catch {
                region = (error as? AWSError)?.headers.first(named: "x-amz-bucket-region")
            }
        }
        // It becomes part of a host's name.
        guard let found = region, (try? Settings.checkRegion(found)) != nil,
            found != plan.region ?? context.bucketRegions.withLock({ $0[bucket] }) ?? context.settings.region
        else { return nil }
        context.bucketRegions.withLock { $0[bucket] = found }
        return found
    }

    private static func isRedirect(_ error: AWSError, _ operation: Operation) -> Bool {
        switch error.code {
        case "PermanentRedirect", "TemporaryRedirect": true
        case "AuthorizationHeaderMalformed": error.fields["Region"] != nil
        case "IllegalLocationConstraintException": operation.name != "CreateBucket"
        // Answers to HEAD have no body to name the reason.
        case "301", "400":
            operation.name == "HeadObject"
                || operation.name == "HeadBucket" && error.headers.first(named: "x-amz-bucket-region") != nil
        default: [301, 302, 307].contains(error.status)
        }
    }
}
