import Testing

@testable import AWSCICD

struct FileSystemTests {
    private func withFolder(_ body: (FSPath) throws -> Void) throws {
        let folder = try FileSystem.makeTemporaryDirectory(prefix: "fs-test")
        defer { _ = try? FileSystem.remove(folder, recursively: true) }
        try body(folder)
    }

    @Test func writesAreWholeAndKeepPermissions() throws {
        try withFolder { folder in
            let file = folder.appending(try FSPath("a.txt"))
            try FileSystem.write([1, 2, 3], to: file)
            try FileSystem.setMode(0o640, of: file)
            try FileSystem.write([4], to: file)
            #expect(try FileSystem.read(file) == [4])
            #expect(try FileSystem.status(of: file).mode == 0o640)
            let link = folder.appending(try FSPath("link"))
            try FileSystem.link(link, to: FSPath("a.txt"))
            try FileSystem.write([5], to: link)
            #expect(try FileSystem.read(file) == [5])
            #expect(try FileSystem.status(of: link, followingLinks: false).kind == .link)
            #expect(try FileSystem.list(folder).map(\.name.description) == ["a.txt", "link"])  // nothing left over
        }
    }

    @Test func errorsNameThePathAndTheReason() throws {
        let missing = #expect(throws: FileError.self) { try FileSystem.read(FSPath("/no/such/file")) }
        #expect(missing?.description == "cannot read /no/such/file: No such file or directory")
        #expect(missing?.code == "ENOENT")
        #expect(throws: FileError.self) { try FileSystem.read(FSPath("/etc")) }
        #expect(throws: FileError.self) { try FileSystem.write([], to: FSPath("/no/such/file")) }
        #expect(throws: FileError.self) { try FSPath("a\0b") }
        #expect(throws: FileError.self) { try FSPath("") }
        #expect(throws: FileError.self) { try FileSystem.remove(FSPath("/"), recursively: true) }
        #expect(throws: FileError.self) { try FileSystem.remove(FSPath("/usr/.."), recursively: true) }
    }

    @Test func foldersRecursively() throws {
        try withFolder { folder in
            let deep = folder.appending(try FSPath("a/b/c"))
            try FileSystem.makeDirectory(deep)
            try FileSystem.makeDirectory(deep)
            try FileSystem.write([], to: deep.appending(FSPath("f")))
            try FileSystem.link(folder.appending(FSPath("a/out")), to: FSPath("/usr"))
            // A name that is not UTF-8 is a name all the same.
            try FileSystem.write([], to: folder.appending(FSPath([0xFF, 0xFE])))
            #expect(try FileSystem.walk(folder).map(\.name).contains(FSPath([0xFF, 0xFE])))
            #expect(
                try FileSystem.walk(folder.appending(FSPath("a"))).map(\.name.description) == [
                    "b", "b/c", "b/c/f", "out",
                ])
            #expect(throws: FileError.self) { try FileSystem.remove(folder) }
            #expect(try FileSystem.remove(folder, recursively: true))
            #expect(try !FileSystem.remove(folder, recursively: true))
            #expect(FileSystem.exists(try FSPath("/usr")))
        }
    }

    @Test(arguments: [
        ("/a/b/c", "/a/b", "c", ""), ("c", ".", "c", ""), ("/a", "/", "a", ""), ("/", "/", "/", ""),
        ("a/b.tar.gz/", "a", "b.tar.gz", ".gz"), (".profile", ".", ".profile", ""), ("..", ".", "..", ""),
    ])
    func components(path: String, parent: String, name: String, fileExtension: String) throws {
        let path = try FSPath(path)
        #expect(path.parent.description == parent)
        #expect(path.name.description == name)
        #expect(path.fileExtension == fileExtension)
    }

    @Test(arguments: [("/a/../../b/./c//", "/b/c"), ("a/..", "."), ("../a/../..", "../.."), ("/..", "/")])
    func normalized(path: String, expected: String) throws {
        #expect(try FSPath(path).normalized.description == expected)
    }

    @Test func patterns() throws {
        try withFolder { folder in
            for name in ["a.lua", "b.lua", "b.txt", ".hidden.lua", "sub/c.lua", "sub/deep/d.lua"] {
                let path = folder.appending(try FSPath(name))
                try FileSystem.makeDirectory(path.parent)
                try FileSystem.write([], to: path)
            }
            func found(_ pattern: String) throws -> [String] {
                try Glob("\(folder)/\(pattern)").paths().map {
                    String($0.description.dropFirst(folder.bytes.count + 1))
                }
            }
            #expect(try found("*.lua") == ["a.lua", "b.lua"])
            #expect(try found("**/*.lua") == ["a.lua", "b.lua", "sub/c.lua", "sub/deep/d.lua"])
            #expect(try found("{a,b}.{lua,txt}") == ["a.lua", "b.lua", "b.txt"])
            #expect(try found("[!a].*") == ["b.lua", "b.txt"])
            #expect(try found(".*.lua") == [".hidden.lua"])
            #expect(try found("*/c.lua") == ["sub/c.lua"])
            #expect(try found("nothing*") == [])
        }
        // A pattern that is exponential for a naive matcher.
        #expect(!Glob.matches([UInt8](repeating: 0x61, count: 5000)[...], Array("*a*a*a*a*a*a*a*b".utf8)[...]))
    }
}
