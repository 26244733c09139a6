import AWSModel
import AWSSigning

/// How services refuse a signature: each family of protocols has its own codes and statuses.
struct SignatureRefusal {
    private enum Family { case s3, ec2, query, json }
    private let family: Family

    init(_ service: ServiceModel) {
        family =
            switch service.wireProtocol {
            case .restXML: .s3
            case .ec2: .ec2
            case .query: .query
            default: .json
            }
    }

    func error(_ failure: SignatureFailure) -> ServiceError {
        switch family {
        case .s3: s3(failure)
        case .ec2: ec2(failure)
        case .query: query(failure)
        case .json: json(failure)
        }
    }

    /// An expired session, a wrong token, an inactive key; `error` is in JSON's form.
    func error(_ error: ServiceError) -> ServiceError {
        let isExpired = error.code == "ExpiredTokenException"
        switch family {
        case .s3:
            return isExpired
                ? ServiceError("ExpiredToken", "The provided token has expired.", status: 400)
                : ServiceError("InvalidToken", "The provided token is malformed or otherwise invalid.", status: 400)
        case .ec2:
            return isExpired
                ? ServiceError("RequestExpired", "Request has expired.", status: 400)
                : ServiceError(
                    "AuthFailure", "AWS was not able to validate the provided access credentials", status: 401)
        case .query:
            return ServiceError(isExpired ? "ExpiredToken" : "InvalidClientTokenId", error.message, status: 403)
        case .json: return ServiceError(error.code, error.message, status: 400)
        }
    }

    private func s3(_ failure: SignatureFailure) -> ServiceError {
        switch failure.reason {
        case .missing: ServiceError("AccessDenied", "Access Denied", status: 403)
        case .incomplete: ServiceError("AuthorizationHeaderMalformed", failure.message, status: 400)
        case .unknownAccessKey:
            ServiceError(
                "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", status: 403)
        case .mismatch:
            ServiceError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and "
                    + "signing method.", status: 403)
        case .payloadMismatch:
            ServiceError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.", status: 400)
        case .skewed:
            ServiceError(
                "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
                status: 403)
        case .expired: ServiceError("AccessDenied", "Request has expired", status: 403)
        }
    }

    private func ec2(_ failure: SignatureFailure) -> ServiceError {
        switch failure.reason {
        case .missing:
            ServiceError("MissingParameter", "The request must contain the parameter AWSAccessKeyId", status: 400)
        case .skewed, .expired: ServiceError("RequestExpired", "Request has expired.", status: 400)
        case .incomplete, .unknownAccessKey, .mismatch, .payloadMismatch:
            ServiceError(
                "AuthFailure", "AWS was not able to validate the provided access credentials", status: 401)
        }
    }

    private func query(_ failure: SignatureFailure) -> ServiceError {
        switch failure.reason {
        case .missing:
            ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token", status: 403)
        case .incomplete: ServiceError("IncompleteSignature", failure.message, status: 403)
        case .unknownAccessKey:
            ServiceError(
                "InvalidClientTokenId", "The security token included in the request is invalid.", status: 403)
        case .mismatch, .payloadMismatch: ServiceError("SignatureDoesNotMatch", Self.mismatch, status: 403)
        case .skewed, .expired: ServiceError("SignatureDoesNotMatch", failure.message, status: 403)
        }
    }

    private func json(_ failure: SignatureFailure) -> ServiceError {
        switch failure.reason {
        case .missing: ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", status: 403)
        case .incomplete: ServiceError("IncompleteSignatureException", failure.message, status: 403)
        case .unknownAccessKey:
            ServiceError(
                "UnrecognizedClientException", "The security token included in the request is invalid.", status: 400)
        case .mismatch, .payloadMismatch: ServiceError("InvalidSignatureException", Self.mismatch, status: 403)
        case .skewed, .expired: ServiceError("InvalidSignatureException", failure.message, status: 403)
        }
    }

    private static let mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
        + "and signing method. Consult the service documentation for details."
}
