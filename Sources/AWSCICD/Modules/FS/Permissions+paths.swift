extension Permissions {
    /// Asks to read a path, which is shown to whoever decides as an absolute one; then, where symbolic links lead elsewhere,
    /// for what it leads to.
    ///
    /// - Throws: ``PermissionDenied``.
    func checkReading(_ path: FSPath) throws { try check(path) { .read(path: $0.description) } }

    /// Asks to write a path, as ``checkReading(_:)`` does.
    func checkWriting(_ path: FSPath) throws { try check(path) { .write(path: $0.description) } }

    private func check(_ path: FSPath, _ permission: (FSPath) -> Permission) throws {
        if allowsEverything { return }
        let absolute = try FileSystem.absolute(path)
        // First as it stands, before it is looked at: a refusal must not tell what is there.
        try check(permission(absolute))
        for place in try FileSystem.places(of: path) where place != absolute { try check(permission(place)) }
    }
}

extension FileSystem {
    /// What a path names, by way of no symbolic link: its own entry and, when that is a link, each that it leads to.
    static func places(of path: FSPath) throws(FileError) -> [FSPath] {
        // Not normalized: ".." behind a link is the folder that the link's target is in.
        var path = try path.isAbsolute ? path : currentDirectory().appending(path)
        var places: [FSPath] = []
        // Linux follows 40; a longer chain cannot be opened.
        for _ in 0..<40 {
            let place = entry(path)
            places.append(place)
            guard let target = try? linkTarget(place) else { break }
            path = place.parent.appending(target)
        }
        return places
    }

    /// The path with the links of all folders above it resolved.
    private static func entry(_ path: FSPath) -> FSPath {
        path.isStep ? resolved(path) : resolved(path.parent).appending(path.name)
    }

    /// The path with all links resolved; of what is not there yet, those of what is there above it.
    private static func resolved(_ path: FSPath) -> FSPath {
        if let real = try? realPath(path) { return real }
        return path.isStep ? path.normalized : resolved(path.parent).appending(path.name)
    }
}

extension FSPath {
    /// Whether its last component names no entry of the folder above it.
    fileprivate var isStep: Bool { [[0x2F], [0x2E], [0x2E, 0x2E]].contains(name.bytes) }
}
