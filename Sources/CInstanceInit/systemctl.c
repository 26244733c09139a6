// systemctl, service and journalctl, as far as scripts of deployments use them.
#include "unit.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static const char *ask(const char *verb, const char *name) {
    static char answer[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = MANAGER_SOCKET};
    char line[256];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(line, sizeof line, "%s %s\n", verb, name);
    ssize_t got = -1;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0
        && send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
        got = recv(fd, answer, sizeof answer - 1, 0);
    if (fd >= 0) close(fd);
    if (got <= 0) return NULL;
    answer[got] = 0;
    return answer;
}

static bool settled(const struct unit_state *state) {
    return strcmp(state->active, "activating") && strcmp(state->active, "deactivating");
}

static bool wait_until(const char *name, bool stopped, struct unit_state *state) {
    for (int i = 0; i < 100000; i++) {
        unit_state_read(name, state);
        if (stopped ? !strcmp(state->active, "inactive") || !strcmp(state->active, "failed") : settled(state)) return true;
        if (!stopped && !strcmp(state->sub, "auto-restart")) return true;
        usleep(i < 100 ? 2000 : 20000);
    }
    return false;
}

static bool is_active(const char *name) {
    struct unit_state state;
    unit_state_read(name, &state);
    return !strcmp(state.active, "active") || !strcmp(state.active, "activating");
}

static int start_unit(const char *given, bool waits, int depth) {
    char name[128], path[512];
    if (strstr(given, ".target")) return 0;
    if (!unit_path(given, name, sizeof name, path, sizeof path)) {
        fprintf(stderr, "Failed to start %s: Unit %s not found.\n", name, name);
        return 5;
    }
    struct unit *unit = calloc(1, sizeof *unit);
    if (!unit || !unit_load(given, unit)) return free(unit), 1;
    char needs[512], *rest = NULL, other[128], other_path[512];
    snprintf(needs, sizeof needs, "%s", unit->requires);
    free(unit);
    for (char *need = strtok_r(needs, " ", &rest); need && depth < 8; need = strtok_r(NULL, " ", &rest))
        if (strstr(need, ".service") && unit_path(need, other, sizeof other, other_path, sizeof other_path)
            && !is_active(other))
            start_unit(other, true, depth + 1);
    if (is_active(name)) return 0;
    struct unit_state starting = {.active = "activating", .sub = "start", .result = "success", .since = time(NULL)}, state;
    unit_state_write(name, &starting);
    const char *answer = ask("start", name);
    // A monitor that is just ending still has the name.
    for (int i = 0; i < 300 && answer && !strcmp(answer, "running") && !is_active(name); i++) {
        usleep(5000);
        unit_state_write(name, &starting);
        answer = ask("start", name);
    }
    if (!answer || (strcmp(answer, "started") && strcmp(answer, "running"))) {
        starting = (struct unit_state){.active = "failed", .sub = "failed", .result = "resources"};
        unit_state_write(name, &starting);
        fprintf(stderr, "Failed to start %s: %s\n", name, answer ? answer : "the service manager does not answer");
        return 1;
    }
    if (!waits) return 0;
    wait_until(name, false, &state);
    // A service that ends in its first moments has not started, whatever its type promises.
    for (int i = 0; i < 20 && !strcmp(state.active, "active") && !strcmp(state.sub, "running"); i++) {
        usleep(2000);
        unit_state_read(name, &state);
    }
    if (!strcmp(state.active, "failed") || !strcmp(state.sub, "auto-restart")) {
        fprintf(stderr,
                "Job for %s failed because the control process exited with error code.\n"
                "See \"systemctl status %s\" and \"journalctl -xeu %s\" for details.\n",
                name, name, name);
        return 1;
    }
    return 0;
}

static int stop_unit(const char *given) {
    char name[128], path[512];
    struct unit_state state;
    bool known = unit_path(given, name, sizeof name, path, sizeof path);
    if (!unit_state_read(name, &state)) {
        if (known) return 0;
        fprintf(stderr, "Failed to stop %s: Unit %s not loaded.\n", name, name);
        return 5;
    }
    const char *answer = ask("stop", name);
    if (answer && !strcmp(answer, "signalled")) wait_until(name, true, &state);
    return 0;
}

static int enable_unit(const char *given, bool enables) {
    char name[128], path[512], link[512];
    if (!unit_path(given, name, sizeof name, path, sizeof path)) {
        fprintf(stderr, "Failed to %s unit: Unit file %s does not exist.\n", enables ? "enable" : "disable", name);
        return 1;
    }
    mkdir("/etc/systemd/system/multi-user.target.wants", 0755);
    snprintf(link, sizeof link, "/etc/systemd/system/multi-user.target.wants/%s", name);
    if (!enables) {
        if (unlink(link) == 0) fprintf(stderr, "Removed \"%s\".\n", link);
        return 0;
    }
    if (symlink(path, link) == 0) fprintf(stderr, "Created symlink %s -> %s.\n", link, path);
    return 0;
}

static bool is_enabled(const char *name) {
    char link[512];
    struct stat status;
    snprintf(link, sizeof link, "/etc/systemd/system/multi-user.target.wants/%s", name);
    return lstat(link, &status) == 0;
}

static void print_tail(const char *name, int lines) {
    char path[512], text[65537];
    snprintf(path, sizeof path, "/var/log/journal/%s.log", name);
    FILE *file = fopen(path, "re");
    if (!file) return;
    if (fseek(file, -65536, SEEK_END) != 0) rewind(file);
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = 0;
    char *at = text + got;
    for (int seen = 0; at > text; at--)
        if (at[-1] == '\n' && at != text + got && ++seen == lines) break;
    fputs(at, stdout);
}

static int status_unit(const char *given) {
    char name[128], path[512], since[64] = "";
    struct unit_state state;
    if (!unit_path(given, name, sizeof name, path, sizeof path)) {
        fprintf(stderr, "Unit %s could not be found.\n", name);
        return 4;
    }
    struct unit *unit = calloc(1, sizeof *unit);
    unit_state_read(name, &state);
    const char *description = unit && unit_load(given, unit) ? unit->description : name;
    time_t when = state.since;
    struct tm parts;
    if (gmtime_r(&when, &parts)) strftime(since, sizeof since, "%a %Y-%m-%d %H:%M:%S UTC", &parts);
    printf("%s %s - %s\n     Loaded: loaded (%s; %s; preset: disabled)\n     Active: %s (%s)%s%s\n",
           !strcmp(state.active, "active") ? "●" : !strcmp(state.active, "failed") ? "×" : "○", name, description, path,
           is_enabled(name) ? "enabled" : "disabled", state.active,
           !strcmp(state.active, "failed") ? "Result: exit-code" : state.sub, state.since ? " since " : "",
           state.since ? since : "");
    if (state.main_pid) printf("   Main PID: %d\n", state.main_pid);
    printf("\n");
    print_tail(name, 10);
    free(unit);
    return !strcmp(state.active, "active") ? 0 : 3;
}

static void show_unit(const char *given, const char *property, bool value_only) {
    char name[128], path[512], number[3][32];
    struct unit_state state;
    bool known = unit_path(given, name, sizeof name, path, sizeof path);
    unit_state_read(name, &state);
    snprintf(number[0], 32, "%d", state.main_pid);
    snprintf(number[1], 32, "%d", state.exit_status);
    const char *pairs[][2] = {{"Id", name}, {"LoadState", known ? "loaded" : "not-found"}, {"ActiveState", state.active},
                              {"SubState", state.sub}, {"Result", state.result}, {"MainPID", number[0]},
                              {"ExecMainStatus", number[1]}, {"UnitFileState", is_enabled(name) ? "enabled" : "disabled"},
                              {"FragmentPath", known ? path : ""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (property && !strstr(property, pairs[i][0])) continue;
        if (value_only) printf("%s\n", pairs[i][1]);
        else printf("%s=%s\n", pairs[i][0], pairs[i][1]);
    }
}

int systemctl_main(int argc, char **argv) {
    const char *verb = NULL, *property = NULL, *names[64];
    int count = 0, code = 0;
    bool quiet = false, now = false, waits = true, value_only = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-q") || !strcmp(argv[i], "--quiet")) quiet = true;
        else if (!strcmp(argv[i], "--now")) now = true;
        else if (!strcmp(argv[i], "--no-block")) waits = false;
        else if (!strcmp(argv[i], "--value")) value_only = true;
        else if (!strcmp(argv[i], "-p") && i + 1 < argc) property = argv[++i];
        else if (!strncmp(argv[i], "--property=", 11)) property = argv[i] + 11;
        else if ((!strcmp(argv[i], "-n") || !strcmp(argv[i], "-t") || !strcmp(argv[i], "-o")) && i + 1 < argc) i++;
        else if (argv[i][0] == '-') continue;
        else if (!verb) verb = argv[i];
        else if (count < 64) names[count++] = argv[i];
    }
    if (!verb) verb = "list-units";
    if (!strcmp(verb, "daemon-reload") || !strcmp(verb, "daemon-reexec") || !strcmp(verb, "reset-failed")) return 0;
    if (!strcmp(verb, "is-system-running")) return puts("running"), 0;
    if (!count) {
        fprintf(stderr, "systemctl: \"%s\" without a unit is not there on an instance of the local cloud.\n", verb);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char name[128], path[512];
        struct unit_state state;
        int result = 0;
        bool known = unit_path(names[i], name, sizeof name, path, sizeof path);
        unit_state_read(name, &state);
        if (!strcmp(verb, "start")) {
            result = start_unit(names[i], waits, 0);
        } else if (!strcmp(verb, "stop")) {
            result = stop_unit(names[i]);
        } else if (!strcmp(verb, "restart") || !strcmp(verb, "try-restart") || !strcmp(verb, "reload-or-restart")) {
            bool was_active = is_active(name);
            if (known && (was_active || unit_state_read(name, &state))) stop_unit(names[i]);
            if (was_active || strcmp(verb, "try-restart")) result = start_unit(names[i], waits, 0);
        } else if (!strcmp(verb, "reload")) {
            const char *answer = is_active(name) ? ask("reload", name) : NULL;
            if (!answer) fprintf(stderr, "%s is not active, cannot reload.\n", name), result = 1;
        } else if (!strcmp(verb, "enable") || !strcmp(verb, "disable")) {
            bool enables = *verb == 'e';
            result = enable_unit(names[i], enables);
            if (now && result == 0) result = enables ? start_unit(names[i], true, 0) : stop_unit(names[i]);
        } else if (!strcmp(verb, "is-active")) {
            if (!quiet) puts(known || strcmp(state.active, "inactive") ? state.active : "inactive");
            result = strcmp(state.active, "active") ? 3 : 0;
        } else if (!strcmp(verb, "is-failed")) {
            if (!quiet) puts(state.active);
            result = strcmp(state.active, "failed") ? 1 : 0;
        } else if (!strcmp(verb, "is-enabled")) {
            if (!known) fprintf(stderr, "Failed to get unit file state for %s: No such file or directory\n", name);
            else if (!quiet) puts(is_enabled(name) ? "enabled" : "disabled");
            result = known && is_enabled(name) ? 0 : 1;
        } else if (!strcmp(verb, "status")) {
            result = status_unit(names[i]);
        } else if (!strcmp(verb, "show")) {
            show_unit(names[i], property, value_only);
        } else if (!strcmp(verb, "cat")) {
            char command[600];
            snprintf(command, sizeof command, "%s", path);
            FILE *file = known ? fopen(command, "re") : NULL;
            for (int c; file && (c = fgetc(file)) != EOF;) putchar(c);
            if (file) fclose(file);
            result = known ? 0 : 1;
        } else if (strcmp(verb, "mask") && strcmp(verb, "unmask") && strcmp(verb, "preset")) {
            fprintf(stderr, "Unknown command verb %s.\n", verb);
            return 1;
        }
        if (result && (!code || strncmp(verb, "is-", 3))) code = result;
    }
    return code;
}

// service NAME VERB
int service_main(int argc, char **argv) {
    if (argc == 2 && strstr(argv[0], "apachectl")) {  // apachectl start|stop|restart|graceful
        char *arguments[] = {"systemctl", !strcmp(argv[1], "graceful") ? "restart" : argv[1], "httpd", NULL};
        return systemctl_main(3, arguments);
    }
    if (argc < 3) return fprintf(stderr, "Usage: service NAME start|stop|restart|reload|status\n"), 2;
    char *arguments[] = {"systemctl", argv[2], argv[1], NULL};
    return systemctl_main(3, arguments);
}

int journalctl_main(int argc, char **argv) {
    const char *unit = NULL;
    int lines = 1000;
    for (int i = 1; i < argc; i++) {
        const char *last = argv[i][0] == '-' && argv[i][1] != '-' ? argv[i] + strlen(argv[i]) - 1 : "";
        if ((*last == 'u' || !strcmp(argv[i], "--unit")) && i + 1 < argc) unit = argv[++i];
        else if (!strncmp(argv[i], "--unit=", 7)) unit = argv[i] + 7;
        else if ((*last == 'n' || !strcmp(argv[i], "--lines")) && i + 1 < argc) lines = atoi(argv[++i]);
    }
    char name[128], path[512];
    if (!unit) return fprintf(stderr, "journalctl: name a unit: journalctl -u NAME\n"), 1;
    unit_path(unit, name, sizeof name, path, sizeof path);
    print_tail(name, lines);
    return 0;
}
