import AWSModel
import AWSSigning

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The JSON files in which `aws sso login` and `aws login` keep their tokens.
struct TokenFile {
    let path: String

    /// - Parameters:
    ///   - directory: "~/.aws/sso/cache", expanded.
    ///   - hash: what the file is named after.
    init(directory: String, hash: [UInt8]) { path = "\(directory)/\(Hex.encode(hash)).json" }

    /// nil when there is no such file.
    func read() throws -> AWSMap? {
        do throws(SettingsFailure) {
            guard let bytes = try INIFile.readFile(path) else { return nil }
            guard let map = (try? JSON.parse(bytes))?.map else {
                throw SettingsFailure("\(path) is not the JSON that it should be; sign in again")
            }
            return map
        } catch { throw CredentialsFailure(error.message) }
    }

    /// Replaced in one step, readable for its owner alone. A token that cannot be kept is still good for this run.
    func write(_ map: AWSMap) {
        let temporary = "\(path).\(Hex.encode(SecureRandom.bytes(4)))"
        let bytes = JSON.write(.map(map))
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        #if canImport(Glibc)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        #else
        let written = Darwin.write(descriptor, bytes, bytes.count)
        #endif
        if close(descriptor) == 0, written == bytes.count, rename(temporary, path) == 0 { return }
        unlink(temporary)
    }
}
