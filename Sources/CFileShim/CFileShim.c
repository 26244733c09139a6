#define _GNU_SOURCE  // for fallocate, which Swift's C library module does not show
#include "CFileShim.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int cfileshim_punch(int descriptor, int64_t offset, int64_t length) {
#ifdef __linux__
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
#else
    struct fpunchhole hole = {.fp_offset = offset, .fp_length = length};
    return fcntl(descriptor, F_PUNCHHOLE, &hole);
#endif
}

int cfileshim_room_for_program(void) {
    enum { wanted = 16 };
    int opened[wanted], count, error = 0;
    if (pipe(opened) != 0) return errno;
    for (count = 2; count < wanted; count++) {
        opened[count] = fcntl(opened[0], F_DUPFD_CLOEXEC, 0);
        if (opened[count] == -1) {
            error = errno;
            break;
        }
    }
    while (count > 0) close(opened[--count]);
    return error;
}
