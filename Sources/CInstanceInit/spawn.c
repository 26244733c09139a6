// Starting a program with its user, folder, environment and descriptors.
#include "init.h"
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>

extern char **environ;

static void refuse(const char *what, const char *on, const char *why, int code) {
    dprintf(2, "%s %s: %s\n", what, on, why);
    _exit(code);
}

static bool has_variable(char **environment, const char *name) {
    size_t length = strlen(name);
    for (; environment && *environment; environment++)
        if (!strncmp(*environment, name, length) && (*environment)[length] == '=') return true;
    return false;
}

// In the child. 127: not found, 126: found and not runnable, as a shell says.
static void run_child(const struct command *command) {
    for (int i = 0; i < 3; i++) {
        int fd = command->descriptors[i];
        if (fd < 0) fd = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
        // Away from 0…2 first, so that one descriptor does not overwrite another that is still needed.
        int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
        if (high < 0) _exit(125);
        if (fd > 2) close(fd);
        ((struct command *)command)->descriptors[i] = high;
    }
    for (int i = 0; i < 3; i++)
        if (dup2(command->descriptors[i], i) < 0) _exit(125);
    for (int fd = 3; fd < 64; fd++) close(fd);
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 32; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (command->environment) environ = command->environment;
    const char *user = command->user && *command->user ? command->user : "root";
    struct passwd *entry = getpwnam(user);
    if (!entry) refuse("unknown user", user, "not in this machine's /etc/passwd", 125);
    if (!has_variable(environ, "PATH")) setenv("PATH", DEFAULT_PATH, 1);
    if (!has_variable(environ, "HOME")) setenv("HOME", entry->pw_dir, 1);
    if (!has_variable(environ, "USER")) setenv("USER", user, 1);
    if (!has_variable(environ, "LOGNAME")) setenv("LOGNAME", user, 1);
    const char *directory = command->directory && *command->directory ? command->directory : "/";
    if (chdir(directory) != 0) refuse("cannot enter", directory, strerror(errno), 125);
    execvp(command->argv[0], command->argv);
    refuse("cannot run", command->argv[0], errno == ENOENT ? "command not found" : strerror(errno),
           errno == ENOENT ? 127 : 126);
}

pid_t spawn(const struct command *command, bool new_session) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    if (new_session) setsid();
    struct command own = *command;
    run_child(&own);
    _exit(125);
}

// Ends this process the way another one ended.
int exit_like(int status) {
    if (WIFSIGNALED(status)) {
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(WTERMSIG(status), &standard, NULL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        kill(getpid(), WTERMSIG(status));
        _exit(128 + WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}
