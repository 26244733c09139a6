/// Mutated inputs from a generator that is fixed, so that a failure comes back; the budget is a number of inputs, not a
/// time.
public struct Fuzzer {
    private let seeds: [[UInt8]]
    private let rounds: Int
    private var random = SplitMix(state: 0x5EED)

    public init(_ seeds: [[UInt8]], rounds: Int = 4000) {
        self.seeds = seeds
        self.rounds = rounds
    }

    public init(_ seeds: [String], rounds: Int = 4000) { self.init(seeds.map { Array($0.utf8) }, rounds: rounds) }

    /// Calls `body` with each seed as it is, then with mutations of them.
    public mutating func run(_ body: ([UInt8]) throws -> Void) rethrows {
        for seed in seeds { try body(seed) }
        for _ in 0..<rounds {
            var bytes = seeds[random.below(seeds.count)]
            for _ in 0...random.below(4) { mutate(&bytes) }
            try body(bytes)
        }
    }

    /// The same for texts, as far as the bytes are one.
    public mutating func runTexts(_ body: (String) throws -> Void) rethrows {
        try run { try body(String(decoding: $0, as: UTF8.self)) }
    }

    private static let interesting: [UInt8] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x5C, 0x3C, 0x26, 0x5B, 0x7B, 0x2C, 0x25, 0x2E, 0x9F, 0xBF, 0x1B, 0x3B, 0x0A,
        0x3D,
        0x5D, 0x7D, 0x28, 0x2A, 0x60, 0x7C,
    ]

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let byte = Self.interesting[random.below(Self.interesting.count)]
        switch random.below(7) {
        case 0 where !bytes.isEmpty: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
        case 1 where !bytes.isEmpty: bytes[random.below(bytes.count)] = byte
        case 2: bytes.insert(byte, at: random.below(bytes.count + 1))
        case 3 where !bytes.isEmpty: bytes.remove(at: random.below(bytes.count))
        case 4 where !bytes.isEmpty: bytes.removeLast(random.below(bytes.count))
        case 5 where !bytes.isEmpty:
            let start = random.below(bytes.count)
            let piece = bytes[start..<min(bytes.count, start + 1 + random.below(16))]
            for _ in 0...random.below(64) { bytes.insert(contentsOf: piece, at: start) }
        default:
            let other = seeds[random.below(seeds.count)]
            let at = random.below(bytes.count + 1)
            bytes.replaceSubrange(at..., with: other[random.below(other.count + 1)...])
        }
        if bytes.count > 1 << 16 { bytes.removeLast(bytes.count - 1 << 16) }
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
