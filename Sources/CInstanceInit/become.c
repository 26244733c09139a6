// sudo, su and runuser: all users of a sandbox are one, so becoming another is HOME, USER and the folder.
#include "init.h"
#include <pwd.h>

static int run_as(const char *user, bool login, char **command, const char *script) {
    struct passwd *entry = getpwnam(user);
    if (!entry) return fprintf(stderr, "user %s does not exist\n", user), 1;
    if (login || strcmp(user, "root")) {
        setenv("HOME", entry->pw_dir, 1);
        setenv("USER", user, 1);
        setenv("LOGNAME", user, 1);
    }
    if (login && chdir(entry->pw_dir) != 0) return perror(entry->pw_dir), 1;
    char *shell[] = {"/bin/bash", script ? "-c" : (login ? "-l" : NULL), (char *)script, NULL};
    if (!command || !*command) command = shell;
    execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], errno == ENOENT ? "command not found" : strerror(errno));
    return errno == ENOENT ? 127 : 126;
}

int become_main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
    const char *user = "root", *script = NULL;
    bool login = false, is_sudo = !strcmp(name, "sudo");
    int i = 1;
    for (; i < argc; i++) {
        char *argument = argv[i];
        if (!strcmp(argument, "--")) {
            i++;
            break;
        }
        if (!strcmp(argument, "-u") || !strcmp(argument, "--user") || !strcmp(argument, "-g") || !strcmp(argument, "-s")) {
            if (i + 1 < argc && argument[strlen(argument) - 1] != 'g' && strcmp(argument, "-s")) user = argv[i + 1];
            i++;
        } else if (!strncmp(argument, "--user=", 7)) {
            user = argument + 7;
        } else if (!is_sudo && (!strcmp(argument, "-c") || !strcmp(argument, "--command")) && i + 1 < argc) {
            script = argv[++i];
        } else if (!strcmp(argument, "-") || !strcmp(argument, "-l") || !strcmp(argument, "-i") || !strcmp(argument, "--login")) {
            login = true;
        } else if (is_sudo && strchr(argument, '=') && argument[0] != '-') {
            putenv(argument);
        } else if (argument[0] != '-') {
            if (is_sudo) break;
            if (strcmp(name, "runuser") || strcmp(user, "root") == 0) user = argument;
        }
    }
    char **command = i < argc ? argv + i : NULL;
    if (!is_sudo && command && script) command = NULL;
    return run_as(user, login, command, script);
}
