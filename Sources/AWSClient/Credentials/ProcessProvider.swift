import AWSModel
import AWSSigning

/// `credential_process`: a program that prints credentials as JSON.
struct ProcessProvider: CredentialsProvider {
    let name = "credential_process"
    let setting: CredentialsSetting
    let profileName: String

    func load() async throws -> CredentialsOffer {
        guard let command = setting.section(profileName)?["credential_process"] else {
            return .nothing(reason: "the profile \"\(profileName)\" has no credential_process")
        }
        guard let words = ShellWords.split(command), let program = words.first else {
            throw CredentialsFailure("credential_process of the profile \"\(profileName)\" has an open quote")
        }
        let environment = setting.environment
        let result = try await BlockingThread.run { try HelperProgram.run(words, environment: environment) }.get()
        guard result.status == 0 else {
            // What it printed as output may be a secret; what it printed as errors is for people.
            let words = String(decoding: result.errors.prefix(500), as: UTF8.self)
            throw CredentialsFailure("\(program) ended with status \(result.status): \(words)")
        }
        guard let answer = try? JSON.parse(result.output), answer.map != nil else {
            throw CredentialsFailure("\(program) did not print JSON")
        }
        guard answer["Version"]?.int == 1 else {
            throw CredentialsFailure("\(program) printed credentials of another version than 1")
        }
        guard
            let credentials = Credentials(
                answer, accountID: answer["AccountId"]?.string ?? setting.section(profileName)?["aws_account_id"],
                source: "credential_process of the profile \(profileName)")
        else { throw CredentialsFailure("\(program) printed no AccessKeyId and SecretAccessKey") }
        return .found(credentials)
    }
}

/// Splits a command line as a shell does: blanks, quotes, backslashes; nothing is expanded.
enum ShellWords {
    /// nil when a quote is not closed.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word = ""
        var isInWord = false
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                if quote == "\"", character != "\"", character != "\\" { word.append("\\") }
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                isInWord = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isInWord = true
            } else if character.isWhitespace {
                if isInWord { words.append(word) }
                word = ""
                isInWord = false
            } else {
                word.append(character)
                isInWord = true
            }
        }
        if quote != nil || isEscaped { return nil }
        if isInWord { words.append(word) }
        return words
    }
}
