import FoundationEssentials
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The program that is the first process of every sandbox: carried in the library, written to a file once.
enum InstanceInit {
    private static let paths = Mutex<[String: String]>([:])

    /// Its path, below `folder`.
    static func path(in folder: String) throws(SandboxError) -> String {
        if let path = paths.withLock({ $0[folder] }), FileManager.default.isExecutableFile(atPath: path) { return path }
        #if os(Linux)
        let text = instanceInitProgram.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        #else
        let text = ""
        #endif
        guard let program = Data(base64Encoded: text), !program.isEmpty else {
            throw SandboxError(reason: "isolation is there on Linux only")
        }
        let path = "\(folder)/init"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // A running one cannot be overwritten; the old file goes when its last process does.
            let fresh = "\(path)-\(Identifier.hex(8))"
            try program.write(to: URL(fileURLWithPath: fresh))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fresh)
            guard rename(fresh, path) == 0 else { throw SandboxError(reason: "\(path): \(errorText())") }
        } catch let error as SandboxError {
            throw error
        } catch {
            throw SandboxError(reason: "\(path): \(error)")
        }
        paths.withLock { $0[folder] = path }
        return path
    }
}
