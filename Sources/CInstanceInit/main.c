// Picks the command by the name that the program was called by.
#include "init.h"

static const struct {
    const char *name;
    int (*run)(int, char **);
} commands[] = {
    {"launch", launch_main},         {"supervise", supervise_main},
    {"systemctl", systemctl_main},   {"service", service_main},
    {"journalctl", journalctl_main}, {"dnf", packages_main},
    {"yum", packages_main},          {"apt-get", packages_main},
    {"apt", packages_main},          {"rpm", packages_main},
    {"sudo", become_main},           {"su", become_main},
    {"runuser", become_main},        {"curl", fetch_main},
    {"wget", fetch_main},            {"httpd", httpd_main},
    {"apachectl", service_main},     {"codedeploy-agent", agent_main},
};

static int run(const char *name, int argc, char **argv) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, name)) return commands[i].run(argc, argv);
    return -1;
}

int main(int argc, char **argv) {
    if (argc < 1) return 2;
    const char *slash = strrchr(argv[0], '/');
    int code = run(slash ? slash + 1 : argv[0], argc, argv);
    if (code < 0 && argc > 1) code = run(argv[1], argc - 1, argv + 1);
    if (code >= 0) return code;
    fprintf(stderr, "%s: no such command of an instance\n", argv[0]);
    return 127;
}
