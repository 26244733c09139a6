import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a program started, directly or not, so that it can be ended with it.
///
/// The process group is not enough: a process can leave it (`setsid`), and who ignores SIGTERM outlives a program that
/// does not. Processes are found by their parents in `/proc`, before the first of them ends: the children of a process
/// that has ended belong to init. What has detached itself wholly by then (a daemon) is out of reach.
final class ProcessTree: Sendable {
    /// A process id is used again; together with the time of its start it is one process.
    struct Member: Hashable {
        let pid: pid_t
        let started: UInt64
    }

    private struct Status {
        let member: Member
        let parent: pid_t
        let group: pid_t
        let isRunning: Bool
    }

    private let members = Mutex<Set<Member>>([])

    /// Notes all that `root` has started by now, and asks those to end that a signal to `group` would not reach.
    /// - Parameter group: the process group that is asked by the caller; nil when it asks `root` alone.
    func askToEnd(below root: pid_t, outside group: pid_t?) {
        for status in Self.descendants(of: [root], group: group) {
            members.withLock { _ = $0.insert(status.member) }
            if group == nil || status.group != group { kill(status.member.pid, SIGTERM) }
        }
    }

    private static let pause = 0.02
    /// Not even SIGKILL ends what the kernel holds (a dead network disk): seconds after which that is given up.
    private static let patience = 5.0

    /// Waits until all that was noted has ended; what has not within `grace` seconds is killed, with what it started since.
    ///
    /// Time is counted in looks: on a machine that stands still, the processes have none either.
    func end(grace: Double) async {
        var (passed, isKilled) = (0.0, false)
        while true {
            let noted = members.withLock { $0 }
            if noted.isEmpty { return }
            let running = Self.all().filter { $0.isRunning && noted.contains($0.member) }
            if running.isEmpty { return }
            if passed >= (isKilled ? Self.patience : grace) {
                if isKilled { return }
                let later = Self.descendants(of: Set(running.map(\.member.pid)), group: nil)
                for status in running + later { kill(status.member.pid, SIGKILL) }
                (passed, isKilled) = (0, true)
            }
            try? await Task.sleep(for: .seconds(Self.pause))
            passed += Self.pause
        }
    }

    /// The processes below `roots` and those of a group, without `roots` themselves.
    private static func descendants(of roots: Set<pid_t>, group: pid_t?) -> [Status] {
        var rest = all().filter { !roots.contains($0.member.pid) }
        var known = roots
        var found: [Status] = []
        while true {
            let next = rest.filter { known.contains($0.parent) || (group != nil && $0.group == group) }
            if next.isEmpty { return found }
            found += next
            known = Set(next.map(\.member.pid))
            rest.removeAll { known.contains($0.member.pid) }
        }
    }

    /// Every process of this machine that can be seen; none where there is no `/proc`.
    private static func all() -> [Status] {
        guard let folder = try? FSPath("/proc"), let entries = try? FileSystem.list(folder) else { return [] }
        return entries.compactMap { pid_t($0.name.description).flatMap(status) }
    }

    private static func status(of pid: pid_t) -> Status? {
        guard let bytes = try? FileSystem.read(FSPath("/proc/\(pid)/stat")) else { return nil }
        // "pid (name) state parent group … started": a name may hold anything, so what counts is behind its last ")".
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard fields.count > 19, let parent = pid_t(fields[1]), let group = pid_t(fields[2]),
            let started = UInt64(fields[19])
        else { return nil }
        return Status(
            member: Member(pid: pid, started: started), parent: parent, group: group,
            isRunning: fields[0] != "Z" && fields[0] != "X")
    }
}
