// httpd: static files over HTTP/1.1 with keep-alive, from the document root that /etc/httpd names. One process, poll and
// sendfile; it starts in a millisecond and an idle one costs nothing.
#include "init.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

enum { CONNECTIONS = 1024, REQUEST_SIZE = 16384, IDLE_SECONDS = 65 };

struct connection {
    int fd, file;
    char request[REQUEST_SIZE];
    size_t have, head_have, head_sent;
    char head[1024];
    off_t at, end;
    long long body_left;  // of the request, to be skipped
    bool writing, keeps;
    time_t since;
};

static char root[512] = "/var/www/html", indexes[256] = "index.html";
static int ports[16], port_count;
static struct connection *connections[CONNECTIONS];
static int connection_count;
static volatile sig_atomic_t reload_asked, stop_asked;

static void note(int number) {
    if (number == SIGHUP || number == SIGUSR1) reload_asked = 1;
    else stop_asked = 1;
}

static void read_configuration(const char *path, int depth) {
    FILE *file = fopen(path, "re");
    char line[1024], key[64], value[512];
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, " %63s %511[^\r\n]", key, value) != 2 || key[0] == '#') continue;
        char *start = value + (value[0] == '"'), *end = strchr(start, '"');
        if (end) *end = 0;
        if (!strcasecmp(key, "Listen")) {
            char *colon = strrchr(start, ':');
            int port = atoi(colon ? colon + 1 : start);
            if (port > 0 && port_count < 16) ports[port_count++] = port;
        } else if (!strcasecmp(key, "DocumentRoot")) {
            snprintf(root, sizeof root, "%s", start);
        } else if (!strcasecmp(key, "DirectoryIndex")) {
            snprintf(indexes, sizeof indexes, "%s", start);
        } else if ((!strcasecmp(key, "IncludeOptional") || !strcasecmp(key, "Include")) && strstr(start, "*.conf") && !depth) {
            struct dirent **entries = NULL;
            int count = scandir("/etc/httpd/conf.d", &entries, NULL, alphasort);
            for (int i = 0; i < count; i++) {
                char other[600];
                size_t length = strlen(entries[i]->d_name);
                snprintf(other, sizeof other, "/etc/httpd/conf.d/%s", entries[i]->d_name);
                if (length > 5 && !strcmp(entries[i]->d_name + length - 5, ".conf")) read_configuration(other, depth + 1);
                free(entries[i]);
            }
            free(entries);
        }
    }
    fclose(file);
}

static const char *content_type(const char *path) {
    static const char *const types[][2] = {
        {".html", "text/html; charset=UTF-8"}, {".htm", "text/html; charset=UTF-8"}, {".css", "text/css"},
        {".js", "text/javascript"}, {".json", "application/json"}, {".txt", "text/plain; charset=UTF-8"},
        {".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".gif", "image/gif"},
        {".ico", "image/vnd.microsoft.icon"}, {".xml", "text/xml"}, {".pdf", "application/pdf"},
        {".wasm", "application/wasm"}, {".woff2", "font/woff2"}, {".webp", "image/webp"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (!strcasecmp(dot, types[i][0])) return types[i][1];
    return "application/octet-stream";
}

// Undoes percent coding and takes dots out; false for what is no path or leads above the root.
static bool clean_path(const char *raw, size_t length, char *out, size_t size) {
    char decoded[2048];
    size_t n = 0;
    for (size_t i = 0; i < length && raw[i] != '?' && raw[i] != '#'; i++) {
        char c = raw[i];
        if (c == '%') {
            if (i + 2 >= length || !isxdigit((unsigned char)raw[i + 1]) || !isxdigit((unsigned char)raw[i + 2])) return false;
            char digits[3] = {raw[i + 1], raw[i + 2], 0};
            c = (char)strtol(digits, NULL, 16);
            i += 2;
        }
        if (!c || n + 1 >= sizeof decoded) return false;
        decoded[n++] = c;
    }
    decoded[n] = 0;
    if (decoded[0] != '/') return false;
    size_t used = 0;
    bool folder = n > 0 && decoded[n - 1] == '/';
    char *rest = NULL;
    out[0] = 0;
    for (char *part = strtok_r(decoded, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        if (!strcmp(part, ".")) continue;
        if (!strcmp(part, "..")) return false;
        int added = snprintf(out + used, size - used, "/%s", part);
        if (added < 0 || (used += (size_t)added) >= size - 12) return false;
    }
    if (folder || !used) snprintf(out + used, size - used, "/");
    return true;
}

static void log_access(const char *request, int status, long long size) {
    static int log = -1;
    static time_t checked;
    struct stat now;
    if (log < 0 || checked != time(NULL)) {
        checked = time(NULL);
        if (log >= 0 && fstat(log, &now) == 0 && now.st_size > 4 << 20 && ftruncate(log, 0) != 0) errno = 0;
        if (log < 0) log = open("/var/log/httpd/access_log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
    if (log < 0) return;
    char date[64];
    struct tm parts;
    gmtime_r(&checked, &parts);
    strftime(date, sizeof date, "%d/%b/%Y:%H:%M:%S +0000", &parts);
    dprintf(log, "- - - [%s] \"%.*s\" %d %lld\n", date, (int)strcspn(request, "\r\n"), request, status, size);
}

static void answer(struct connection *c, int status, const char *reason, const char *type, off_t size, const char *extra,
                   const char *body, bool head_only) {
    char date[64];
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (body) size = (off_t)strlen(body);
    int n = snprintf(c->head, sizeof c->head,
                     "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: Apache\r\n%sContent-Length: %lld\r\nContent-Type: %s\r\n%s\r\n%s",
                     status, reason, date, extra ? extra : "", (long long)size, type,
                     c->keeps ? "" : "Connection: close\r\n", body && !head_only ? body : "");
    c->head_have = n < 0 ? 0 : (size_t)n < sizeof c->head ? (size_t)n : sizeof c->head - 1;
    c->head_sent = 0;
    c->writing = true;
    log_access(c->request, status, size);
}

static void refuse(struct connection *c, int status, const char *reason, bool head_only) {
    char page[300];
    snprintf(page, sizeof page,
             "<!DOCTYPE HTML>\n<html><head>\n<title>%d %s</title>\n</head><body>\n<h1>%s</h1>\n</body></html>\n", status,
             reason, reason);
    answer(c, status, reason, "text/html; charset=iso-8859-1", 0, NULL, page, head_only);
}

static const char *header(const char *request, const char *name, char *value, size_t size) {
    size_t length = strlen(name);
    for (const char *line = strstr(request, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n"))
        if (!strncasecmp(line + 2, name, length) && line[2 + length] == ':') {
            const char *start = line + 3 + length;
            while (*start == ' ' || *start == '\t') start++;
            snprintf(value, size, "%.*s", (int)strcspn(start, "\r\n"), start);
            return value;
        }
    return NULL;
}

static void serve(struct connection *c) {
    char method[16], path[2300], value[256], extra[400], *blank = strchr(c->request, ' ');
    const char *target = blank ? blank + 1 : "";
    size_t length = strcspn(target, " \r\n");
    snprintf(method, sizeof method, "%.*s", (int)(blank ? blank - c->request : 0), c->request);
    bool head_only = !strcmp(method, "HEAD"), old = strncmp(target + length, " HTTP/1.1", 9) != 0;
    c->keeps = !old;
    if (header(c->request, "Connection", value, sizeof value)) {
        if (strcasestr(value, "close")) c->keeps = false;
        else if (strcasestr(value, "keep-alive")) c->keeps = true;
    }
    c->body_left = 0;
    if (header(c->request, "Transfer-Encoding", value, sizeof value)) c->keeps = false;
    if (header(c->request, "Content-Length", value, sizeof value)) c->body_left = atoll(value);
    if (c->body_left < 0) c->body_left = 0, c->keeps = false;
    if (!strncmp(target, "http://", 7)) {  // the absolute form
        const char *slash = memchr(target + 7, '/', length > 7 ? length - 7 : 0);
        if (slash) length -= (size_t)(slash - target), target = slash;
    }
    if (!clean_path(target, length, path, sizeof path)) return refuse(c, 400, "Bad Request", head_only);
    if (strcmp(method, "GET") && !head_only) {
        if (strcmp(method, "OPTIONS") && strcmp(method, "POST"))
            return refuse(c, 405, "Method Not Allowed", false);
        if (*method == 'O') return answer(c, 200, "OK", "httpd/unix-directory", 0, "Allow: GET,POST,OPTIONS,HEAD\r\n", "", false);
    }
    char file[3000];
    struct stat status;
    snprintf(file, sizeof file, "%s%s", root, path);
    if (file[strlen(file) - 1] == '/') {
        char all[256], *rest = NULL;
        size_t used = strlen(file);
        snprintf(all, sizeof all, "%s", indexes);
        for (char *name = strtok_r(all, " \t", &rest); name; name = strtok_r(NULL, " \t", &rest)) {
            snprintf(file + used, sizeof file - used, "%s", name);
            if (access(file, F_OK) == 0) break;
        }
        if (access(file, F_OK) != 0) {
            file[used] = 0;
            // As Apache's test page: 403 while the document root has no index.
            return stat(file, &status) == 0 ? refuse(c, 403, "Forbidden", head_only) : refuse(c, 404, "Not Found", head_only);
        }
    } else if (stat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        if (strpbrk(path, "\r\n")) return refuse(c, 400, "Bad Request", head_only);
        snprintf(extra, sizeof extra, "Location: %.300s/\r\n", path);
        return answer(c, 301, "Moved Permanently", "text/html; charset=iso-8859-1", 0, extra, "", head_only);
    }
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno == EACCES ? refuse(c, 403, "Forbidden", head_only) : refuse(c, 404, "Not Found", head_only);
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return refuse(c, 403, "Forbidden", head_only);
    }
    char modified[64], tag[64];
    struct tm parts;
    gmtime_r(&status.st_mtime, &parts);
    strftime(modified, sizeof modified, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    snprintf(tag, sizeof tag, "\"%llx-%llx\"", (long long)status.st_size, (long long)status.st_mtime);
    snprintf(extra, sizeof extra, "Last-Modified: %s\r\nETag: %s\r\nAccept-Ranges: bytes\r\n", modified, tag);
    if (header(c->request, "If-None-Match", value, sizeof value) && strstr(value, tag)) {
        close(fd);
        return answer(c, 304, "Not Modified", content_type(file), 0, extra, "", true);
    }
    off_t from = 0, to = status.st_size - 1;
    bool partial = false;
    if (header(c->request, "Range", value, sizeof value) && !strncmp(value, "bytes=", 6) && !strchr(value, ',')) {
        char *dash = strchr(value, '-');
        if (dash && dash != value + 6) {
            from = atoll(value + 6);
            if (dash[1]) to = atoll(dash + 1);
            partial = true;
        } else if (dash) {
            from = status.st_size - atoll(dash + 1);
            if (from < 0) from = 0;
            partial = true;
        }
        if (to >= status.st_size) to = status.st_size - 1;
        if (partial && (from > to || from < 0)) {
            close(fd);
            return refuse(c, 416, "Range Not Satisfiable", head_only);
        }
        size_t used = strlen(extra);
        if (partial)
            snprintf(extra + used, sizeof extra - used, "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)from,
                     (long long)to, (long long)status.st_size);
    }
    answer(c, partial ? 206 : 200, partial ? "Partial Content" : "OK", content_type(file), to - from + 1, extra, NULL, head_only);
    if (head_only) close(fd);
    else c->file = fd, c->at = from, c->end = to + 1;
}

// Writes as much as the socket takes. False when the connection is to be closed.
static bool progress(struct connection *c) {
    while (c->head_sent < c->head_have) {
        ssize_t sent = send(c->fd, c->head + c->head_sent, c->head_have - c->head_sent,
                            MSG_NOSIGNAL | (c->file >= 0 ? MSG_MORE : 0));
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        c->head_sent += (size_t)sent;
    }
    while (c->file >= 0 && c->at < c->end) {
        ssize_t sent = sendfile(c->fd, c->file, &c->at, (size_t)(c->end - c->at < 1 << 20 ? c->end - c->at : 1 << 20));
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        if (sent == 0) return false;  // the file was cut short meanwhile: what was promised cannot be kept
    }
    if (c->file >= 0) {
        close(c->file);
        c->file = -1;
    }
    c->writing = false;
    return c->keeps;
}

// Takes requests out of what has been read, one after the other.
static bool advance(struct connection *c) {
    for (;;) {
        if (c->writing) {
            if (!progress(c)) return false;
            if (c->writing) return true;
        }
        if (c->body_left > 0) {
            size_t skipped = (long long)c->have < c->body_left ? c->have : (size_t)c->body_left;
            memmove(c->request, c->request + skipped, c->have - skipped);
            c->have -= skipped;
            c->body_left -= (long long)skipped;
            if (c->body_left > 0) return true;
        }
        c->request[c->have] = 0;
        char *end = strstr(c->request, "\r\n\r\n");
        if (!end) {
            if (c->have < REQUEST_SIZE - 1) return true;
            c->keeps = false;
            refuse(c, 431, "Request Header Fields Too Large", false);
            c->have = 0;
            continue;
        }
        size_t length = (size_t)(end - c->request) + 4;
        char after = c->request[length];
        c->request[length] = 0;
        serve(c);
        c->request[length] = after;
        memmove(c->request, c->request + length, c->have - length);
        c->have -= length;
    }
}

static bool take(struct connection *c) {
    ssize_t got = recv(c->fd, c->request + c->have, REQUEST_SIZE - 1 - c->have, 0);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    c->have += (size_t)got;
    c->since = time(NULL);
    return advance(c);
}

static void drop(int index) {
    struct connection *c = connections[index];
    close(c->fd);
    if (c->file >= 0) close(c->file);
    free(c);
    connections[index] = connections[--connection_count];
}

static void greet(int listener) {
    for (int i = 0; i < 64; i++) {
        int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) return;
        struct connection *c = connection_count < CONNECTIONS ? calloc(1, sizeof *c) : NULL;
        if (!c) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        *c = (struct connection){.fd = fd, .file = -1, .keeps = true, .since = time(NULL)};
        connections[connection_count++] = c;
    }
}

static int open_port(int port) {
    int fd = listen_on("0.0.0.0", port);
    if (fd < 0) fprintf(stderr, "(98)%s: AH00072: make_sock: could not bind to address 0.0.0.0:%d\n", strerror(errno), port);
    return fd;
}

int httpd_main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-v")) return puts("Server version: Apache/2.4 (local cloud)"), 0;
        if (!strcmp(argv[i], "-t")) return puts("Syntax OK"), 0;
        if (!strcmp(argv[i], "-k") && i + 1 < argc) {
            char *arguments[] = {"systemctl", !strcmp(argv[i + 1], "graceful") ? "restart" : argv[i + 1], "httpd", NULL};
            return systemctl_main(3, arguments);
        }
    }
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGWINCH, &action, NULL);
    int listeners[16], listener_count = 0;
    read_configuration("/etc/httpd/conf/httpd.conf", 0);
    if (!port_count) ports[port_count++] = 80;
    for (int i = 0; i < port_count; i++) {
        bool twice = false;
        for (int j = 0; j < i; j++) twice |= ports[j] == ports[i];
        if (twice) continue;
        if ((listeners[listener_count++] = open_port(ports[i])) < 0) return 1;
    }
    while (!stop_asked) {
        static struct pollfd polls[CONNECTIONS + 16];
        int count = 0;
        if (reload_asked) {
            reload_asked = port_count = 0;
            read_configuration("/etc/httpd/conf/httpd.conf", 0);
        }
        for (int i = 0; i < listener_count; i++) polls[count++] = (struct pollfd){listeners[i], POLLIN, 0};
        for (int i = 0; i < connection_count; i++)
            polls[count++] = (struct pollfd){connections[i]->fd, connections[i]->writing ? POLLOUT : POLLIN, 0};
        if (poll(polls, (nfds_t)count, connection_count ? 1000 : -1) < 0) continue;
        time_t now = time(NULL);
        for (int i = count - listener_count - 1; i >= 0; i--) {
            struct connection *c = connections[i];
            short events = polls[listener_count + i].revents;
            bool stays = true;
            if (events & POLLOUT) stays = progress(c) && advance(c);
            else if (events) stays = take(c);
            else if (!c->writing && now - c->since > IDLE_SECONDS) stays = false;
            if (!stays) drop(i);
        }
        for (int i = 0; i < listener_count; i++)
            if (polls[i].revents) greet(listeners[i]);
    }
    return 0;
}
