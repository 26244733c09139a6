// curl and wget in front of the host's own, for one address: the bucket that the CodeDeploy agent's installer comes from,
// which user data of nearly every deployment target fetches and an instance without a way out cannot reach.
#include "init.h"
#include <sys/stat.h>

static const char installer[] =
    "#!/bin/sh\n"
    "# The CodeDeploy agent of the local cloud. Usage: ./install auto\n"
    "exec /.awscicd/init codedeploy-agent install\n";

int fetch_main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
    bool is_wget = !strcmp(name, "wget"), to_output = !is_wget;
    const char *output = is_wget ? "install" : NULL;
    bool is_installer = false;
    for (int i = 1; i < argc; i++) {
        const char *bucket = strstr(argv[i], "://aws-codedeploy-"), *object = strstr(argv[i], "/latest/install");
        const char *style = strstr(argv[i], ".amazonaws.com/");
        if (bucket && object && style && bucket < style) is_installer = true;
        bool named = is_wget ? !strcmp(argv[i], "-O") || !strcmp(argv[i], "--output-document") || !strcmp(argv[i], "-qO")
                             : !strcmp(argv[i], "-o") || !strcmp(argv[i], "--output") || !strcmp(argv[i], "-so")
                                   || !strcmp(argv[i], "-sSo") || !strcmp(argv[i], "-fsSLo") || !strcmp(argv[i], "-Lo");
        if (named && i + 1 < argc) output = argv[i + 1], to_output = false;
        if (!is_wget && argv[i][0] == '-' && argv[i][1] != '-' && strchr(argv[i], 'O')) output = "install", to_output = false;
        if (!strcmp(argv[i], "--remote-name")) output = "install", to_output = false;
    }
    if (is_installer) {
        if (to_output || (output && !strcmp(output, "-"))) return fputs(installer, stdout), 0;
        FILE *file = fopen(output ? output : "install", "we");
        if (!file) return perror(output), 23;
        fputs(installer, file);
        return fclose(file) ? 23 : 0;
    }
    static const char *const folders[] = {"/usr/local/bin", "/usr/bin"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0) execv(path, argv);
    }
    fprintf(stderr, "%s: command not found: the host of this instance has none\n", name);
    return 127;
}
