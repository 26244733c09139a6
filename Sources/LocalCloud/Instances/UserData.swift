import FoundationEssentials
import Yams

/// What an instance does at its first start: a script, or cloud-init's `#cloud-config`, or several of both in a MIME message.
///
/// Of `#cloud-config`: `packages`, `write_files`, `bootcmd` and `runcmd`.
struct UserData {
    enum Step: Sendable {
        case script(name: String, content: [UInt8])
        case file(path: String, content: [UInt8], mode: Int)
        /// Something that cannot be done, and why: a line for the console.
        case complaint(String)
    }

    private(set) var steps: [Step] = []
    private var count = 0

    init(_ content: [UInt8]) {
        let text = String(decoding: content, as: UTF8.self)
        if text.hasPrefix("Content-Type: multipart/") || text.hasPrefix("MIME-Version:") {
            for part in Self.parts(of: text) { add(part) }
        } else {
            add(text)
        }
    }

    private mutating func add(_ text: String) {
        if text.hasPrefix("#cloud-config") {
            addConfiguration(text)
        } else if text.hasPrefix("#!") {
            addScript(text)
        } else if !text.allSatisfy(\.isWhitespace) {
            let start = text.prefix { !$0.isNewline }.prefix(60)
            complain("Unhandled user data: it starts with neither \"#!\" nor \"#cloud-config\": \(start)")
        }
    }

    private mutating func complain(_ text: String) { steps.append(.complaint(text)) }

    private mutating func addScript(_ text: String) {
        count += 1
        let number = "00\(count)".suffix(3)
        // A script that was written on Windows would name an interpreter that ends in a carriage return.
        steps.append(.script(name: "part-\(number)", content: Array(text.replacing("\r\n", with: "\n").utf8)))
    }

    private mutating func addConfiguration(_ text: String) {
        let settings: [String: Any]
        do {
            try YAMLSize.check(text)
            let loaded = try Yams.load(yaml: text)
            guard let map = loaded as? [String: Any] else {
                // Nothing but comments is nothing to do.
                if loaded != nil { complain("Failed loading yaml blob. #cloud-config has to be a mapping of names") }
                return
            }
            settings = map
        } catch {
            return complain("Failed loading yaml blob. Invalid #cloud-config: \(error)")
        }
        func lines(_ value: Any?) -> [String] {
            (value as? [Any] ?? []).compactMap { item in
                if let line = item as? String { return line }
                return (item as? [Any])?.map { "'" + "\($0)".replacing("'", with: "'\\''") + "'" }.joined(
                    separator: " ")
            }
        }
        for file in settings["write_files"] as? [[String: Any]] ?? [] {
            guard let path = file["path"] as? String else { continue }
            let content = file["content"] as? String ?? ""
            let isEncoded = ["b64", "base64"].contains(file["encoding"] as? String)
            guard let decoded = isEncoded ? Data(base64Encoded: content) : Data(content.utf8) else {
                complain("write_files: the content of \(path) is not Base64")
                continue
            }
            let bytes = [UInt8](decoded)
            let mode = (file["permissions"] as? String).flatMap { Int($0, radix: 8) } ?? 0o644
            steps.append(.file(path: path, content: bytes, mode: mode))
        }
        let packages = (settings["packages"] as? [Any] ?? []).map { "\($0)" }
        let script =
            lines(settings["bootcmd"]) + (packages.isEmpty ? [] : ["dnf install -y " + packages.joined(separator: " ")])
            + lines(settings["runcmd"])
        if !script.isEmpty { addScript("#!/bin/sh\n" + script.joined(separator: "\n") + "\n") }
    }

    private static func parts(of message: String) -> [String] {
        let text = message.replacing("\r\n", with: "\n")
        guard let mark = text.firstRange(of: "boundary=") else { return [] }
        let boundary = text[mark.upperBound...].prefix { !$0.isNewline && $0 != ";" }.filter { $0 != "\"" }
        return text.split(separator: "--" + boundary).dropFirst().compactMap { part in
            guard let blank = part.firstRange(of: "\n\n") else { return nil }
            let body = String(part[blank.upperBound...])
            guard part[..<blank.lowerBound].lowercased().contains("transfer-encoding: base64") else { return body }
            return Data(base64Encoded: body.filter { !$0.isWhitespace }).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
