extension Permissions {
    /// Asks to read a path, which is shown to whoever decides as an absolute one.
    ///
    /// - Throws: ``PermissionDenied``.
    func checkReading(_ path: FSPath) throws { try check(.read(path: FileSystem.absolute(path).description)) }

    /// Asks to write a path, as ``checkReading(_:)`` does.
    func checkWriting(_ path: FSPath) throws { try check(.write(path: FileSystem.absolute(path).description)) }
}
