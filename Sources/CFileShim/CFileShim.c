#define _GNU_SOURCE  // for fallocate, which Swift's C library module does not show
#include "CFileShim.h"

#include <errno.h>
#include <fcntl.h>

int cfileshim_punch(int descriptor, int64_t offset, int64_t length) {
#ifdef __linux__
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
#else
    struct fpunchhole hole = {.fp_offset = offset, .fp_length = length};
    return fcntl(descriptor, F_PUNCHHOLE, &hole);
#endif
}
