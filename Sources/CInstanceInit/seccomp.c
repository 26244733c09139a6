// The system calls of a sandbox. Two lists: calls that are refused with EPERM because they only serve to leave or to
// attack the kernel, and calls that answer success without being done: a sandbox has one host id, so `chown apache` and
// `setuid(48)` cannot be done, and a hook that does them on AWS must not fail here.
#include "init.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the sandbox's filter knows x86_64 and aarch64"
#endif

static const int refused[] = {
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_swapon, SYS_swapoff, SYS_reboot,
    SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_bpf, SYS_perf_event_open,
    SYS_keyctl, SYS_add_key, SYS_request_key, SYS_open_by_handle_at,
    SYS_name_to_handle_at, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_userfaultfd, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_fsconfig, SYS_fspick,
    SYS_io_uring_setup, SYS_sethostname, SYS_setdomainname, SYS_vhangup, SYS_syslog, SYS_pidfd_getfd,
#ifdef SYS_mount_setattr
    SYS_mount_setattr,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm,
#endif
};

static const int pretended[] = {
    SYS_fchown, SYS_fchownat, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid,
    SYS_setgroups, SYS_setfsuid, SYS_setfsgid,
#ifdef SYS_chown
    SYS_chown, SYS_lchown,
#endif
};

enum { families = 4 };
static const int family[families] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

#define LOAD(offset) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define ANSWER(value) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, value)
// Falls through to the next instruction when the loaded value is `value`, else skips it.
#define WHEN(value) (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)

int install_filter(void) {
    struct sock_filter code[256];
    unsigned short n = 0;
    code[n++] = LOAD(offsetof(struct seccomp_data, arch));
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    code[n++] = ANSWER(SECCOMP_RET_ERRNO | ENOSYS);  // 32-bit calls would pass by the numbers below
    code[n++] = LOAD(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    code[n++] = ANSWER(SECCOMP_RET_ERRNO | ENOSYS);  // x32, likewise
#endif
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        code[n++] = WHEN((unsigned)refused[i]);
        code[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
    }
    for (size_t i = 0; i < sizeof pretended / sizeof *pretended; i++) {
        code[n++] = WHEN((unsigned)pretended[i]);
        code[n++] = ANSWER(SECCOMP_RET_ERRNO | 0);
    }
    // clone3's flags are behind a pointer; without it libc takes clone, whose flags are seen.
    code[n++] = WHEN(SYS_clone3);
    code[n++] = ANSWER(SECCOMP_RET_ERRNO | ENOSYS);
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3);
    code[n++] = LOAD(offsetof(struct seccomp_data, args[0]));
    code[n++] = (struct sock_filter)BPF_JUMP(
        BPF_JMP | BPF_JSET | BPF_K,
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, 0, 1);
    code[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
    // Sockets of the families that a web server needs. Others go past the network namespace (AF_VSOCK reaches the machine's
    // hypervisor and what listens there) or only into rarely used parts of the kernel.
    code[n++] = LOAD(offsetof(struct seccomp_data, nr));
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, families + 2);
    code[n++] = LOAD(offsetof(struct seccomp_data, args[0]));
    for (int i = 0; i < families; i++)
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)family[i], (unsigned char)(families - i), 0);
    code[n++] = ANSWER(SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    // Writing into the terminal's input queue from inside.
    code[n++] = LOAD(offsetof(struct seccomp_data, nr));
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3);
    code[n++] = LOAD(offsetof(struct seccomp_data, args[1]));
    code[n++] = WHEN(0x5412 /* TIOCSTI */);
    code[n++] = ANSWER(SECCOMP_RET_ERRNO | EPERM);
    code[n++] = ANSWER(SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = n, .filter = code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
