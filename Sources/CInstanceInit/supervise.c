// supervise OPTION…: process 1 of a sandbox. Sets up network and limits, then serves the local cloud over the control
// connection and `systemctl` over a socket inside, and ends with either's end: when the local cloud is gone, however it
// went, the connection closes, this process leaves, and the kernel ends everything in the process namespace.
//
// Messages: one byte of type, a 32-bit id in host order, then what the type says. To the sandbox:
//   R id  run: directory\0 user\0 count\0 argument\0… count\0 variable\0…, with stdin, stdout and stderr as descriptors
//   K id  end the command's process tree     T id  the same with SIGTERM
//   C id  connect: port\0                    W id  end every command and service (the disk is full)
//   P id  power off: stop the services, then everything
// From it: H ready; L listening socket (the metadata service first), with the descriptor; X id, wait status in 4 bytes; C id, errno in
// 4 bytes, with the descriptor when 0; O the memory limit was met: text; E could not start: text.
#include "init.h"
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { COMMANDS = 512, CONNECTS = 256, CLIENTS = 64 };

static struct { uint32_t id; pid_t monitor; bool used; } commands[COMMANDS];
static struct { uint32_t id; int fd; } connects[CONNECTS];
static struct { pid_t monitor; char name[128]; } units[COMMANDS];
static int connect_count, clients[CLIENTS], client_count;
static const char *address = "127.0.0.1";
static long memory_limit_kb;

static void reply(char type, uint32_t id, const void *data, size_t size, int descriptor) {
    char head[5] = {type}, control[CMSG_SPACE(sizeof(int))] = {0};
    memcpy(head + 1, &id, 4);
    struct iovec parts[2] = {{head, 5}, {(void *)data, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    while (sendmsg(CONTROL_FD, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static void reply_number(char type, uint32_t id, int number, int descriptor) {
    reply(type, id, &number, sizeof number, descriptor);
}

static void fail(const char *what) {
    char text[512];
    snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
    reply('E', 0, text, strlen(text), -1);
    _exit(1);
}

// What a monitor does: subreaper of one command, ends as the command ended; what the command left running goes on as
// a child of process 1, as a daemon does.
static pid_t run_monitored(struct command *command) {
    pid_t monitor = fork();
    if (monitor != 0) return monitor;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    pid_t pid = spawn(command, true);
    int status = 125 << 8;
    if (pid < 0) dprintf(command->descriptors[2], "cannot start a process: %s\n", strerror(errno));
    for (int i = 0; i < 3; i++) close(command->descriptors[i]);
    close(CONTROL_FD);
    for (int got_status; pid > 0;) {
        pid_t got = waitpid(-1, &got_status, 0);
        if (got == pid) status = got_status;
        if (got == pid || (got < 0 && errno != EINTR)) break;
    }
    exit_like(status);
    return 0;
}

// Reads `count\0` and that many strings. NULL when the message is cut.
static char **strings(char **at, char *end) {
    if (*at >= end) return NULL;
    long count = atol(*at);
    *at += strlen(*at) + 1;
    if (count < 0 || count > MESSAGE_LIMIT) return NULL;
    char **list = calloc((size_t)count + 1, sizeof *list);
    for (long i = 0; list && i < count; i++) {
        if (*at >= end) return free(list), NULL;
        list[i] = *at;
        *at += strlen(*at) + 1;
    }
    return list;
}

static void run_command(uint32_t id, char *at, char *end, int *descriptors, int descriptor_count) {
    struct command command = {.descriptors = {-1, -1, -1}};
    for (int i = 0; i < 3 && i < descriptor_count; i++) command.descriptors[i] = descriptors[i];
    command.directory = at;
    at += strlen(at) + 1;
    command.user = at < end ? at : "";
    at += strlen(command.user) + 1;
    command.argv = strings(&at, end);
    command.environment = command.argv ? strings(&at, end) : NULL;
    int slot = 0;
    while (slot < COMMANDS && commands[slot].used) slot++;
    pid_t monitor = -1;
    if (command.environment && command.argv[0] && slot < COMMANDS) monitor = run_monitored(&command);
    if (monitor < 0) {
        if (command.descriptors[2] >= 0)
            dprintf(command.descriptors[2], "cannot start a process: %s\n", strerror(slot < COMMANDS ? errno : EAGAIN));
        reply_number('X', id, 125 << 8, -1);
    } else {
        commands[slot].id = id, commands[slot].monitor = monitor, commands[slot].used = true;
    }
    free(command.argv);
    free(command.environment);
}

static void end_command(uint32_t id, int number) {
    for (int i = 0; i < COMMANDS; i++)
        if (commands[i].used && commands[i].id == id) kill_tree(commands[i].monitor, number == SIGKILL, number);
}

static void connect_to(uint32_t id, int port) {
    int fd = connect_count < CONNECTS ? start_connect(address, port) : (errno = EAGAIN, -1);
    if (fd < 0) return reply_number('C', id, errno, -1);
    connects[connect_count].id = id;
    connects[connect_count++].fd = fd;
}

static void finish_connect(int index) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connects[index].fd, SOL_SOCKET, SO_ERROR, &error, &size);
    reply_number('C', connects[index].id, error, error ? -1 : connects[index].fd);
    close(connects[index].fd);
    connects[index] = connects[--connect_count];
}

// `start NAME`, `stop NAME`, `reload NAME` from systemctl. The unit's monitor is a child of ours; its states are files
// that systemctl watches.
static void serve_client(int fd) {
    char line[256] = {0};
    ssize_t got = recv(fd, line, sizeof line - 1, MSG_DONTWAIT);
    char *name = got > 0 ? strchr(line, ' ') : NULL;
    const char *answer = "?";
    if (name) {
        *name++ = 0;
        name[strcspn(name, "\n")] = 0;
        int slot = -1, vacant = -1;
        for (int i = 0; i < COMMANDS; i++) {
            if (units[i].monitor && !strcmp(units[i].name, name)) slot = i;
            if (!units[i].monitor && vacant < 0) vacant = i;
        }
        if (!strcmp(line, "start") && slot < 0 && vacant >= 0 && strlen(name) < sizeof units[0].name) {
            pid_t monitor = fork();
            if (monitor == 0) {
                close(CONTROL_FD);
                _exit(unit_monitor(name));
            }
            if (monitor > 0) units[vacant].monitor = monitor, strcpy(units[vacant].name, name);
            answer = monitor > 0 ? "started" : "cannot start a process";
        } else if (!strcmp(line, "start")) {
            answer = slot >= 0 ? "running" : "too many units";
        } else {
            if (slot >= 0) kill(units[slot].monitor, !strcmp(line, "reload") ? SIGHUP : SIGTERM);
            answer = slot >= 0 ? "signalled" : "inactive";
        }
    }
    send(fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void power_off(void) {
    for (int i = 0; i < COMMANDS; i++)
        if (units[i].monitor) kill(units[i].monitor, SIGTERM);
    for (int waited = 0; waited < 300; waited++) {
        bool left = false;
        for (int i = 0; i < COMMANDS; i++)
            if (units[i].monitor && waitpid(units[i].monitor, NULL, WNOHANG) == 0) left = true;
            else units[i].monitor = 0;
        if (!left) break;
        usleep(10000);
    }
    _exit(0);
}

static void receive(void) {
    static char buffer[MESSAGE_LIMIT + 1];
    char control[CMSG_SPACE(3 * sizeof(int))];
    struct iovec part = {buffer, MESSAGE_LIMIT};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(CONTROL_FD, &message, MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) _exit(0);  // the local cloud is gone
    buffer[got] = 0;
    int descriptors[3], count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(descriptors, CMSG_DATA(header), (size_t)count * sizeof(int));
        }
    uint32_t id = 0;
    if (got >= 5) memcpy(&id, buffer + 1, 4);
    switch (got >= 5 ? buffer[0] : 0) {
    case 'R': run_command(id, buffer + 5, buffer + got, descriptors, count); break;
    case 'K': end_command(id, SIGKILL); break;
    case 'T': end_command(id, SIGTERM); break;
    case 'C': connect_to(id, atoi(buffer + 5)); break;
    case 'W': kill_tree(1, false, SIGKILL); break;
    case 'P': power_off(); break;
    }
    for (int i = 0; i < count; i++) close(descriptors[i]);
}

static void reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        for (int i = 0; i < COMMANDS; i++) {
            if (commands[i].used && commands[i].monitor == pid) {
                commands[i].used = false;
                reply_number('X', commands[i].id, status, -1);
            }
            if (units[i].monitor == pid) units[i].monitor = 0;
        }
}

// What the kernel does for a machine that is out of memory: ends the largest process.
static bool guard_memory(void) {
    pid_t largest;
    char name[64], text[160];
    long total = total_memory_kb(&largest, name, sizeof name);
    if (!largest) return false;
    if (memory_limit_kb && total > memory_limit_kb) {
        kill(largest, SIGKILL);
        snprintf(text, sizeof text, "Out of memory: Killed process %d (%s), %ld of %ld kB in use", largest, name, total,
                 memory_limit_kb);
        reply('O', 0, text, strlen(text), -1);
    }
    return true;
}

static void limit(int resource, const char *value) {
    struct rlimit both, now;
    both.rlim_cur = both.rlim_max = strtoull(value, NULL, 10);
    if (getrlimit(resource, &now) == 0 && now.rlim_max < both.rlim_max) both = (struct rlimit){now.rlim_max, now.rlim_max};
    if (setrlimit(resource, &both) != 0) fail("cannot limit a resource");
}

static int open_manager(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = MANAGER_SOCKET};
    mkdir("/run/awscicd", 0755);
    mkdir(UNIT_STATES, 0755);
    unlink(MANAGER_SOCKET);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, 64) != 0)
        fail("cannot open the service manager's socket");
    return fd;
}

static void hand_out_metadata(int fd) { reply('L', 0, NULL, 0, fd); }

static void configure(int argc, char **argv, bool *services) {
    uint32_t listeners = 1;  // the metadata service's is the first
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *option = argv[i];
        char *value = argv[i + 1];
        if (!strcmp(option, "--address")) {
            address = value;
        } else if (!strcmp(option, "--metadata")) {
            if (add_network(address, value, hand_out_metadata) != 0) fail("cannot set up the instance's network");
        } else if (!strcmp(option, "--listen")) {
            char *colon = strrchr(value, ':');
            if (colon) *colon++ = 0;
            int fd = listen_on(value, colon ? atoi(colon) : 0);
            if (fd < 0) fail("cannot listen inside the instance");
            reply('L', listeners++, NULL, 0, fd);
            close(fd);
        } else if (!strcmp(option, "--services")) {
            *services = true;
        } else if (!strcmp(option, "--memory")) {
            memory_limit_kb = (long)(strtoull(value, NULL, 10) / 1024);
            limit(RLIMIT_DATA, value);
        } else if (!strcmp(option, "--file-size")) {
            limit(RLIMIT_FSIZE, value);
        } else if (!strcmp(option, "--open-files")) {
            limit(RLIMIT_NOFILE, value);
        } else if (!strcmp(option, "--processes")) {
            limit(RLIMIT_NPROC, value);
        }
    }
    limit(RLIMIT_CORE, "0");
}

static void drop_capabilities(void) {
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capability != CAP_NET_BIND_SERVICE) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2] = {0};
    if (syscall(SYS_capget, &header, sets) != 0) fail("cannot read the capabilities");
    uint32_t kept = sets[0].permitted & (1U << CAP_NET_BIND_SERVICE);
    sets[0] = (struct __user_cap_data_struct){kept, kept, kept};
    sets[1] = (struct __user_cap_data_struct){0};
    if (syscall(SYS_capset, &header, sets) != 0) fail("cannot give up capabilities");
}

int supervise_main(int argc, char **argv) {
    bool services = false, busy = true;
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    signal(SIGPIPE, SIG_IGN);
    fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
    configure(argc, argv, &services);
    // Nothing inside may trace or read this process: it holds the way out.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // Capabilities left at this point serve set-up alone, except binding the low ports.
    drop_capabilities();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (keep_from_abstract_sockets() != 0) fail("cannot refuse the host's abstract sockets");
    if (install_filter() != 0) fail("cannot install the system call filter");
    int child_signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    int manager = services ? open_manager() : -1;
    if (services) {
        pid_t boot = fork();
        if (boot == 0) {
            close(CONTROL_FD);
            boot_units();
            _exit(0);
        }
    }
    reply('H', 0, NULL, 0, -1);
    for (;;) {
        struct pollfd polls[3 + CONNECTS + CLIENTS];
        int count = 3, connecting = connect_count, serving = client_count;
        polls[0] = (struct pollfd){CONTROL_FD, POLLIN, 0};
        polls[1] = (struct pollfd){child_signals, POLLIN, 0};
        polls[2] = (struct pollfd){manager, POLLIN, 0};
        for (int i = 0; i < connecting; i++) polls[count++] = (struct pollfd){connects[i].fd, POLLOUT, 0};
        for (int i = 0; i < serving; i++) polls[count++] = (struct pollfd){clients[i], POLLIN, 0};
        int ready = poll(polls, (nfds_t)count, busy ? 500 : -1);
        if (ready == 0) busy = guard_memory();
        if (ready <= 0) continue;
        if (polls[1].revents) {
            struct signalfd_siginfo information;
            while (read(child_signals, &information, sizeof information) > 0) {}
            reap();
        }
        for (int i = serving - 1; i >= 0; i--)
            if (polls[3 + connecting + i].revents) {
                serve_client(clients[i]);
                close(clients[i]);
                clients[i] = clients[--client_count];
                busy = true;
            }
        for (int i = connecting - 1; i >= 0; i--)
            if (polls[3 + i].revents) finish_connect(i);
        if (polls[2].revents) {
            int fd = accept4(manager, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (fd >= 0 && client_count < CLIENTS) clients[client_count++] = fd;
            else if (fd >= 0) close(fd);
        }
        if (polls[0].revents) {
            receive();
            busy = true;
        }
    }
}
