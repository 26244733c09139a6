// dnf, yum, apt-get: packages are programs of the host, shown inside, and the few that an instance brings itself (httpd,
// the CodeDeploy agent). What the host lacks fails by name, as a package that no repository has.
#include "init.h"
#include <sys/stat.h>

static void write_file(const char *path, const char *text) {
    if (access(path, F_OK) == 0) return;
    FILE *file = fopen(path, "we");
    if (!file) return;
    fputs(text, file);
    fclose(file);
}

static void make_folders(const char *path) {
    char part[512];
    for (const char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        mkdir(part, 0755);
    }
    mkdir(path, 0755);
}

static void install_httpd(const char *service) {
    char path[256];
    make_folders("/var/www/html");
    make_folders("/etc/httpd/conf.d");
    make_folders("/etc/httpd/conf");
    make_folders("/var/log/httpd");
    make_folders("/usr/local/lib/systemd/system");
    write_file("/etc/httpd/conf/httpd.conf",
               "ServerRoot \"/etc/httpd\"\nListen 80\nDocumentRoot \"/var/www/html\"\nDirectoryIndex index.html\n"
               "IncludeOptional conf.d/*.conf\n");
    snprintf(path, sizeof path, "/usr/local/lib/systemd/system/%s.service", service);
    write_file(path,
               "[Unit]\nDescription=The Apache HTTP Server\n[Service]\nType=notify\nExecStart=/.awscicd/init httpd -DFOREGROUND\n"
               "ExecReload=/bin/kill -HUP $MAINPID\nKillSignal=SIGTERM\n[Install]\nWantedBy=multi-user.target\n");
}

static void install_agent(void) {
    make_folders("/usr/local/lib/systemd/system");
    make_folders("/opt/codedeploy-agent/deployment-root");
    make_folders("/var/log/aws/codedeploy-agent");
    make_folders("/etc/codedeploy-agent/conf");
    write_file("/etc/codedeploy-agent/conf/codedeployagent.yml",
               "---\n:log_dir: '/var/log/aws/codedeploy-agent/'\n:root_dir: '/opt/codedeploy-agent/deployment-root'\n"
               ":max_revisions: 5\n");
    write_file("/usr/local/lib/systemd/system/codedeploy-agent.service",
               "[Unit]\nDescription=AWS CodeDeploy Host Agent\n[Service]\nType=simple\n"
               "ExecStart=/.awscicd/init codedeploy-agent\n[Install]\nWantedBy=multi-user.target\n");
    char *start[] = {"systemctl", "start", "codedeploy-agent", NULL};
    char *enable[] = {"systemctl", "enable", "codedeploy-agent", NULL};
    systemctl_main(3, enable);
    systemctl_main(3, start);
}

// The agent itself is the local cloud's side of CodeDeploy; this process is what `systemctl` can start, stop and ask about.
int agent_main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "install")) {
        install_agent();
        return 0;
    }
    for (;;) pause();
}

static bool has_program(const char *name) {
    static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/.awscicd/bin"};
    char path[512];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0) return true;
    }
    return false;
}

// Packages whose programs have other names than they.
static const struct { const char *package, *program; } programs[] = {
    {"python3-pip", "pip3"}, {"python", "python3"}, {"nodejs", "node"}, {"nodejs20", "node"}, {"golang", "go"},
    {"java-17-amazon-corretto", "java"}, {"java-21-amazon-corretto", "java"}, {"java-11-amazon-corretto", "java"},
    {"openjdk-17-jre-headless", "java"}, {"amazon-ec2-utils", "true"}, {"procps-ng", "ps"}, {"procps", "ps"},
    {"iproute", "ip"}, {"iproute2", "ip"}, {"iputils", "ping"}, {"coreutils", "ls"}, {"findutils", "find"},
    {"util-linux", "mount"}, {"gzip", "gzip"}, {"bind-utils", "dig"}, {"dnsutils", "dig"}, {"net-tools", "netstat"},
    {"nmap-ncat", "nc"}, {"netcat", "nc"}, {"awscli", "aws"}, {"awscli-2", "aws"}, {"diffutils", "diff"},
    {"ca-certificates", "true"}, {"tzdata", "true"}, {"python3-venv", "python3"}, {"curl-minimal", "curl"},
    {"gnupg", "gpg"}, {"ruby3.2", "ruby"}, {"ruby-full", "ruby"}, {"which", "which"}, {"glibc-langpack-en", "true"},
    {"php8.2", "php"}, {"sudo", "sudo"}, {"systemd", "systemctl"}, {"initscripts", "service"}, {"cronie", "crond"},
};

enum outcome { INSTALLED, MISSING, UNNEEDED };

static enum outcome install(const char *package) {
    if (!strcmp(package, "httpd")) return install_httpd("httpd"), INSTALLED;
    if (!strcmp(package, "apache2")) return install_httpd("apache2"), INSTALLED;
    if (!strcmp(package, "codedeploy-agent")) return install_agent(), INSTALLED;
    const char *program = package;
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (!strcmp(programs[i].package, package)) program = programs[i].program;
    if (has_program(program)) return INSTALLED;
    // The CodeDeploy agent needs it on AWS and not here, and nearly every instance installs it for that alone.
    if (!strcmp(program, "ruby")) return UNNEEDED;
    return MISSING;
}

int packages_main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/'), *tool = slash ? slash + 1 : argv[0];
    const char *verb = NULL, *missing[64];
    bool is_apt = !strncmp(tool, "apt", 3), lenient = false;
    int missing_count = 0, names = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            if (strstr(argv[i], "skip-broken") || strstr(argv[i], "skip-unavailable")) lenient = true;
            if ((!strcmp(argv[i], "-t") || !strcmp(argv[i], "-o")) && i + 1 < argc) i++;
            continue;
        }
        if (!verb) {
            verb = argv[i];
            if (strcmp(verb, "install") && strcmp(verb, "reinstall") && strcmp(verb, "localinstall")) break;
            continue;
        }
        names++;
    }
    if (verb && (!strcmp(verb, "update") || !strcmp(verb, "upgrade") || !strcmp(verb, "makecache") || !strcmp(verb, "clean")
                 || !strcmp(verb, "autoremove") || !strcmp(verb, "check-update") || !strcmp(verb, "dist-upgrade")
                 || !strcmp(verb, "groupinstall") || !strcmp(verb, "module"))) {
        puts(is_apt ? "Reading package lists... Done" : "Dependencies resolved.\nNothing to do.\nComplete!");
        return 0;
    }
    if (!strcmp(tool, "rpm") || (verb && (!strcmp(verb, "list") || !strcmp(verb, "info") || !strcmp(verb, "search")))) {
        for (int i = 1; i < argc; i++) {
            if (argv[i][0] == '-' || argv[i] == verb) {
                if (strcmp(tool, "rpm") || argv[i][0] == '-') continue;
            }
            if (!has_program(argv[i]) && strcmp(argv[i], "installed")) return printf("package %s is not installed\n", argv[i]), 1;
            puts(argv[i]);
        }
        return 0;
    }
    if (verb && (!strcmp(verb, "remove") || !strcmp(verb, "erase") || !strcmp(verb, "purge"))) return puts("Nothing to do."), 0;
    if (!verb || !names) {
        fprintf(stderr, "%s: an instance of the local cloud knows: %s install -y PACKAGE...\n", tool, tool);
        return 1;
    }
    bool after = false;
    for (int pass = 0; pass < 2; pass++) {
        after = false;
        for (int i = 1; i < argc; i++) {
            if (!after) {
                after = argv[i] == verb;
                continue;
            }
            if (argv[i][0] == '-') continue;
            // Nothing is installed when one is missing: first look, then install.
            bool brought = !strcmp(argv[i], "httpd") || !strcmp(argv[i], "apache2") || !strcmp(argv[i], "codedeploy-agent");
            enum outcome outcome = pass == 0 && brought ? INSTALLED : install(argv[i]);
            if (pass == 0 && outcome == MISSING && missing_count < 64) missing[missing_count++] = argv[i];
            if (pass == 1 && outcome == UNNEEDED)
                printf("%s: not on the host; the CodeDeploy agent of the local cloud does without\n", argv[i]);
            if (pass == 1 && outcome == INSTALLED) printf("  %-40s installed\n", argv[i]);
        }
        if (pass == 0 && missing_count) {
            for (int i = 0; i < missing_count; i++)
                fprintf(stderr, is_apt ? "E: Unable to locate package %s\n" : "No match for argument: %s\n", missing[i]);
            if (!is_apt) {
                fprintf(stderr, "Error: Unable to find a match:");
                for (int i = 0; i < missing_count; i++) fprintf(stderr, " %s", missing[i]);
                fprintf(stderr, "\n");
            }
            fprintf(stderr, "An instance of the local cloud has the programs of its host: install it there.\n");
            if (!lenient) return is_apt ? 100 : 1;
        }
    }
    if (!is_apt) puts("Complete!");
    return 0;
}
