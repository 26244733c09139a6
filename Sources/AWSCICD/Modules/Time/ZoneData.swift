/// A time zone of the system's database (TZif files, RFC 8536).
struct ZoneData: Sendable {
    private struct Kind {
        let offset: Int
        let abbreviation: String
    }

    private var transitions: [(at: Int, kind: Kind)] = []
    private var initial: Kind
    private let rule: ZoneRule?

    /// The offset and the zone's abbreviation at an instant (seconds since 1970).
    func offset(at instant: Double) -> (seconds: Int, abbreviation: String) {
        let at = Int(instant.rounded(.down))
        guard let last = transitions.last, at >= transitions[0].at else {
            if transitions.isEmpty, let rule { return rule.offset(at: at) }
            return (initial.offset, initial.abbreviation)
        }
        if at >= last.at, let rule { return rule.offset(at: at) }
        var low = 0
        var high = transitions.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle].at <= at { low = middle } else { high = middle }
        }
        return (transitions[low].kind.offset, transitions[low].kind.abbreviation)
    }

    /// The instant at which the zone's clocks show a date. Of two (clocks were put back) the first; of none (they were put
    /// forward) the one that the earlier offset gives.
    func instant(of date: CivilDate) -> Double {
        var date = date
        date.offset = 0
        let local = date.instant
        let candidates = [offset(at: local - 86400).seconds, offset(at: local + 86400).seconds].map {
            local - Double($0)
        }
        return candidates.filter { offset(at: $0).seconds == Int(local - $0) }.min() ?? candidates[0]
    }

    /// - Parameter name: "Europe/Paris"; "UTC"; "local" for the machine's own.
    static func named(_ name: String) -> ZoneData? {
        if name == "UTC" || name == "Z" || name == "GMT" {
            return ZoneData(initial: .init(offset: 0, abbreviation: "UTC"))
        }
        let path: String
        if name == "local" {
            guard let bytes = try? FileSystem.read(FSPath("/etc/localtime")) else { return named("UTC") }
            return ZoneData(tzif: bytes)
        } else {
            // The name is a path below the database; nothing else may be read by it.
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            let isPlain = parts.allSatisfy { part in
                !part.isEmpty && part != ".." && part != "."
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0)) }
            }
            guard isPlain else { return nil }
            path = "/usr/share/zoneinfo/\(name)"
        }
        guard let bytes = try? FileSystem.read(FSPath(path)) else { return nil }
        return ZoneData(tzif: bytes)
    }

    private init(initial: Kind) {
        self.initial = initial
        rule = nil
    }

    private init?(tzif bytes: [UInt8]) {
        var reader = Reader(bytes)
        guard let first = reader.header() else { return nil }
        var header = first
        var width = 4
        if first.version >= 2 {
            // The first block is for old readers; the second has 64-bit times.
            reader.position += first.length(timeWidth: 4)
            guard let second = reader.header() else { return nil }
            header = second
            width = 8
        }
        let start = reader.position
        guard start + header.length(timeWidth: width) <= bytes.count, header.types > 0 else { return nil }
        let indices = start + header.times * width
        let types = indices + header.times
        let names = types + header.types * 6
        var kinds: [Kind] = []
        for index in 0..<header.types {
            reader.position = types + index * 6
            let offset = reader.integer(4)
            let nameStart = names + Int(bytes[types + index * 6 + 5])
            guard nameStart <= names + header.characters else { return nil }
            let name = bytes[nameStart..<(names + header.characters)].prefix { $0 != 0 }
            kinds.append(Kind(offset: offset, abbreviation: String(decoding: name, as: UTF8.self)))
        }
        initial = kinds[0]
        reader.position = start
        for index in 0..<header.times {
            let at = reader.integer(width)
            let kind = Int(bytes[indices + index])
            guard kind < kinds.count else { return nil }
            transitions.append((at, kinds[kind]))
        }
        let footer = bytes[(start + header.length(timeWidth: width))...].drop { $0 == 0x0A }.prefix { $0 != 0x0A }
        rule = ZoneRule(String(decoding: footer, as: UTF8.self))
    }

    private struct Header {
        let version, isUTC, isStandard, leaps, times, types, characters: Int
        func length(timeWidth: Int) -> Int {
            times * timeWidth + times + types * 6 + characters + leaps * (timeWidth + 4) + isStandard + isUTC
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func integer(_ width: Int) -> Int {
            guard position + width <= bytes.count else { return 0 }
            let unsigned = bytes[position..<(position + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            position += width
            return width == 4 ? Int(Int32(truncatingIfNeeded: unsigned)) : Int(Int64(bitPattern: unsigned))
        }

        mutating func header() -> Header? {
            guard position + 44 <= bytes.count, bytes[position..<(position + 4)].elementsEqual("TZif".utf8) else {
                return nil
            }
            let digit = bytes[position + 4]
            position += 20
            let counts = (0..<6).map { _ in integer(4) }
            guard counts.allSatisfy({ $0 >= 0 && $0 < 1 << 20 }) else { return nil }
            return Header(
                version: digit == 0 ? 1 : Int(digit) - 0x30, isUTC: counts[0], isStandard: counts[1], leaps: counts[2],
                times: counts[3], types: counts[4], characters: counts[5])
        }
    }
}
