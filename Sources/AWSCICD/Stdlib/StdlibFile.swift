import CStdlib

/// A Lua file of the library that the binary carries.
struct StdlibFile {
    /// What `require` takes: "awscicd.pipeline".
    let name: String
    /// Where it comes from: "stdlib/pipeline.lua".
    let path: String
    let source: UnsafeRawBufferPointer

    /// Looks a module up by bisection: the list is in the order of the names.
    static func named(_ name: String) -> StdlibFile? {
        guard let files = awscicd_stdlib_files() else { return nil }
        var low = 0
        var high = awscicd_stdlib_count()
        while low < high {
            let middle = (low + high) / 2
            let order = strcmp(files[middle].name, name)
            if order == 0 { return StdlibFile(files[middle]) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    static var all: [StdlibFile] {
        guard let files = awscicd_stdlib_files() else { return [] }
        return (0..<awscicd_stdlib_count()).map { StdlibFile(files[$0]) }
    }

    private init(_ file: awscicd_stdlib_file) {
        name = String(cString: file.name)
        path = String(cString: file.path)
        source = UnsafeRawBufferPointer(start: file.bytes, count: file.length)
    }
}

private func strcmp(_ left: UnsafePointer<CChar>, _ right: String) -> Int {
    var at = 0
    for byte in right.utf8 {
        let other = UInt8(bitPattern: left[at])
        if other != byte { return other < byte ? -1 : 1 }
        at += 1
    }
    return left[at] == 0 ? 0 : 1
}
