// Process trees, read from /proc. A monitor process is the subreaper of what it started, so whatever a command leaves
// behind (double forks and new sessions included) still descends from its monitor and can be found and ended.
#include "init.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>

struct process {
    pid_t pid, parent;
    bool marked;
};

static bool read_file(const char *path, char *buffer, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t got = read(fd, buffer, size - 1);
    close(fd);
    if (got <= 0) return false;
    buffer[got] = 0;
    return true;
}

static size_t processes(struct process **list) {
    DIR *folder = opendir("/proc");
    size_t count = 0, room = 0;
    *list = NULL;
    if (!folder) return 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        pid_t pid = atoi(entry->d_name);
        char path[64], text[512];
        if (pid <= 0) continue;
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        if (!read_file(path, text, sizeof text)) continue;
        char *end = strrchr(text, ')');  // a name may hold blanks and parentheses
        char state;
        int parent;
        if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2 || state == 'Z') continue;
        if (count == room) {
            struct process *more = realloc(*list, (room = room ? room * 2 : 64) * sizeof **list);
            if (!more) break;
            *list = more;
        }
        (*list)[count++] = (struct process){pid, parent, false};
    }
    closedir(folder);
    return count;
}

static size_t mark(struct process *list, size_t count, pid_t root) {
    size_t marked = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            if (list[i].marked) continue;
            bool child = list[i].parent == root;
            for (size_t j = 0; !child && j < count; j++) child = list[j].marked && list[j].pid == list[i].parent;
            if (child) list[i].marked = changed = true, marked++;
        }
    }
    return marked;
}

bool has_descendants(pid_t root) {
    struct process *list;
    size_t count = processes(&list), marked = mark(list, count, root);
    free(list);
    return marked > 0;
}

// Stops all first, so that a process that forks faster than it is killed cannot win, then kills until none is left.
void kill_tree(pid_t root, bool including_root, int number) {
    // Nor may a monitor end meanwhile, as it does with its command: what is left would be nobody's descendant any more.
    if (including_root && number == SIGKILL) kill(root, SIGSTOP);
    for (int round = 0; round < 5000; round++) {
        struct process *list;
        size_t count = processes(&list), marked = mark(list, count, root);
        for (size_t i = 0; number == SIGKILL && i < count; i++)
            if (list[i].marked) kill(list[i].pid, SIGSTOP);
        for (size_t i = 0; i < count; i++)
            if (list[i].marked) kill(list[i].pid, number);
        free(list);
        if (marked == 0 || number != SIGKILL) break;
        usleep(2000);
    }
    if (including_root) kill(root, number);
}

// Private memory of all processes but the first, and the largest of them.
long total_memory_kb(pid_t *largest, char *name, size_t name_size) {
    struct process *list;
    size_t count = processes(&list);
    long total = 0, most = 0, page = sysconf(_SC_PAGESIZE) / 1024;
    *largest = 0;
    for (size_t i = 0; i < count; i++) {
        char path[64], text[256];
        long size, resident, shared;
        if (list[i].pid == 1) continue;
        snprintf(path, sizeof path, "/proc/%d/statm", list[i].pid);
        if (!read_file(path, text, sizeof text) || sscanf(text, "%ld %ld %ld", &size, &resident, &shared) != 3) continue;
        long own = (resident - shared) * page;
        total += own;
        if (own > most) most = own, *largest = list[i].pid;
    }
    free(list);
    if (*largest && name_size) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/comm", *largest);
        if (!read_file(path, name, name_size)) snprintf(name, name_size, "?");
        name[strcspn(name, "\n")] = 0;
    }
    return total;
}
