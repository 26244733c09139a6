import LuaVM

/// A script's error for the one who wrote the script: what went wrong, the line with its source, and how the script came
/// there. Frames of the library and of C are left out.
struct ErrorReport {
    private let error: LuaError
    /// Sources that are no files (`-e`, standard input), by the name that messages give them.
    private let sources: [String: [UInt8]]

    init(_ error: LuaError, sources: [String: [UInt8]]) {
        self.error = error
        self.sources = sources
    }

    private struct Place: Equatable {
        let chunk: String
        let line: Int
    }

    func text(_ style: Style) -> String {
        let frames = Self.frames(error.traceback)
        var (place, message) = Self.split(error.message)
        // "http://host:8080: refused" looks like a place and is none.
        if let named = place?.chunk, sources[named] == nil, !frames.contains(where: { $0.place.chunk == named }),
            !sources.keys.contains(where: { Self.isShortened(named, of: $0) })
        {
            (place, message) = (nil, error.message)
        }
        // An error value without a position (a table, an error of the host) belongs to where the script called.
        let shown = place ?? frames.first { !Self.isLibrary($0.place.chunk) }?.place
        var text = style.red(style.bold("error: "))
        if let place { text += style.bold("\(place.chunk):\(place.line): ") }
        text += message.isEmpty ? "(no message)" : Self.withoutControls(message)
        text += "\n"
        if let shown { text += excerpt(of: shown, style) }

        let own = frames.filter { !Self.isLibrary($0.place.chunk) }
        let isTold = own.count == 1 && own[0].place == shown && place != nil
        if !own.isEmpty, !isTold { text += "stack traceback:\n" + Self.traceback(error.traceback, style) }
        return text
    }

    /// The line that a message names, with its number.
    private func excerpt(of place: Place, _ style: Style) -> String {
        guard let line = line(place) else { return "" }
        // A very long line (generated code) would hide the message.
        let trimmed = line.count > 160 ? line.prefix(160) + "…" : line[...]
        let number = String(place.line)
        let margin = String(repeating: " ", count: number.count)
        return
            "  \(margin) \(style.dim("|"))\n  \(style.dim("\(number) |")) \(trimmed)\n  \(margin) \(style.dim("|"))\n"
    }

    private func line(_ place: Place) -> String? {
        let source: [UInt8]
        if let known = sources[place.chunk] {
            source = known
        } else if let file = sources.first(where: { Self.isShortened(place.chunk, of: $0.key) }) {
            source = file.value
        } else {
            return nil
        }
        var at = 1
        var start = source.startIndex
        while at < place.line {
            guard let end = source[start...].firstIndex(of: 0x0A) else { return nil }
            start = end + 1
            at += 1
        }
        let bytes = source[start...].prefix { $0 != 0x0A && $0 != 0x0D }
        return Self.withoutControls(
            String(decoding: bytes, as: UTF8.self).map { $0 == "\t" ? "    " : String($0) }.joined())
    }

    /// Control characters in a script, or in what it was sent, must not reach the terminal.
    private static func withoutControls(_ text: String) -> String {
        let scalars = text.unicodeScalars.lazy.filter { scalar in
            scalar == "\n" || scalar == "\t" || (scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value))
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Lua names long paths "...the/end/of/it.lua".
    private static func isShortened(_ chunk: String, of name: String) -> Bool {
        chunk.hasPrefix("...") && name.hasSuffix(chunk.dropFirst(3))
    }

    private static func isLibrary(_ chunk: String) -> Bool { chunk.hasPrefix("awscicd.") || chunk == "[C]" }

    /// "deploy.lua:12: message" as its parts.
    private static func split(_ message: String) -> (Place?, String) {
        var search = message.startIndex
        let firstLine = message.prefix { $0 != "\n" }
        while let colon = firstLine[search...].firstIndex(of: ":") {
            let digits = firstLine[firstLine.index(after: colon)...].prefix { $0.isASCII && $0.isNumber }
            if let line = Int(digits), colon > firstLine.startIndex, digits.endIndex < firstLine.endIndex,
                firstLine[digits.endIndex] == ":"
            {
                let chunk = String(firstLine[..<colon])
                var rest = message[message.index(after: digits.endIndex)...]
                if rest.first == " " { rest.removeFirst() }
                return (Place(chunk: chunk, line: line), String(rest))
            }
            search = firstLine.index(after: colon)
        }
        return (nil, message)
    }

    /// The frames of Lua code in a traceback as Lua writes it: "\tdeploy.lua:12: in function 'go'".
    private static func frames(_ traceback: String) -> [(place: Place, what: String)] {
        traceback.split(separator: "\n").compactMap { line in
            guard line.first == "\t" else { return nil }
            let (place, what) = split(String(line.dropFirst()))
            return place.map { ($0, what) }
        }
    }

    /// The traceback in the script's terms: without frames of C and of the library, and with repeated ones once.
    private static func traceback(_ traceback: String, _ style: Style) -> String {
        var lines: [(text: String, count: Int)] = []
        var isSpawn = false
        for line in traceback.split(separator: "\n") {
            guard line.first == "\t" else {
                // Between the frames of one task and those of the next.
                isSpawn = line.hasPrefix("spawned")
                if line.hasPrefix("joined") { lines.append((style.dim("joined by"), 1)) }
                continue
            }
            let (place, what) = split(String(line.dropFirst()))
            let text: String
            if let place {
                if isLibrary(place.chunk) { continue }
                text = "\(place.chunk):\(place.line): \(style.dim(what))"
            } else {
                if what.hasPrefix("[C]") || what.hasPrefix("(...tail") { continue }
                text =
                    isSpawn
                    ? "\(what): \(style.dim("spawned the task"))"
                    : style.dim(what.split(separator: "\t").joined(separator: " "))  // frames that Lua left out
            }
            if lines.last?.text == text { lines[lines.count - 1].count += 1 } else { lines.append((text, 1)) }
        }
        return lines.map { line in
            "  \(line.text)\(line.count > 1 ? style.dim(" (\(line.count) times)") : "")\n"
        }.joined()
    }
}
