// The life of one service, in a process of its own: starts it, restarts it as its Restart= says, and on SIGTERM stops it
// with everything that it started. As subreaper it stays the ancestor of what its service forks away.
#include "unit.h"
#include <fcntl.h>
#include <dirent.h>
#include <stdarg.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static volatile sig_atomic_t stop_asked, reload_asked;
static struct unit unit;
static struct unit_state state;

static void note(int number) {
    if (number == SIGTERM) stop_asked = 1;
    if (number == SIGHUP) reload_asked = 1;
}

bool unit_state_read(const char *name, struct unit_state *state) {
    char path[256];
    *state = (struct unit_state){.active = "inactive", .sub = "dead", .result = "success"};
    snprintf(path, sizeof path, UNIT_STATES "/%s", name);
    FILE *file = fopen(path, "re");
    if (!file) return false;
    int got = fscanf(file, "%15s %23s %23s %d %d %ld", state->active, state->sub, state->result, &state->main_pid,
                     &state->exit_status, &state->since);
    fclose(file);
    return got == 6;
}

void unit_state_write(const char *name, const struct unit_state *state) {
    char path[256], fresh[300];
    snprintf(path, sizeof path, UNIT_STATES "/%s", name);
    snprintf(fresh, sizeof fresh, UNIT_STATES "/.%s", name);
    FILE *file = fopen(fresh, "we");
    if (!file) return;
    fprintf(file, "%s %s %s %d %d %ld\n", state->active, state->sub, state->result, state->main_pid, state->exit_status,
            state->since);
    fclose(file);
    rename(fresh, path);
}

static void become(const char *active, const char *sub, const char *result) {
    if (strcmp(state.active, active)) state.since = time(NULL);
    snprintf(state.active, sizeof state.active, "%s", active);
    snprintf(state.sub, sizeof state.sub, "%s", sub);
    if (result) snprintf(state.result, sizeof state.result, "%s", result);
    unit_state_write(unit.name, &state);
}

static int open_log(const char *setting) {
    char path[512];
    if (!strcmp(setting, "null")) return open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (!strncmp(setting, "file:", 5)) return open(setting + 5, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (!strncmp(setting, "append:", 7)) return open(setting + 7, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (!strncmp(setting, "truncate:", 9)) return open(setting + 9, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    mkdir("/var/log/journal", 0755);
    snprintf(path, sizeof path, "/var/log/journal/%s.log", unit.name);
    struct stat status;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    if (stat(path, &status) == 0 && status.st_size > 4 << 20) flags |= O_TRUNC;  // no journal grows for ever
    return open(path, flags, 0644);
}

static void journal(const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int log = open_log("journal");
    if (log >= 0) dprintf(log, "systemd[1]: %s: %s\n", unit.name, text), close(log);
}

static pid_t run_line(const char *line, bool *may_fail) {
    char **arguments = unit_arguments(&unit, line, may_fail);
    bool home = !strcmp(unit.directory, "~");
    bool lenient = unit.directory[0] == '-';
    struct command command = {
        .argv = arguments, .user = unit.user, .directory = home ? "/root" : unit.directory + lenient,
        .descriptors = {-1, open_log(unit.output), open_log(*unit.error ? unit.error : unit.output)}};
    char **environment = calloc(UNIT_VARIABLES + 4, sizeof *environment);
    int count = 0;
    for (; unit.environment[count]; count++) environment[count] = unit.environment[count];
    char main_pid[32], path[] = "PATH=" DEFAULT_PATH;
    snprintf(main_pid, sizeof main_pid, "MAINPID=%d", state.main_pid);
    environment[count++] = main_pid;
    bool has_path = false;
    for (int i = 0; i < count; i++) has_path |= !strncmp(environment[i], "PATH=", 5);
    if (!has_path) environment[count++] = path;
    command.environment = environment;
    if (lenient && access(command.directory, X_OK) != 0) command.directory = "/";
    pid_t pid = arguments[0] ? spawn(&command, true) : -1;
    for (int i = 1; i < 3; i++)
        if (command.descriptors[i] >= 0) close(command.descriptors[i]);
    free(environment);
    for (char **argument = arguments; *argument; argument++) free(*argument);
    free(arguments);
    return pid;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Waits for one process; others that end are reaped on the way. -1 at the time-out.
static int wait_for(pid_t pid, double timeout) {
    double end = now() + timeout;
    for (;;) {
        int status;
        pid_t got = waitpid(-1, &status, WNOHANG);
        if (got == pid) return status;
        if (got < 0 && errno == ECHILD) return 0;
        if (got > 0) continue;
        if (now() > end) return -1;
        usleep(3000);
    }
}

// Runs lines one after the other; false at the first that fails.
static bool run_lines(char **lines, double timeout) {
    for (int i = 0; i < UNIT_LINES && lines[i]; i++) {
        bool may_fail;
        pid_t pid = run_line(lines[i], &may_fail);
        int status = pid > 0 ? wait_for(pid, timeout) : 256;
        if (status == -1) kill_tree(pid, true, SIGKILL);
        if (status != 0) state.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
        if (status != 0 && !may_fail) {
            journal("Control process exited, code=exited, status=%d", state.exit_status);
            return false;
        }
    }
    return true;
}

static void stop_everything(void) {
    become("deactivating", "stop", NULL);
    if (state.main_pid > 0 || has_descendants(getpid())) run_lines(unit.stop, unit.stop_timeout);
    double end = now() + unit.stop_timeout;
    if (has_descendants(getpid())) kill_tree(getpid(), false, unit.kill_signal);
    while (has_descendants(getpid()) && now() < end) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        usleep(3000);
    }
    kill_tree(getpid(), false, SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
    state.main_pid = 0;
    run_lines(unit.stop_after, unit.stop_timeout);
}

// Another process of the service, when the one that started it has gone (Type=forking).
static pid_t forked_main(void) {
    FILE *file = *unit.pid_file ? fopen(unit.pid_file, "re") : NULL;
    int pid = 0;
    if (file && fscanf(file, "%d", &pid) != 1) pid = 0;
    if (file) fclose(file);
    if (pid > 1 && kill(pid, 0) == 0) return pid;
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    file = fopen(path, "re");
    if (file && fgets(text, sizeof text, file)) pid = atoi(text);
    if (file) fclose(file);
    return pid;
}

// Starts the service; the main process, 0 for one that has none left, -1 when it failed.
static pid_t start_once(void) {
    become("activating", "start", "success");
    state.exit_status = 0;
    if (!run_lines(unit.start_before, unit.start_timeout)) return -1;
    bool oneshot = !strcmp(unit.type, "oneshot"), may_fail;
    if (oneshot) {
        if (!run_lines(unit.start, unit.start_timeout)) return -1;
        return run_lines(unit.start_after, unit.start_timeout) ? 0 : -1;
    }
    pid_t pid = run_line(unit.start[0], &may_fail);
    if (pid < 0) return -1;
    if (!strcmp(unit.type, "forking")) {
        int status = wait_for(pid, unit.start_timeout);
        if (status != 0) {
            if (status == -1) kill_tree(getpid(), false, SIGKILL);
            state.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
            return -1;
        }
        for (int i = 0; i < 100 && (pid = forked_main()) <= 0; i++) usleep(3000);
        if (pid <= 0) return -1;
    }
    state.main_pid = pid;
    return run_lines(unit.start_after, unit.start_timeout) ? pid : -1;
}

// Waits until the service ends or somebody asks for something. Returns its wait status, -1 when a stop was asked for.
static int watch(pid_t pid) {
    for (;;) {
        if (stop_asked) return -1;
        if (reload_asked) {
            reload_asked = 0;
            if (unit.reload[0]) run_lines(unit.reload, unit.start_timeout);
            else kill(pid, SIGHUP);
        }
        int status;
        pid_t got = waitpid(-1, &status, WNOHANG);
        if (got == pid) return status;
        if (got < 0 && errno == ECHILD) return 0;
        if (got > 0) continue;
        // Signals end the wait: SIGCHLD too.
        struct timespec time = {1, 0};
        sigset_t waited;
        sigemptyset(&waited);
        sigaddset(&waited, SIGCHLD);
        sigaddset(&waited, SIGTERM);
        sigaddset(&waited, SIGHUP);
        int number = sigtimedwait(&waited, NULL, &time);
        if (number > 0) note(number);
    }
}

int unit_monitor(const char *name) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (!unit_load(name, &unit)) {
        snprintf(unit.name, sizeof unit.name, "%s", name);
        become("failed", "failed", "resources");
        return 1;
    }
    int restarts = 0;
    for (;;) {
        pid_t pid = start_once();
        bool failed = pid < 0;
        if (pid == 0) {  // oneshot
            if (!unit.remains) {
                become("inactive", "dead", "success");
                return 0;
            }
            become("active", "exited", "success");
            while (!stop_asked) {
                struct timespec time = {60, 0};
                int number = sigtimedwait(&blocked, NULL, &time);
                if (number > 0) note(number);
                while (waitpid(-1, NULL, WNOHANG) > 0) {}
            }
        } else if (pid > 0) {
            // What fails at once (a missing program) has not been started.
            become("active", "running", "success");
            journal("Started %s.", unit.description);
            double started = now();
            int status = watch(pid);
            if (status >= 0) {
                state.main_pid = 0;
                state.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
                failed = status != 0;
                journal("Main process exited, code=%s, status=%d", WIFEXITED(status) ? "exited" : "killed", state.exit_status);
                if (now() - started > 10) restarts = 0;
            }
        }
        stop_everything();
        bool wanted = !strcmp(unit.restart, "always") || (failed && (!strcmp(unit.restart, "on-failure")
                      || !strcmp(unit.restart, "on-abnormal"))) || (!failed && !strcmp(unit.restart, "on-success"));
        if (stop_asked || !wanted || restarts++ >= unit.restart_limit) {
            if (!stop_asked && wanted) journal("Start request repeated too quickly.");
            become(failed && !stop_asked ? "failed" : "inactive", failed && !stop_asked ? "failed" : "dead",
                   failed && !stop_asked ? "exit-code" : "success");
            return failed;
        }
        become("activating", "auto-restart", NULL);
        double end = now() + unit.restart_delay;
        while (now() < end && !stop_asked) {
            struct timespec time = {0, 20000000};
            int number = sigtimedwait(&blocked, NULL, &time);
            if (number > 0) note(number);
        }
        if (stop_asked) {
            become("inactive", "dead", "success");
            return 0;
        }
    }
}

// Starts what is enabled, when the instance starts.
void boot_units(void) {
    struct dirent **entries = NULL;
    int count = scandir("/etc/systemd/system/multi-user.target.wants", &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            char *arguments[] = {"systemctl", "start", "--no-block", entries[i]->d_name, NULL};
            systemctl_main(4, arguments);
        }
        free(entries[i]);
    }
    free(entries);
}
