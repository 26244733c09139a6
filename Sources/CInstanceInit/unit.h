// A service unit as systemd reads it: the settings that a service of a web application uses.
#ifndef AWSCICD_UNIT_H
#define AWSCICD_UNIT_H
#include "init.h"

enum { UNIT_LINES = 16, UNIT_VARIABLES = 128 };

struct unit {
    char name[128];  // with its ending
    char path[512];
    char description[256];
    char type[16];  // simple, exec, forking, oneshot, notify
    char restart[24];
    char user[64], directory[512], pid_file[512], output[512], error[512], wanted_by[128];
    char after[512], requires[512];
    char *start_before[UNIT_LINES], *start[UNIT_LINES], *start_after[UNIT_LINES], *stop[UNIT_LINES], *reload[UNIT_LINES],
        *stop_after[UNIT_LINES];
    char *environment[UNIT_VARIABLES + 1];
    double restart_delay, stop_timeout, start_timeout;
    int kill_signal, restart_limit;
    bool remains;
};

// The file of a unit; false when there is none. `name` gets ".service" where it has no ending.
bool unit_path(const char *name, char *full_name, size_t name_size, char *path, size_t path_size);
// Reads a unit with its drop-ins. False with a message on stderr.
bool unit_load(const char *name, struct unit *unit);
// Splits a command line as systemd does, with the unit's variables put in. NULL-terminated.
char **unit_arguments(const struct unit *unit, const char *line, bool *may_fail);

// The state that a monitor writes and systemctl reads.
struct unit_state {
    char active[16], sub[24], result[24];
    int main_pid, exit_status;
    long since;
};
bool unit_state_read(const char *name, struct unit_state *state);
void unit_state_write(const char *name, const struct unit_state *state);
#endif
