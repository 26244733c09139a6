import FoundationEssentials
import Testing

@testable import LocalCloud

@Suite struct BundleTests {
    /// Runs with a folder of its own.
    private func withFolder<T>(_ body: (String) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.path + "/bundle-\(Identifier.hex(12))"
        try BundleFiles.makeDirectories(folder)
        defer { BundleFiles.remove(folder) }
        return try body(folder)
    }

    @Test func keepsModesAndLinks() throws {
        try withFolder { folder in
            let source = folder + "/in"
            try BundleFiles.makeDirectories(source + "/scripts")
            try BundleFiles.write(Array("#!/bin/sh\n".utf8), to: source + "/scripts/run.sh", mode: 0o755)
            try BundleFiles.write(Array("ä".utf8), to: source + "/ä.txt")
            try FileManager.default.createSymbolicLink(atPath: source + "/link", withDestinationPath: "scripts/run.sh")
            try BundleWriter.zip(directory: source, to: folder + "/a.zip")
            let out = folder + "/out"
            try BundleFiles.makeDirectories(out)
            let names = try BundleReader.unpack(folder + "/a.zip", into: out)
            #expect(names.sorted() == ["link", "scripts/run.sh", "ä.txt"].sorted())
            #expect(FileManager.default.isExecutableFile(atPath: out + "/scripts/run.sh"))
            #expect(try BundleFiles.target(ofLink: out + "/link") == "scripts/run.sh")
            #expect(try BundleReader.file("ä.txt", in: folder + "/a.zip") == Array("ä".utf8))
        }
    }

    @Test(arguments: ["../evil", "/etc/evil", "a/../../evil"])
    func refusesEntriesThatLeave(_ name: String) throws {
        try withFolder { folder in
            try BundleFiles.write([1], to: folder + "/x")
            try BundleWriter.zip([.init(name: name, path: folder + "/x")], to: folder + "/a.zip")
            try BundleFiles.makeDirectories(folder + "/out")
            let error = #expect(throws: BundleError.self) {
                try BundleReader.unpack(folder + "/a.zip", into: folder + "/out")
            }
            #expect(error?.kind == .unsafeEntry)
            #expect(BundleFiles.files(below: folder).sorted() == ["a.zip", "x"])
        }
    }

    /// Nothing has to be written through the link: it is not made in the first place.
    @Test(arguments: ["/victim", "..", "../victim", "x/../../victim"])
    func refusesALinkThatLeaves(_ place: String) throws {
        try withFolder { folder in
            let target = place.hasPrefix("/") ? folder + place : place
            try BundleFiles.makeDirectories(folder + "/in")
            try BundleFiles.makeDirectories(folder + "/victim")
            try FileManager.default.createSymbolicLink(atPath: folder + "/in/d", withDestinationPath: target)
            try BundleFiles.write([1], to: folder + "/x")
            try BundleWriter.zip(
                [.init(name: "d", path: folder + "/in/d"), .init(name: "d/evil", path: folder + "/x")],
                to: folder + "/a.zip")
            try BundleFiles.makeDirectories(folder + "/out")
            let error = #expect(throws: BundleError.self) {
                try BundleReader.unpack(folder + "/a.zip", into: folder + "/out")
            }
            #expect(error?.kind == .unsafeEntry)
            #expect(error?.message == "the bundle's link \"d\" points outside of the bundle: \(target)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/out").isEmpty)
            #expect(BundleFiles.files(below: folder + "/victim").isEmpty)
        }
    }

    /// A link may point to the bundle's own folder. Written through, it would make the next link's way up one step too long.
    @Test func refusesToWriteThroughALinkThatStaysInside() throws {
        try withFolder { folder in
            try BundleFiles.makeDirectories(folder + "/in")
            try BundleFiles.makeDirectories(folder + "/victim")
            try FileManager.default.createSymbolicLink(atPath: folder + "/in/up", withDestinationPath: "..")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/in/out", withDestinationPath: "../../victim")
            try BundleFiles.write([1], to: folder + "/x")
            try BundleWriter.zip(
                [
                    .init(name: "a/b/up", path: folder + "/in/up"),
                    .init(name: "a/b/up/up", path: folder + "/in/up"),
                    .init(name: "a/b/up/up/out", path: folder + "/in/out"),
                    .init(name: "a/b/up/up/out/evil", path: folder + "/x"),
                ],
                to: folder + "/a.zip")
            try BundleFiles.makeDirectories(folder + "/out")
            let error = #expect(throws: BundleError.self) {
                try BundleReader.unpack(folder + "/a.zip", into: folder + "/out")
            }
            #expect(error?.kind == .unsafeEntry)
            #expect(BundleFiles.files(below: folder + "/victim").isEmpty)
            #expect(BundleFiles.files(below: folder + "/out") == ["a/b/up"])
        }
    }

    @Test func refusesABomb() throws {
        try withFolder { folder in
            try BundleFiles.write([UInt8](repeating: 0, count: 8 << 20), to: folder + "/zeros")
            try BundleWriter.zip([.init(name: "zeros", path: folder + "/zeros")], to: folder + "/a.zip")
            try BundleFiles.makeDirectories(folder + "/out")
            var limits = BundleLimits()
            limits.ratioFloor = 1 << 20
            let error = #expect(throws: BundleError.self) {
                try BundleReader.unpack(folder + "/a.zip", into: folder + "/out", limits: limits)
            }
            #expect(error?.kind == .tooLarge)
            limits = BundleLimits()
            limits.bytes = 1 << 20
            #expect(throws: BundleError.self) {
                try BundleReader.unpack(folder + "/a.zip", into: folder + "/out", limits: limits)
            }
        }
    }

    @Test func refusesWhatIsNoArchive() throws {
        try withFolder { folder in
            try BundleFiles.write(Array("not a zip".utf8), to: folder + "/a.zip")
            let error = #expect(throws: BundleError.self) { try BundleReader.unpack(folder + "/a.zip", into: folder) }
            #expect(error?.kind == .unreadable)
        }
    }

    @Test(arguments: [
        ("index.html", "index.html", true), ("*.html", "a/index.html", false), ("**/*", "a/b/c", true),
        ("**/*", "x", true),
        ("scripts/**/*", "scripts/a/b.sh", true), ("scripts/**/*", "scripts", false), ("**/*.xml", "r/junit.xml", true),
        ("a?c", "abc", true), ("a*b*c", "aXbYc", true), ("a*b*c", "aXbY", false), ("**", "a/b", true),
    ])
    func patterns(_ pattern: String, _ path: String, _ matches: Bool) {
        #expect(PathPattern(pattern).matches(path) == matches)
    }
}
