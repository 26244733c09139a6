// Reads unit files from where systemd does, the user's own folder first.
#include "unit.h"
#include <dirent.h>
#include <signal.h>
#include <strings.h>
#include <sys/stat.h>

static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
                                      "/usr/lib/systemd/system", "/lib/systemd/system"};

bool unit_path(const char *name, char *full_name, size_t name_size, char *path, size_t path_size) {
    bool has_ending = strstr(name, ".service") || strstr(name, ".target") || strstr(name, ".socket") || strstr(name, ".timer");
    snprintf(full_name, name_size, "%s%s", name, has_ending ? "" : ".service");
    if (strchr(full_name, '/')) return false;
    // The host's own units (of /usr/lib) are machines' business: only those of a few packages make sense inside.
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, path_size, "%s/%s", folders[i], full_name);
        if (access(path, R_OK) == 0) return true;
        const char *at = strchr(full_name, '@');
        if (!at || !strcmp(at, "@.service")) continue;
        snprintf(path, path_size, "%s/%.*s@.service", folders[i], (int)(at - full_name), full_name);
        if (access(path, R_OK) == 0) return true;
    }
    for (size_t i = 3; i < sizeof folders / sizeof *folders; i++) {
        static const char *const usable[] = {"nginx.service", "redis.service", "redis-server.service", "memcached.service"};
        for (size_t j = 0; j < sizeof usable / sizeof *usable; j++) {
            snprintf(path, path_size, "%s/%s", folders[i], full_name);
            if (!strcmp(usable[j], full_name) && access(path, R_OK) == 0) return true;
        }
    }
    return false;
}

static double seconds(const char *text) {
    char *unit;
    double value = strtod(text, &unit);
    if (!strncmp(unit, "ms", 2)) return value / 1000;
    if (!strncmp(unit, "min", 3) || !strcmp(unit, "m")) return value * 60;
    if (*unit == 'h') return value * 3600;
    return !strcmp(text, "infinity") ? 1e9 : value;
}

static void add_line(char **lines, const char *value) {
    int i = 0;
    while (i < UNIT_LINES - 1 && lines[i]) i++;
    if (!*value) {  // an empty value takes back what was set before
        for (i = 0; i < UNIT_LINES; i++) free(lines[i]), lines[i] = NULL;
        return;
    }
    if (!lines[i]) lines[i] = strdup(value);
}

static void add_variable(struct unit *unit, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    int i = 0;
    if (!equals) return;
    while (i < UNIT_VARIABLES && unit->environment[i]
           && strncmp(unit->environment[i], assignment, (size_t)(equals - assignment) + 1))
        i++;
    if (i == UNIT_VARIABLES) return;
    free(unit->environment[i]);
    unit->environment[i] = strdup(assignment);
}

// The next word of a line, with quotes and backslashes undone; false at the end.
static bool next_word(const char **at, char *word, size_t size) {
    size_t length = 0;
    bool quoted = false;
    char quote = 0;
    while (**at == ' ' || **at == '\t') (*at)++;
    if (!**at) return false;
    for (; **at && (quote || (**at != ' ' && **at != '\t')); (*at)++) {
        char c = **at;
        if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? 0 : c;
            quoted = true;
            continue;
        }
        if (c == '\\' && quote != '\'' && (*at)[1]) {
            c = *++*at;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        if (length + 1 < size) word[length++] = c;
    }
    word[length] = 0;
    return length > 0 || quoted;
}

static void read_environment_file(struct unit *unit, const char *path, bool *failed) {
    bool may_miss = *path == '-';
    FILE *file = fopen(path + may_miss, "re");
    char line[8192];
    if (!file) {
        if (!may_miss) *failed = true;
        return;
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        char *start = line + strspn(line, " \t");
        if (!*start || *start == '#' || *start == ';') continue;
        if (!strncmp(start, "export ", 7)) start += 7;
        char *equals = strchr(start, '=');
        char value[8192], assignment[16384];
        if (!equals) continue;
        const char *rest = equals + 1;
        *equals = 0;
        if (*rest == '"' || *rest == '\'') {
            if (!next_word(&rest, value, sizeof value)) *value = 0;
        } else {
            snprintf(value, sizeof value, "%s", rest);
        }
        snprintf(assignment, sizeof assignment, "%s=%s", start, value);
        add_variable(unit, assignment);
    }
    fclose(file);
}

static void expand_specifiers(const struct unit *unit, const char *text, char *out, size_t size) {
    size_t length = 0;
    const char *at = strchr(unit->name, '@');
    char instance[128] = "", prefix[128];
    snprintf(prefix, sizeof prefix, "%.*s", (int)strcspn(unit->name, "@."), unit->name);
    if (at) snprintf(instance, sizeof instance, "%.*s", (int)strcspn(at + 1, "."), at + 1);
    for (; *text && length + 1 < size; text++) {
        const char *put = NULL;
        if (*text == '%')
            switch (text[1]) {
            case '%': put = "%"; break;
            case 'n': put = unit->name; break;
            case 'N': case 'p': put = prefix; break;
            case 'i': case 'I': put = instance; break;
            case 'h': put = "/root"; break;
            case 'u': put = "root"; break;
            case 't': put = "/run"; break;
            case 'H': put = ""; break;
            }
        if (put) {
            length += (size_t)snprintf(out + length, size - length, "%s", put);
            if (length >= size) length = size - 1;
            text++;
        } else {
            out[length++] = *text;
        }
    }
    out[length] = 0;
}

static void set(struct unit *unit, const char *key, const char *value, bool *failed) {
    struct { const char *key; char *field; size_t size; } texts[] = {
        {"Description", unit->description, sizeof unit->description}, {"Type", unit->type, sizeof unit->type},
        {"Restart", unit->restart, sizeof unit->restart}, {"User", unit->user, sizeof unit->user},
        {"WorkingDirectory", unit->directory, sizeof unit->directory},
        {"PIDFile", unit->pid_file, sizeof unit->pid_file}, {"StandardOutput", unit->output, sizeof unit->output},
        {"StandardError", unit->error, sizeof unit->error}, {"WantedBy", unit->wanted_by, sizeof unit->wanted_by},
    };
    struct { const char *key; char **lines; } lines[] = {
        {"ExecStartPre", unit->start_before}, {"ExecStart", unit->start}, {"ExecStartPost", unit->start_after},
        {"ExecStop", unit->stop}, {"ExecReload", unit->reload}, {"ExecStopPost", unit->stop_after},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strcmp(key, texts[i].key)) snprintf(texts[i].field, texts[i].size, "%s", value);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strcmp(key, lines[i].key)) add_line(lines[i].lines, value);
    if (!strcmp(key, "After") || !strcmp(key, "Requires") || !strcmp(key, "Wants") || !strcmp(key, "BindsTo")) {
        char *field = *key == 'A' ? unit->after : unit->requires;
        size_t used = strlen(field);
        snprintf(field + used, sizeof unit->after - used, " %s", value);
    } else if (!strcmp(key, "RestartSec")) {
        unit->restart_delay = seconds(value);
    } else if (!strcmp(key, "TimeoutStopSec")) {
        unit->stop_timeout = seconds(value);
    } else if (!strcmp(key, "TimeoutStartSec")) {
        unit->start_timeout = seconds(value);
    } else if (!strcmp(key, "TimeoutSec")) {
        unit->start_timeout = unit->stop_timeout = seconds(value);
    } else if (!strcmp(key, "StartLimitBurst")) {
        unit->restart_limit = atoi(value);
    } else if (!strcmp(key, "RemainAfterExit")) {
        unit->remains = !strcasecmp(value, "yes") || !strcasecmp(value, "true") || !strcmp(value, "1");
    } else if (!strcmp(key, "KillSignal")) {
        static const struct { const char *name; int number; } signals[] = {
            {"SIGTERM", SIGTERM}, {"SIGINT", SIGINT}, {"SIGQUIT", SIGQUIT}, {"SIGKILL", SIGKILL}, {"SIGHUP", SIGHUP},
            {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGWINCH", SIGWINCH}};
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
            if (!strcmp(value, signals[i].name)) unit->kill_signal = signals[i].number;
    } else if (!strcmp(key, "Environment")) {
        char word[8192];
        for (const char *at = value; next_word(&at, word, sizeof word);) add_variable(unit, word);
    } else if (!strcmp(key, "EnvironmentFile")) {
        read_environment_file(unit, value, failed);
    }
}

static void read_unit(struct unit *unit, const char *path, bool *failed) {
    static char line[16384], whole[16384], expanded[16384];
    FILE *file = fopen(path, "re");
    if (!file) return;
    *whole = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        char *start = line + strspn(line, " \t");
        if (!*whole && (!*start || *start == '#' || *start == ';' || *start == '[')) continue;
        size_t used = strlen(whole), length = strlen(start);
        bool goes_on = length > 0 && start[length - 1] == '\\';
        if (goes_on) start[length - 1] = ' ';
        snprintf(whole + used, sizeof whole - used, "%s", start);
        if (goes_on) continue;
        char *equals = strchr(whole, '=');
        if (equals) {
            char *value = equals + 1 + strspn(equals + 1, " \t");
            while (equals > whole && (equals[-1] == ' ' || equals[-1] == '\t')) equals--;
            *equals = 0;
            for (size_t end = strlen(value); end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\t'); end--)
                value[end - 1] = 0;
            expand_specifiers(unit, value, expanded, sizeof expanded);
            set(unit, whole, expanded, failed);
        }
        *whole = 0;
    }
    fclose(file);
}

bool unit_load(const char *name, struct unit *unit) {
    *unit = (struct unit){.type = "", .restart = "no", .restart_delay = 0.1, .stop_timeout = 90, .start_timeout = 90,
                          .kill_signal = SIGTERM, .restart_limit = 5};
    if (!unit_path(name, unit->name, sizeof unit->name, unit->path, sizeof unit->path)) {
        fprintf(stderr, "Unit %s not found.\n", unit->name);
        return false;
    }
    bool failed = false;
    read_unit(unit, unit->path, &failed);
    for (size_t i = 0; i < 3; i++) {
        char folder[512], path[1024];
        snprintf(folder, sizeof folder, "%s/%s.d", folders[i], unit->name);
        struct dirent **entries = NULL;
        int count = scandir(folder, &entries, NULL, alphasort);
        for (int j = 0; j < count; j++) {
            size_t length = strlen(entries[j]->d_name);
            snprintf(path, sizeof path, "%s/%s", folder, entries[j]->d_name);
            if (length > 5 && !strcmp(entries[j]->d_name + length - 5, ".conf")) read_unit(unit, path, &failed);
            free(entries[j]);
        }
        free(entries);
    }
    if (!*unit->type) strcpy(unit->type, unit->start[0] ? "simple" : "oneshot");
    if (!*unit->description) snprintf(unit->description, sizeof unit->description, "%s", unit->name);
    if (failed) {
        fprintf(stderr, "%s: Failed to load environment files: No such file or directory\n", unit->name);
        return false;
    }
    if (!unit->start[0] && !strstr(unit->name, ".target")) {
        fprintf(stderr, "%s: Service has no ExecStart= setting. Refusing.\n", unit->name);
        return false;
    }
    return true;
}

static const char *variable(const struct unit *unit, const char *name, size_t length) {
    for (int i = 0; unit->environment[i]; i++)
        if (!strncmp(unit->environment[i], name, length) && unit->environment[i][length] == '=')
            return unit->environment[i] + length + 1;
    if (length == 7 && !strncmp(name, "MAINPID", 7)) return getenv("MAINPID") ?: "";
    return "";
}

char **unit_arguments(const struct unit *unit, const char *line, bool *may_fail) {
    char **list = calloc(256, sizeof *list), word[16384], out[16384];
    int count = 0;
    *may_fail = false;
    for (; strchr("-@:+!", *line) && *line; line++)
        if (*line == '-') *may_fail = true;
    while (list && count < 254 && next_word(&line, word, sizeof word)) {
        if (word[0] == '$' && word[1] != '{' && word[1] != '$' && word[1]) {  // a word of its own is split
            const char *value = variable(unit, word + 1, strlen(word + 1));
            while (count < 254 && next_word(&value, out, sizeof out)) list[count++] = strdup(out);
            continue;
        }
        size_t length = 0;
        for (const char *at = word; *at && length + 1 < sizeof out; at++) {
            const char *close = at[0] == '$' && at[1] == '{' ? strchr(at, '}') : NULL;
            if (close) {
                length += (size_t)snprintf(out + length, sizeof out - length, "%s",
                                           variable(unit, at + 2, (size_t)(close - at - 2)));
                if (length >= sizeof out) length = sizeof out - 1;
                at = close;
            } else {
                if (at[0] == '$' && at[1] == '$') at++;
                out[length++] = *at;
            }
        }
        out[length] = 0;
        list[count++] = strdup(out);
    }
    return list;
}
