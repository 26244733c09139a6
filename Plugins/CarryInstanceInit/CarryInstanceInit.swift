import Foundation
import PackagePlugin

/// Compiles the C program in `Sources/CInstanceInit` and generates a Swift file that carries it as text, so that one
/// installed binary is all that the local cloud needs. A target of its own would not do: SwiftPM links Swift's runtime
/// into every executable, and inside a sandbox there is only the host's libc.
@main
struct CarryInstanceInit: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        #if os(Linux)
        let folder = context.package.directoryURL.appending(path: "Sources/CInstanceInit")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
        let sources = files.filter { $0.pathExtension == "c" }
        let program = context.pluginWorkDirectoryURL.appending(path: "instance-init")
        let output = context.pluginWorkDirectoryURL.appending(path: "InstanceInitProgram.swift")
        let script = """
            set -e
            clang=$1 program=$2 output=$3
            shift 3
            "$clang" -std=gnu2x -Os -Wall -Wextra -Werror -fPIE -pie -s -o "$program" "$@"
            {
                echo '/// The first process of a sandbox as an executable, in base64; compiled from Sources/CInstanceInit.'
                printf 'let instanceInitProgram: StaticString = "'
                base64 -w0 < "$program"
                echo '"'
            } > "$output"
            """
        let clang = try context.tool(named: "clang").url
        return [
            .buildCommand(
                displayName: "Compiling the sandbox's first process", executable: URL(fileURLWithPath: "/bin/sh"),
                arguments: ["-c", script, "sh", clang.path, program.path, output.path] + sources.map(\.path),
                inputFiles: files, outputFiles: [output])
        ]
        #else
        return []
        #endif
    }
}
