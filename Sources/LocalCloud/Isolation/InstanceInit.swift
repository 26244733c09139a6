import FoundationEssentials
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// The program that is the first process of every sandbox: carried in the library, written to a file once for each cloud.
public enum InstanceInit {
    /// Where it is in `folder`, once it was written.
    public static func path(in folder: String) -> String { folder + "/init" }

    /// Writes it to `folder` and returns its path, for ``SandboxConfiguration/program``.
    ///
    /// Another process writes it. Were it this one, a process that some other thread is just starting could hold the file
    /// open for writing between its fork and its exec, and the kernel would call the program busy.
    @discardableResult
    public static func write(to folder: String) async throws(SandboxError) -> String {
        let path = path(in: folder)
        #if os(Linux)
        let text = instanceInitProgram.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        guard let program = Data(base64Encoded: text), !program.isEmpty else {
            throw SandboxError(reason: "the build carried no first program for sandboxes")
        }
        // One that still runs from before cannot be overwritten; its file goes when it does.
        let script = #"mkdir -p "${0%/*}" && rm -f "$0" && cat > "$0" && chmod 755 "$0""#
        let words: String?
        do {
            try OpenFiles.checkRoomForProgram()
            let outcome = try await Subprocess.run(
                .path("/bin/sh"), arguments: ["-c", script, path], input: .array(Array(program)), output: .discarded,
                error: .string(limit: 1 << 12))
            if case .exited(0) = outcome.terminationStatus {
                words = nil
            } else {
                words = outcome.standardError.trimmed
            }
        } catch {
            words = "\(error)"
        }
        if let words { throw SandboxError(reason: "\(path) cannot be written: \(words)") }
        #endif
        return path
    }
}
