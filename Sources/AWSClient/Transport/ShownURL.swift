extension String {
    /// This URL as it may be shown: without its query, where signatures and tokens live, and without what logs a user in.
    package var shownURL: String {
        let place = prefix { $0 != "?" && $0 != "#" }
        guard let scheme = place.firstRange(of: "://") else { return String(place) }
        let authority = place[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return String(place) }
        return place[..<scheme.upperBound] + "****" + place[at...]
    }
}
