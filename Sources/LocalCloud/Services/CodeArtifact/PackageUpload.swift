/// The form that `twine upload` and `pip`'s kin send: `multipart/form-data` with the metadata and the file.
struct PackageUpload: Sendable {
    var name: String
    var version: String
    var fileName: String
    var content: [UInt8]
    var sha256: String?
    var summary: String?
    var requiresPython: String?

    struct Malformed: Error { var reason: String }

    init(_ body: [UInt8], contentType: String) throws(Malformed) {
        guard contentType.lowercased().hasPrefix("multipart/form-data"),
            let mark = contentType.range(ofText: "boundary=")
        else { throw Malformed(reason: "the upload is not multipart/form-data") }
        let boundary = contentType[mark...].prefix { $0 != ";" }.filter { $0 != "\"" }
        var fields: [String: String] = [:]
        var file: (name: String, content: [UInt8])?
        for part in Self.parts(of: body, boundary: Array(("--" + boundary).utf8)) {
            let blank: [UInt8] = [13, 10, 13, 10]
            guard let end = Self.find(blank, in: part[...]) else { continue }
            let head = String(decoding: part[..<end], as: UTF8.self)
            let content = Array(part[(end + 4)...])
            guard let field = Self.parameter("name", in: head) else { continue }
            if let name = Self.parameter("filename", in: head), field == "content" {
                file = (name, content)
            } else if fields[field] == nil {
                fields[field] = String(decoding: content, as: UTF8.self)
            }
        }
        guard fields[":action"] ?? "file_upload" == "file_upload" else {
            throw Malformed(reason: "only file_upload is known")
        }
        guard let name = fields["name"], let version = fields["version"], let file else {
            throw Malformed(reason: "the upload has no name, version or content")
        }
        let safe = { (text: String) in
            !text.isEmpty && text.utf8.count <= 200
                && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 47 && $0 != 92 && $0 != 60 }
                && text != "." && text != ".."
        }
        guard safe(name), safe(version), safe(file.name) else {
            throw Malformed(reason: "the package's name, version or file name is not valid")
        }
        self.name = name
        self.version = version
        fileName = file.name
        content = file.content
        sha256 = fields["sha256_digest"]
        summary = fields["summary"]
        requiresPython = fields["requires_python"]
    }

    private static func parts(of body: [UInt8], boundary: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        guard var start = find(boundary, in: body[...]) else { return [] }
        start += boundary.count
        while let end = find([13, 10] + boundary, in: body[start...]) {
            // After the boundary comes a line end, or "--" at the very end.
            if start + 2 <= end { parts.append(Array(body[(start + 2)..<end])) }
            start = end + 2 + boundary.count
        }
        return parts
    }

    private static func find(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var at = bytes.startIndex
        let last = bytes.endIndex - needle.count
        while at <= last {
            guard let next = bytes[at...last].firstIndex(of: first) else { return nil }
            if bytes[next..<(next + needle.count)].elementsEqual(needle) { return next }
            at = next + 1
        }
        return nil
    }

    private static func parameter(_ name: String, in head: String) -> String? {
        for piece in head.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let trimmed = String(piece).trimmed
            if trimmed.hasPrefix(name + "=") { return trimmed.dropFirst(name.count + 1).filter { $0 != "\"" } }
        }
        return nil
    }
}

extension String {
    /// The index after the first occurrence of a text, in whatever case.
    fileprivate func range(ofText text: String) -> String.Index? {
        var at = startIndex
        let wanted = text.lowercased()
        while at < endIndex {
            if self[at...].prefix(wanted.count).lowercased() == wanted { return index(at, offsetBy: wanted.count) }
            at = index(after: at)
        }
        return nil
    }
}
