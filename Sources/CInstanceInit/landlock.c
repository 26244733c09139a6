// Keeps a sandbox from the host's abstract Unix sockets. They belong to a network, not to a file system: a build, which has
// the host's network, could otherwise talk to any of the host's daemons that listens on one. The kernel does it from 6.12
// on; older ones have no means against it, and builds run there without.
#include "init.h"
#include <sys/syscall.h>

// As in <linux/landlock.h>, which Debian 12 has without the third field.
struct ruleset {
    uint64_t files, network, scoped;
};
enum { ABSTRACT_SOCKETS = 1, CREATE_RULESET = 444, RESTRICT_SELF = 446 };

int keep_from_abstract_sockets(void) {
    struct ruleset ruleset = {.scoped = ABSTRACT_SOCKETS};
    int set = (int)syscall(CREATE_RULESET, &ruleset, sizeof ruleset, 0);
    // ENOSYS, EOPNOTSUPP: without Landlock. E2BIG: with an older one.
    if (set < 0) return errno == ENOSYS || errno == EOPNOTSUPP || errno == E2BIG ? 0 : -1;
    int code = (int)syscall(RESTRICT_SELF, set, 0);
    close(set);
    return code;
}
