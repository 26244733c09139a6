"""Runs as root inside an instance or a build and tries to leave it. Prints what succeeded, then how much was tried.

Usage: escape.py JSON    facts of the host: secret, secrets (in its other folders), port, socket, abstract, vsock, pid, key (of a
                          message queue), name; "network" when the host's is shared
"""
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import sys

HOST = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
CALLS = {  # the numbers of x86_64 and aarch64
    "x86_64": {"setns": 308, "unshare": 272, "ptrace": 101, "process_vm_readv": 310, "open_by_handle_at": 304,
               "name_to_handle_at": 303, "bpf": 321, "perf_event_open": 298, "init_module": 175, "finit_module": 313,
               "kexec_load": 246, "userfaultfd": 323, "io_uring_setup": 425, "keyctl": 250, "pidfd_getfd": 438,
               "pivot_root": 155, "open_tree": 428, "fsopen": 430, "move_mount": 429, "clone": 56, "clone3": 435,
               "mount_setattr": 442, "swapon": 167, "reboot": 169, "acct": 163, "settimeofday": 164, "quotactl": 179,
               "syslog": 103, "sethostname": 170},
    "aarch64": {"setns": 268, "unshare": 97, "ptrace": 117, "process_vm_readv": 270, "open_by_handle_at": 265,
                "name_to_handle_at": 264, "bpf": 280, "perf_event_open": 241, "init_module": 105, "finit_module": 273,
                "kexec_load": 104, "userfaultfd": 282, "io_uring_setup": 425, "keyctl": 219, "pidfd_getfd": 438,
                "pivot_root": 41, "open_tree": 428, "fsopen": 430, "move_mount": 429, "clone": 220, "clone3": 435,
                "mount_setattr": 442, "swapon": 224, "reboot": 142, "acct": 89, "settimeofday": 170, "quotactl": 60,
                "syslog": 116, "sethostname": 161},
}[os.uname().machine]
attempts = []


def attempt(function):
    attempts.append((function.__name__.replace("_", " "), function))
    return function


def call(name, *arguments):
    """Whether a system call succeeded."""
    return libc.syscall(CALLS[name], *arguments) >= 0


def is_let_through(name, *arguments):
    """Whether a system call came to the kernel's own code: that these arguments are wrong is no refusal."""
    return call(name, *arguments) or ctypes.get_errno() not in (errno.EPERM, errno.EACCES, errno.ENOSYS)


def can_open(path, flags=os.O_RDONLY):
    try:
        os.close(os.open(path, flags))
        return True
    except OSError:
        return False


def can_write(path, text=None):
    """Whether a file takes what is written to it, or a new one can be made. Where it should not be let through, it is: then the
    host's keeps what it has, for what is written is what was read, and a new one goes again."""
    is_new = not os.path.lexists(path)
    try:
        file = os.open(path, os.O_WRONLY | (os.O_CREAT | os.O_EXCL if is_new else 0))
    except OSError:
        return False
    try:
        kept = own_text(path)
        os.write(file, text or kept)
        if text:
            os.write(file, kept)
        return True
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.EACCES, errno.EROFS)  # another one is the kernel's word on the text
    finally:
        os.close(file)
        if is_new:
            os.unlink(path)


def own_text(path):
    """The start of what a file holds. Nothing of one that can only be written to: what it does with a text is not tried."""
    try:
        with open(path, "rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def each(name, check, *values):
    for value in values:
        attempts.append((f"{name} {value}", lambda value=value: check(value)))


def connects(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(3)
        one.connect(address)
        return True


each("the host's", can_open, *HOST["secrets"])


@attempt
def the_hosts_message_queues():
    return libc.msgget(HOST["key"], 0) >= 0


@attempt
def the_hosts_name():
    return os.uname().nodename == HOST["name"]


@attempt
def descriptors_that_were_left_open():
    foreign = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if int(name) > 2:
                foreign.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            pass  # that of the listing
    return [path for path in foreign if not path.endswith("escape.py")]


@attempt
def double_chroot():
    os.makedirs("/tmp/jail", exist_ok=True)
    os.chroot("/tmp/jail")
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return os.path.exists(HOST["secret"])


@attempt
def run_outside_by_an_open_folder():
    folder = os.open("/", os.O_RDONLY)
    return can_open(f"/proc/self/fd/{folder}/../../../..{HOST['secret']}")


each("read", can_open, HOST["secret"], "/proc/1/root" + HOST["secret"], "/proc/1/cwd/.." + HOST["secret"], "/proc/1/environ",
     "/proc/1/mem", "/proc/1/maps", "/proc/1/fd/3", "/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda",
     "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/etc/shadow", "/root/.ssh/id_rsa", "/run/docker.sock", "/var/run/docker.sock")
each("write", can_write, "/usr/bin/awscicd-evil", "/usr/lib/awscicd-evil", "/bin/sh", "/.awscicd/init",
     "/.awscicd/bin/evil", "/dev/evil", "/proc/1/exe", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern",
     "/proc/sys/kernel/modprobe", "/proc/sys/kernel/sysrq", "/proc/sys/kernel/panic", "/proc/sys/kernel/hostname",
     "/proc/sys/kernel/ns_last_pid", "/proc/sys/vm/drop_caches", "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/file-max",
     "/proc/sys/fs/binfmt_misc/register", "/proc/1/uid_map", "/proc/self/gid_map",
     "/sys/kernel/uevent_helper", "/sys/power/state", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/release_agent")


def mounts(call, *arguments):
    """Whether a call of libc's was let through, as above."""
    return call(*arguments) == 0 or ctypes.get_errno() not in (errno.EPERM, errno.EACCES)


each("mount", lambda kind: mounts(libc.mount, b"none", b"/mnt", kind.encode(), 0, None), "tmpfs", "proc", "sysfs", "cgroup2", "overlay")
each("unmount", lambda path: mounts(libc.umount2, path.encode(), 2), "/usr", "/proc", "/dev", "/.awscicd")
each("remount", lambda path: mounts(libc.mount, None, path.encode(), None, 32 | 4096, None), "/usr", "/.awscicd")
each("spare from memory's end", lambda pid: can_write(f"/proc/{pid}/oom_score_adj", b"-1000"), 1, "self")
each("make a device", lambda mode: os.mknod("/tmp/device", mode | 0o600, os.makedev(254, 0)) is None, 0o060000, 0o020000)
each("signal", lambda pid: os.kill(pid, 0) is None, HOST["pid"])
each("trace", lambda pid: call("ptrace", 16, pid, 0, 0) or call("ptrace", 0x4206, pid, 0, 0), 1, HOST["pid"])
each("enter the namespace", lambda name: call("setns", os.open(f"/proc/1/ns/{name}", os.O_RDONLY), 0), "mnt", "pid", "net", "user")
each("a new namespace", lambda flag: call("unshare", flag), 0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x02000000, 0x08000000)


@attempt
def a_process_in_a_user_namespace_of_its_own():
    pid = libc.syscall(CALLS["clone"], 0x10000000 | signal.SIGCHLD, None, None, None, None)
    if pid == 0:
        os._exit(0)
    return pid > 0


@attempt
def clone3_hides_its_flags():
    return call("clone3", ctypes.create_string_buffer(88), 88)


@attempt
def another_ones_memory():
    data = ctypes.create_string_buffer(16)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(data), 16)
    return call("process_vm_readv", 1, vector, 1, vector, 1, 0)


@attempt
def files_by_their_handle():
    handle = ctypes.create_string_buffer(b"\x08\0\0\0\x01\0\0\0\x02\0\0\0\0\0\0\0", 136)
    return call("open_by_handle_at", os.open("/", os.O_RDONLY), handle, 0) or call(
        "name_to_handle_at", -100, b"/", ctypes.create_string_buffer(b"\x80\0\0\0", 136), ctypes.byref(ctypes.c_int()), 0)


each("call", lambda name: is_let_through(name, 0, ctypes.create_string_buffer(256), 0, 0, 0), "bpf", "perf_event_open", "init_module",
     "finit_module", "kexec_load", "userfaultfd", "io_uring_setup", "keyctl", "pidfd_getfd", "pivot_root", "open_tree", "fsopen",
     "move_mount", "mount_setattr", "swapon", "reboot", "acct", "settimeofday", "quotactl", "syslog")


@attempt
def more_of_what_is_limited():
    import resource
    return [name for name in ("RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_NOFILE")
            if resource.getrlimit(getattr(resource, name))[1] == resource.RLIM_INFINITY]


STATUS = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
LOW_PORTS = 0 if HOST.get("network") else 1 << 10  # CAP_NET_BIND_SERVICE, in a network of its own


@attempt
def capabilities_other_than_it_needs():  # one that is missing is no way out, and a program that does not start
    return [f"{name} {STATUS[name]}" for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if int(STATUS[name], 16) != LOW_PORTS]


@attempt
def gaining_privileges_by_a_program():
    return STATUS["NoNewPrivs"] != "1"


@attempt
def calls_without_a_filter():
    return STATUS["Seccomp"] != "2"


@attempt
def a_controlling_terminal():  # terminal.py starts a server that has one
    return can_open("/dev/tty", os.O_RDWR) or open("/proc/self/stat").read().rsplit(")", 1)[1].split()[4] != "0"


each("typing into the terminal as", lambda number: fcntl.ioctl(number, 0x5412, b"x") is not None, 0, 1, 2)


@attempt
def a_raw_socket():
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@attempt
def a_packet_socket():
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)


@attempt
def the_hypervisors_sockets():
    return socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)


@attempt
def the_kernels_ciphers():
    return socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)


@attempt
def the_hosts_socket_by_its_path():
    return connects(socket.AF_UNIX, HOST["socket"])


# With the host's network it takes Linux 6.12 (Landlock's ABI 6) to keep these apart.
if not HOST.get("network") or libc.syscall(444, None, 0, 1) >= 6:
    @attempt
    def the_hosts_socket_by_its_name():
        return connects(socket.AF_UNIX, "\0" + HOST["abstract"])


if not HOST.get("network"):
    @attempt
    def the_hosts_port():
        return connects(socket.AF_INET, ("127.0.0.1", HOST["port"]))

    @attempt
    def the_hosts_name():
        name = os.uname().nodename.encode()  # its own once more: nobody is renamed where this is let through
        return call("sethostname", name, len(name))


for name, check in attempts:
    try:
        left = check()
    except OSError:
        left = False
    if left:
        print("LEFT:", name, "" if left is True else left)
os.kill(1, signal.SIGKILL)  # in vain, or nothing more is printed
print("tried", len(attempts))
