/// Replaces secrets in a stream of bytes by `***`, also where a secret is cut by the stream's chunks.
///
/// What counts as a secret: the values that came from Parameter Store and Secrets Manager, and access key ids. A value of
/// several lines is masked as a whole and line by line, since logs are read by lines. A value of fewer than four bytes is
/// masked only where it stands alone, not inside of a word: masking every "1" would hide the log and point at the value.
struct SecretMasker: Sendable {
    static let mask = Array("***".utf8)
    private static let shortest = 4
    private static let keyLength = 20

    private let secrets: [[UInt8]]
    /// Whether a byte can start a secret or a key: most cannot, and pass at once.
    private let starts: [Bool]
    private var held: [UInt8] = []
    private var previous: UInt8?

    init(secrets values: [String]) {
        var all: Set<[UInt8]> = []
        for value in values {
            let bytes = Array(value.utf8)
            if !bytes.isEmpty { all.insert(bytes) }
            let trimmed = Self.trim(bytes[...])
            if !trimmed.isEmpty { all.insert(Array(trimmed)) }
            for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
                let part = Self.trim(line)
                if part.count >= Self.shortest { all.insert(Array(part)) }
            }
        }
        secrets = all.sorted { $0.count > $1.count }
        var starts = [Bool](repeating: false, count: 256)
        for secret in secrets { starts[Int(secret[0])] = true }
        starts[Int(UInt8(ascii: "A"))] = true
        self.starts = starts
    }

    /// The masked bytes that can be shown so far; what may be the start of a secret is kept back.
    mutating func push(_ chunk: some Sequence<UInt8>) -> [UInt8] {
        held.append(contentsOf: chunk)
        return drain(final: false)
    }

    /// What was kept back, at the stream's end.
    mutating func finish() -> [UInt8] { drain(final: true) }

    /// Masks a whole text.
    func masked(_ text: String) -> String {
        var copy = self
        copy.held = []
        copy.previous = nil
        return String(decoding: copy.push(text.utf8) + copy.finish(), as: UTF8.self)
    }

    private mutating func drain(final: Bool) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(held.count)
        var at = 0
        scan: while at < held.count {
            guard starts[Int(held[at])] else {
                previous = held[at]
                out.append(held[at])
                at += 1
                continue
            }
            for secret in secrets {
                switch match(secret, at: at, final: final) {
                case .yes:
                    out += Self.mask
                    previous = secret.last
                    at += secret.count
                    continue scan
                case .undecided: break scan
                case .no: break
                }
            }
            switch matchAccessKey(at: at, final: final) {
            case .yes:
                out += Self.mask
                previous = held[at + Self.keyLength - 1]
                at += Self.keyLength
                continue scan
            case .undecided: break scan
            case .no: break
            }
            previous = held[at]
            out.append(held[at])
            at += 1
        }
        held.removeFirst(at)
        return out
    }

    private enum Match { case yes, no, undecided }

    private func match(_ secret: [UInt8], at start: Int, final: Bool) -> Match {
        let available = min(secret.count, held.count - start)
        for offset in 0..<available where held[start + offset] != secret[offset] { return .no }
        if available < secret.count { return final ? .no : .undecided }
        guard secret.count < Self.shortest else { return .yes }
        if let previous, Self.isWord(previous) { return .no }
        let end = start + secret.count
        if end == held.count { return final ? .yes : .undecided }
        return Self.isWord(held[end]) ? .no : .yes
    }

    /// `AKIA…` and `ASIA…`: 20 upper-case letters and digits that no further one follows.
    private func matchAccessKey(at start: Int, final: Bool) -> Match {
        if let previous, Self.isWord(previous) { return .no }
        let prefixes: [[UInt8]] = [Array("AKIA".utf8), Array("ASIA".utf8)]
        let available = min(Self.keyLength, held.count - start)
        let head = held[start..<(start + min(4, available))]
        guard prefixes.contains(where: { $0.starts(with: head) }) else { return .no }
        for byte in held[start..<(start + available)] where !Self.isUpperOrDigit(byte) { return .no }
        if available < Self.keyLength { return final ? .no : .undecided }
        let end = start + Self.keyLength
        if end == held.count { return final ? .yes : .undecided }
        return Self.isWord(held[end]) ? .no : .yes
    }

    private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let blank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
        let front = bytes.drop(while: blank)
        guard let last = front.lastIndex(where: { !blank($0) }) else { return [] }
        return front[...last]
    }

    private static func isUpperOrDigit(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (48...57).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool {
        isUpperOrDigit(byte) || (97...122).contains(byte) || byte == 95
    }
}
