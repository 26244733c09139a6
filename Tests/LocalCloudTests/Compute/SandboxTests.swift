import FoundationEssentials
import LocalCloud
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Suite struct SandboxTests {
    @Test func aCommandRunsAsRootInFilesOfItsOwn() async throws {
        try await withSandbox { sandbox in
            let result = await sandbox.run(
                ["/bin/bash", "-c", "id -u; pwd; echo $GREETING; echo $HOME; hostname; cat"],
                environment: ["GREETING": "chào"], directory: "/var/log", user: "ec2-user",
                input: .bytes(Array("from outside".utf8)))
            #expect(result.text == "0\n/var/log\nchào\n/home/ec2-user\nip-172-31-5-6\nfrom outside")
            #expect(result.exitCode == 0)
            let written = await sandbox.shell("echo v2 > /var/www/index.html && touch /usr/x")
            #expect(written.exitCode == 1)
            #expect(written.text.contains("Read-only"))
            let outside = try String(
                contentsOfFile: sandbox.configuration.root + "/var/www/index.html", encoding: .utf8)
            #expect(outside == "v2\n")
        }
    }

    @Test func exitCodesAndSignalsAreTheCommandsOwn() async throws {
        try await withSandbox { sandbox in
            #expect(await sandbox.shell("exit 7").exitCode == 7)
            let killed = await sandbox.shell("kill -TERM $$")
            #expect(killed.signal == SIGTERM)
            #expect(killed.exitCode == 128 + SIGTERM)
            let missing = await sandbox.run(["no-such-program"])
            #expect(missing.exitCode == 127)
            #expect(missing.text.contains("no-such-program"))
            let stranger = await sandbox.run(["true"], user: "nobody-here")
            #expect(stranger.exitCode == 125)
            #expect(stranger.text.contains("unknown user nobody-here"))
        }
    }

    @Test func outputComesAsItIsWritten() async throws {
        try await withSandbox { sandbox in
            let (pieces, continuation) = AsyncStream.makeStream(of: String.self)
            async let result = sandbox.run(
                ["/bin/sh", "-c", "mkfifo /tmp/gate; echo first; read line < /tmp/gate; echo second >&2"]
            ) { _, bytes in continuation.yield(String(decoding: bytes, as: UTF8.self)) }
            var iterator = pieces.makeAsyncIterator()
            // The second line is written only when a second command has opened the gate.
            #expect(await iterator.next() == "first\n")
            let opened = await sandbox.shell("echo go > /tmp/gate")
            #expect(opened.exitCode == 0)
            #expect(await iterator.next() == "second\n")
            _ = await result
        }
    }

    @Test func aTimeOutEndsTheCommand() async throws {
        try await withSandbox { sandbox in
            let result = await sandbox.shell("sleep 1000", timeout: 1)
            #expect(result.timedOut)
            #expect(!result.isSuccess)
        }
    }

    /// A time-out asks for the same; this one comes when all processes are there, however long that takes.
    @Test func cancellationEndsTheWholeTree() async throws {
        try await withSandbox { sandbox in
            let mark = "awscicd\(UInt64.random(in: 0 ... .max))"
            let sleep = "bash -c 'exec -a \(mark) sleep 1000'"
            let task = Task {
                await sandbox.shell(
                    "(setsid \(sleep) &) ; (\(sleep) & disown) ; (setsid \(sleep) & \(sleep)) & \(sleep)")
            }
            for _ in 0..<12000 where HostProcesses.count(named: mark) < 5 {
                try await Task.sleep(nanoseconds: 20_000_000)
            }
            #expect(HostProcesses.count(named: mark) == 5)
            task.cancel()
            #expect(await !task.value.isSuccess)
            #expect(HostProcesses.count(named: mark) == 0)
        }
    }

    @Test func cancellationEndsTheCommand() async throws {
        try await withSandbox { sandbox in
            let (pieces, continuation) = AsyncStream.makeStream(of: String.self)
            let task = Task {
                await sandbox.run(["/bin/sh", "-c", "echo started; sleep 1000"]) { _, bytes in
                    continuation.yield(String(decoding: bytes, as: UTF8.self))
                }
            }
            var iterator = pieces.makeAsyncIterator()
            #expect(await iterator.next() == "started\n")
            task.cancel()
            #expect(await task.value.signal == SIGKILL)
        }
    }

    @Test func whatRunsInTheBackgroundGoesOn() async throws {
        try await withSandbox { sandbox in
            // It is a shell still, until it has become the program.
            let start =
                "nohup sleep 1000 > /dev/null 2>&1 & while [ \"$(cat /proc/$!/comm)\" != sleep ]; do :; done; echo done"
            #expect(await sandbox.shell(start).text == "done\n")
            #expect(await sandbox.shell("pgrep -c -x sleep").text == "1\n")
        }
    }

    @Test func chownToOtherUsersDoesNotFail() async throws {
        try await withSandbox { sandbox in
            let result = await sandbox.shell(
                "touch /srv/f && chown -R apache:apache /srv && chown 48:48 /srv/f && setpriv --reuid 48 --clear-groups true; echo $?"
            )
            #expect(result.text == "0\n")
        }
    }

    @Test func connectionsReachPortsInside() async throws {
        try await withSandbox { sandbox in
            guard case .failure(let failure) = await sandbox.connect(port: 8080) else {
                Issue.record("connected to a port that nobody listens on")
                return
            }
            #expect(failure.code == ECONNREFUSED)
            _ = await sandbox.shell(
                "mkdir -p /srv/a; echo ok > /srv/a/x; cd /srv/a; nohup python3 -m http.server 80 > /tmp/log 2>&1 &")
            var connection: Descriptor?
            for _ in 0..<12000 where connection == nil {
                if case .success(let socket) = await sandbox.connect(port: 80) { connection = socket }
                try await Task.sleep(nanoseconds: 20_000_000)
            }
            #expect(connection != nil)
        }
    }
}

@Suite struct BuildSandboxTests {
    @Test func theHostsToolsAndNetworkAreThereAndItsHomeIsNot() async throws {
        let folder = "/tmp/awscicd-test-sandbox-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = try SandboxConfiguration.build(
            folder: folder + "/one", program: try await InstanceInit.write(to: folder), hostname: "build")
        let sandbox = try await Sandbox.start(configuration)
        let environment = HostTools.environment()
        let result = await sandbox.run(
            [
                "/bin/bash", "-c",
                #"exec 2>&1; python3 -c 'print("py")' && git --version && mkdir -p /codebuild/src && cd /codebuild/src && git init -q . && touch made && ls /root /home; cat /etc/shadow; kill -0 "#
                    + "\(getpid())",
            ],
            environment: environment, timeout: 240)
        await sandbox.stop()
        #expect(result.text.hasPrefix("py\ngit version"))
        #expect(result.text.contains("/etc/shadow: No such file"))
        #expect(result.text.contains("No such process"))
        #expect(FileManager.default.fileExists(atPath: folder + "/one/root/codebuild/src/made"))
    }
}
