// The program that runs inside every sandbox of the local cloud as its first process, and the few commands
// (systemctl, dnf, httpd, …) that an Amazon Linux instance has and the host may not. One small program in C, because
// it runs once per instance: some hundred kilobytes each instead of a Swift runtime each. It needs libc only.
#ifndef AWSCICD_INIT_H
#define AWSCICD_INIT_H
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

// The control connection to the local cloud: a SOCK_SEQPACKET pair, inherited through bwrap as this descriptor.
#define CONTROL_FD 3
#define MESSAGE_LIMIT (160 * 1024)
#define MANAGER_SOCKET "/run/awscicd/manager"
#define UNIT_STATES "/run/awscicd/units"
#define PROGRAM "/.awscicd/init"
#define DEFAULT_PATH "/.awscicd/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// launch.c: on the host, before bwrap: gives up root for an id of the sandbox's own and stages what that id may read.
int launch_main(int argc, char **argv);
// supervise.c: process 1 of a sandbox.
int supervise_main(int argc, char **argv);
// seccomp.c: refuses the system calls that lead out, and lets `chown` and `setuid` to users that a sandbox of one
// host id cannot have succeed without effect, as image builders do.
int install_filter(void);
// landlock.c: refuses the host's abstract Unix sockets.
int keep_from_abstract_sockets(void);
// network.c: an instance's wire, and listening sockets. The metadata service's socket goes to `hand_out`.
int add_network(const char *address, const char *metadata, void (*hand_out)(int));
int listen_on(const char *address, int port);
int start_connect(const char *address, int port);
// tree.c: everything that descends from a process, and the memory of everything.
void kill_tree(pid_t root, bool including_root, int signal);
bool has_descendants(pid_t root);
long total_memory_kb(pid_t *largest, char *name, size_t name_size);
// spawn.c
struct command {
    char **argv;
    char **environment;  // complete; NULL: inherited
    const char *directory;
    const char *user;  // NULL: root
    int descriptors[3];  // -1: /dev/null
};
pid_t spawn(const struct command *command, bool new_session);
int exit_like(int status);
// unit.c, unitfile.c, systemctl.c: the service manager.
int unit_monitor(const char *name);
void boot_units(void);
int systemctl_main(int argc, char **argv);
int service_main(int argc, char **argv);
int journalctl_main(int argc, char **argv);
// packages.c: dnf, yum, apt-get, amazon-linux-extras; become.c: sudo, su, runuser; fetch.c: curl, wget.
int packages_main(int argc, char **argv);
int become_main(int argc, char **argv);
int fetch_main(int argc, char **argv);
// httpd.c: a static web server on the instance's document root.
int httpd_main(int argc, char **argv);
int agent_main(int argc, char **argv);
#endif
