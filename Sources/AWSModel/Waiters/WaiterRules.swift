/// What a waiter's acceptors say of an answer: botocore's rules, without the calling and the sleeping.
public struct WaiterRules: Sendable {
    /// What a call of the waiter's operation gave.
    public enum Answer: Sendable {
        case output(AWSValue, status: Int)
        case error(code: String, status: Int)
    }

    public enum Verdict: Sendable, Hashable {
        case success
        /// It will never be so; the reason as a clause: `"Stacks[].StackStatus" is "ROLLBACK_COMPLETE"`.
        case failure(reason: String)
        /// Call again after the delay, unless the attempts are used up.
        case retry
        /// An error that no acceptor expects: it is the waiter's error.
        case unexpectedError
    }

    public let waiter: Waiter
    /// The compiled arguments of the acceptors, in their order.
    private let expressions: [JMESPath?]

    /// Throws when an acceptor's argument is not JMESPath.
    public init(_ waiter: Waiter) throws(JMESPathFailure) {
        self.waiter = waiter
        var expressions: [JMESPath?] = []
        for acceptor in waiter.acceptors {
            switch acceptor.matcher {
            case .path, .pathAll, .pathAny: expressions.append(try JMESPath(compiling: acceptor.argument ?? ""))
            case .status, .error: expressions.append(nil)
            }
        }
        self.expressions = expressions
    }

    /// The first acceptor that matches decides. Without one an answer means to try again.
    public func verdict(on answer: Answer) throws(JMESPathFailure) -> Verdict {
        for (acceptor, expression) in zip(waiter.acceptors, expressions) {
            guard let found = try match(acceptor, expression, answer) else { continue }
            switch acceptor.state {
            case .success: return .success
            case .retry: return .retry
            case .failure: return .failure(reason: found)
            }
        }
        if case .error = answer { return .unexpectedError }
        return .retry
    }

    /// What matched, in words; nil when the acceptor does not match.
    private func match(
        _ acceptor: Waiter.Acceptor, _ expression: JMESPath?, _ answer: Answer
    ) throws(JMESPathFailure) -> String? {
        let expected = acceptor.expected
        let text = expected.string.map { "\"\($0)\"" } ?? String(decoding: JSON.write(expected), as: UTF8.self)
        switch (acceptor.matcher, answer) {
        case (.status, .output(_, let status)), (.status, .error(_, let status)):
            return expected.int == status ? "the HTTP status is \(status)" : nil
        case (.error, .error(let code, _)):
            // `true` and `false` stand for any error and for none.
            return expected == .bool(true) || expected.string == code ? "the error is \(code)" : nil
        case (.error, .output): return expected == .bool(false) ? "there is no error" : nil
        case (.path, .output(let output, _)):
            let found = try expression?.search(output) ?? .null
            return JMESPathEvaluator.equal(found, expected) ? "\"\(acceptor.argument ?? "")\" is \(text)" : nil
        case (.pathAll, .output(let output, _)):
            guard let list = try expression?.search(output).list, !list.isEmpty else { return nil }
            let matches = list.allSatisfy { JMESPathEvaluator.equal($0, expected) }
            return matches ? "all of \"\(acceptor.argument ?? "")\" are \(text)" : nil
        case (.pathAny, .output(let output, _)):
            let list = try expression?.search(output).list ?? []
            let matches = list.contains { JMESPathEvaluator.equal($0, expected) }
            return matches ? "\"\(acceptor.argument ?? "")\" holds \(text)" : nil
        case (.path, .error), (.pathAll, .error), (.pathAny, .error): return nil
        }
    }
}
