import FoundationEssentials
import Testing

@testable import LocalCloud

#if canImport(Glibc)
import Glibc
#endif

/// A hook runs as root inside an instance: here it tries to get out.
@Suite struct IsolationTests {
    @Test func rootInsideCannotLeave() async throws {
        let secret = "/tmp/awscicd-test-secret-\(UInt64.random(in: 0 ... .max))"
        try "host".write(toFile: secret, atomically: true, encoding: .utf8)
        defer { unlink(secret) }
        try await withSandbox(services: true) { sandbox in
            let attempts: [(name: String, script: String)] = [
                (
                    "double chroot",
                    #"perl -e 'mkdir "/tmp/x"; chroot("/tmp/x") or exit 1; chdir("..") for 1..64; chroot(".") or exit 1; exit(-e "\#(secret)" ? 0 : 1)'"#
                ),
                ("process 1's root", "test -e /proc/1/root\(secret)"),
                ("the secret by its path", "test -e \(secret)"),
                ("mount", "mount -t tmpfs none /mnt"),
                ("bind mount", "mount --bind /proc /mnt"),
                ("umount", "umount /usr || umount -l /proc"),
                ("mknod", "mknod /tmp/disk b 254 0"),
                ("new user namespace", "unshare -Ur true"),
                ("new mount namespace", "unshare -m true"),
                ("enter process 1's namespaces", "nsenter -t 1 -m true"),
                ("host's processes", "kill -0 \(getpid())"),
                ("kill the first process", "kill -KILL 1; sleep 0.05; false"),
                (
                    "trace the first process",
                    // strace itself may be missing: 0x4206 is PTRACE_SEIZE, which needs no stop.
                    "python3 -c 'import ctypes; exit(ctypes.CDLL(None).ptrace(0x4206, 1, 0, 0) != 0)'"
                ),
                ("write to the host's programs", "touch /usr/bin/evil"),
                ("write to kernel settings", "echo 1 > /proc/sys/kernel/sysrq"),
                ("host name", "hostname evil"),
                ("clock", "date -s 2001-01-01"),
                ("raw socket", "perl -MSocket -e 'socket(S, PF_INET, SOCK_RAW, 1) or exit 1'"),
                ("second address", "ip addr add 10.9.9.9/32 dev lo"),
                ("shadow", "cat /etc/shadow"),
                ("more processes than allowed", "ulimit -Hu unlimited"),
                ("the control connection", "ls /proc/1/fd/3"),
            ]
            for attempt in attempts {
                let result = await sandbox.shell(attempt.script)
                #expect(!result.isSuccess, "\(attempt.name) succeeded: \(result.text)")
                // A program that is not there would prove nothing.
                #expect(!result.text.contains("command not found"), "\(attempt.name): \(result.text)")
            }
            // All that, and it is still there.
            #expect(await sandbox.shell("echo alive").text == "alive\n")
        }
    }

    @Test func hostsPortsAreNotReachable() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size)
                listen(listener, 1)
                getsockname(listener, pointer, &size)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        let outside = try await Tools.run(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"])
        #expect(outside.status == 0, "nobody listens: \(outside.output)")
        try await withSandbox { sandbox in
            let result = await sandbox.shell("exec 3<>/dev/tcp/127.0.0.1/\(port)")
            #expect(!result.isSuccess)
            let away = await sandbox.shell("exec 3<>/dev/tcp/192.0.2.1/80")
            #expect(!away.isSuccess && !away.timedOut)
        }
    }

    @Test func aForkBombIsContained() async throws {
        var limits = SandboxConfiguration.Limits()
        limits.processes = 64
        try await withSandbox(limits: limits) { sandbox in
            let refusal = "fork: retry: Resource temporarily unavailable"
            let (pieces, continuation) = AsyncStream.makeStream(of: String.self)
            let bomb = Task {
                defer { continuation.finish() }
                return await sandbox.run(
                    ["/bin/bash", "-c", "bomb() { bomb | bomb & }; bomb; sleep 1000"], timeout: 240
                ) { _, bytes in continuation.yield(String(decoding: bytes, as: UTF8.self)) }
            }
            var text = ""
            for await piece in pieces {
                text += piece
                if text.contains(refusal) { break }
            }
            #expect(text.contains(refusal), "\(text)")
            bomb.cancel()
            #expect(await bomb.value.signal == SIGKILL)
            #expect(await sandbox.shell("echo alive").text == "alive\n")
        }
    }

    @Test func memoryAndDiskHaveTheirLimits() async throws {
        var limits = SandboxConfiguration.Limits()
        limits.memory = 128 << 20
        limits.disk = 32 << 20
        limits.temporary = 8 << 20
        try await withSandbox(limits: limits) { sandbox in
            let memory = await sandbox.shell("perl -e '$x = \"a\" x (1 << 30); print length $x'")
            #expect(!memory.isSuccess)
            let many = await sandbox.shell(
                "for i in 1 2 3 4; do perl -e '$x = \"a\" x (60 << 20); sleep 1000' & done; wait -n; echo ended by $?; kill $(jobs -p)"
            )
            #expect(many.text.contains("ended by 137"), "\(many.text)")
            let file = await sandbox.shell("head -c 64M /dev/zero > /var/fill")
            #expect(!file.isSuccess)
            let temporary = await sandbox.shell("head -c 16M /dev/zero > /tmp/fill")
            #expect(temporary.text.contains("No space left"))
            let shared = await sandbox.shell("head -c 16M /dev/zero > /dev/shm/fill")
            #expect(!shared.isSuccess)
            #expect(!(await sandbox.shell("head -c 1M /dev/zero > /dev/fill")).isSuccess)
        }
    }

    @Test func manySmallFilesAreHeldToTheDisksSizeToo() async throws {
        var limits = SandboxConfiguration.Limits()
        limits.disk = 32 << 20
        try await withSandbox(limits: limits) { sandbox in
            DiskGuard.shared.watch(sandbox)
            defer { DiskGuard.shared.forget(sandbox) }
            let empty = await sandbox.shell(
                "mkdir /var/many && cd /var/many && i=0; while :; do i=$((i + 1)); : > $i; done")
            #expect(!empty.timedOut)
            #expect(!empty.isSuccess)
            // The sandbox itself goes on.
            #expect(await sandbox.shell("rm -rf /var/many && echo still here").text == "still here\n")
        }
    }

    @Test func nothingIsLeftAfterAStop() async throws {
        let mark = "awscicd\(UInt64.random(in: 0 ... .max))"
        try await withSandbox(services: true) { sandbox in
            _ = await sandbox.shell("(setsid bash -c 'exec -a \(mark) sleep 1000' &)")
            for _ in 0..<12000 where HostProcesses.count(named: mark) == 0 {
                try await Task.sleep(nanoseconds: 20_000_000)
            }
            #expect(HostProcesses.count(named: mark) == 1)
        }
        #expect(HostProcesses.count(named: mark) == 0)
        #expect(try !String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).contains("awscicd-test-sandbox"))
    }

    @Test func linksThatAnInstancePutsInPlaceAreNotFollowed() async throws {
        let outside = "/tmp/awscicd-test-outside-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: outside) }
        try await withSandbox(services: true) { sandbox in
            _ = await sandbox.shell(
                "rm -rf /srv && ln -s \(outside) /srv; rm -rf /var/tmp; mv /var /gone; ln -s \(outside) /var")
            let reason = await sandbox.write(Array("x".utf8), to: "/srv/file")
            #expect(reason != nil)
            for name in ["srv", "var"] {
                let link = sandbox.configuration.root + "/" + name
                #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == outside)
            }
            await sandbox.stop()
            // Started again on the same files, from outside.
            let again = try? await Sandbox.start(sandbox.configuration)
            await again?.stop()
        }
        let found = try FileManager.default.contentsOfDirectory(atPath: outside)
        #expect(found.isEmpty)
    }

}
