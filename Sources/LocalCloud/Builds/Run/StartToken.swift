import AWSModel
import AWSSigning

/// The `idempotencyToken` of a call that starts something: the same call with it, within five minutes, starts nothing more.
struct StartToken: Codable, Sendable, Equatable {
    let text: String
    /// Of all the call's parameters.
    let digest: String
    let time: Double

    init?(_ input: AWSValue, at time: Double) {
        guard let text = input["idempotencyToken"]?.string, !text.isEmpty else { return nil }
        self.text = text
        digest = Digest.sha256Hex(JSON.write(input))
        self.time = time
    }

    /// Which of `earlier` was started by the same call.
    ///
    /// - Throws: `InvalidInputException` when one was started with this token and other parameters.
    func match<Record>(in earlier: [Record], _ token: (Record) -> StartToken?) throws(ServiceError) -> Record? {
        let known = earlier.first { record in
            guard let other = token(record) else { return false }
            return other.text == text && time - other.time < 300
        }
        guard let known, token(known)?.digest != digest else { return known }
        throw ServiceError(
            "InvalidInputException",
            "The idempotency token \(text) was used with other parameters less than 5 minutes ago")
    }
}
