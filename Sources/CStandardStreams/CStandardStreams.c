// A program may be started with its standard streams closed (`>&-`, some supervisors). The first descriptors that it opens
// would then be 0, 1 and 2: what a script prints would be written into a socket, a queue's descriptor or a file. So before
// anything else runs, and before there is a thread, what is missing is opened such that it fails as a closed one does: the
// way in for writing only, the ways out for reading only. The C library does the same for programs that are setuid.
#include <fcntl.h>

#include "CStandardStreams.h"

__attribute__((constructor)) static void open_missing_streams(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (fcntl(descriptor, F_GETFD) != -1) continue;
        // The lowest that is free, so this one: those below it are open by now.
        if (open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) != descriptor) return;
    }
}
