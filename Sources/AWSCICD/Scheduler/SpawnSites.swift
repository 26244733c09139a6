/// Where tasks were spawned, each place and its own chain once: a task keeps a number.
struct SpawnSites {
    private struct Site: Hashable {
        let position: String
        let parent: Int32
    }
    private var sites: [Site] = []
    private var numbers: [Site: Int32] = [:]
    private static let maximumDepth = 8

    /// The number of a place at which a task with the number `parent` spawned one; 0 is none.
    mutating func number(_ position: String, parent: Int32) -> Int32 {
        let site = Site(position: position, parent: chain(parent).count >= Self.maximumDepth ? 0 : parent)
        if let number = numbers[site] { return number }
        sites.append(site)
        numbers[site] = Int32(sites.count)
        return Int32(sites.count)
    }

    /// The places, innermost first.
    func chain(_ number: Int32) -> [String] {
        var chain: [String] = []
        var at = number
        while at > 0 {
            let site = sites[Int(at) - 1]
            chain.append(site.position)
            at = site.parent
        }
        return chain
    }
}
