// launch UID COUNT SOURCE… BWRAP ARGUMENT…
//
// Runs on the host just before bwrap. UID "-" leaves the user as it is. With a number (the local cloud runs as root) the
// sandbox gets an id of its own that owns nothing on the host, so that inside and outside look the same as for an
// ordinary user: limits on processes count, and root inside is nobody outside. What that id could not reach by path
// (a toolchain below /root, a data folder of root's) is bound to a staging folder in a mount namespace of its own.
// An argument "@N" stands for the place of the Nth source.
#include "init.h"
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define STAGE "/tmp"

static int fail(const char *what, const char *on) {
    fprintf(stderr, "%s %s: %s\n", what, on, strerror(errno));
    return 125;
}

int launch_main(int argc, char **argv) {
    if (argc < 4) return 2;
    const char *uid_text = argv[1];
    int count = atoi(argv[2]);
    if (count < 0 || argc < 4 + count) return 2;
    char **sources = argv + 3, **rest = argv + 3 + count;
    // Nothing that the host process has open may reach the sandbox; 0 to 3 are ours.
    if (syscall(SYS_close_range, CONTROL_FD + 1, ~0U, 0) != 0)
        for (int fd = CONTROL_FD + 1; fd < 65536; fd++) close(fd);
    setpriority(PRIO_PROCESS, 0, 5);
    int adjust = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (adjust >= 0) {  // the kernel gives up an instance before the cloud
        if (write(adjust, "600", 3) < 0) errno = 0;
        close(adjust);
    }
    umask(022);
    char **places = calloc((size_t)count + 1, sizeof *places);
    if (!places) return fail("cannot", "start");
    if (strcmp(uid_text, "-")) {
        uid_t uid = (uid_t)strtoul(uid_text, NULL, 10);
        int *folders = calloc((size_t)count + 1, sizeof *folders);
        if (!folders || uid == 0) return fail("cannot", "start");
        if (unshare(CLONE_NEWNS) != 0) return fail("cannot unshare", "the mount namespace");
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return fail("cannot make private", "/");
        // Opened in this namespace (the other's cannot be bound), and before the staging folder hides what lies below it.
        for (int i = 0; i < count; i++)
            if ((folders[i] = open(sources[i], O_PATH | O_CLOEXEC)) < 0) return fail("cannot open", sources[i]);
        if (mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") != 0)
            return fail("cannot mount", STAGE);
        for (int i = 0; i < count; i++) {
            struct stat status;
            char from[64];
            if (asprintf(&places[i], STAGE "/%d", i + 1) < 0) return 125;
            if (fstat(folders[i], &status) != 0) return fail("cannot read", sources[i]);
            if (S_ISDIR(status.st_mode) ? mkdir(places[i], 0755) : mknod(places[i], S_IFREG | 0644, 0))
                return fail("cannot create", places[i]);
            snprintf(from, sizeof from, "/proc/self/fd/%d", folders[i]);
            if (mount(from, places[i], NULL, MS_BIND | MS_REC, NULL) != 0) return fail("cannot bind", sources[i]);
        }
        if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)
            return fail("cannot become", uid_text);
        if (chdir("/") != 0) return fail("cannot enter", "/");
    } else {
        for (int i = 0; i < count; i++) places[i] = sources[i];
    }
    for (char **argument = rest; *argument; argument++) {
        if (**argument != '@') continue;
        int number = atoi(*argument + 1);
        if (number < 1 || number > count) continue;
        *argument = places[number - 1];
    }
    execv(rest[0], rest);
    return fail("cannot run", rest[0]);
}
