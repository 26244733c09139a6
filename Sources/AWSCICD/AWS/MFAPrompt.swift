import AWSClient

/// Asks whoever sits at the terminal for the one-time code of a device.
enum MFAPrompt {
    /// nil where nobody can be asked: a job of a build server, a pipe.
    static var atTerminal: (@Sendable (_ serialNumber: String) async throws -> String)? {
        guard Terminal.isTerminal("stdin") == true, Terminal.isTerminal("stderr") == true else { return nil }
        return { serialNumber in
            let answer = try await Terminal.prompt("MFA code of \(serialNumber): ", isHidden: true)
            let code = (answer ?? "").filter { !$0.isWhitespace }
            if code.isEmpty { throw CredentialsFailure("no code of the device \(serialNumber) was given") }
            return code
        }
    }
}
