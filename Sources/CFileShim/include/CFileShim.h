#ifndef CFILESHIM_H
#define CFILESHIM_H

#include <stdint.h>

/// Gives the blocks of a range of a file back to the file system, which keeps its size and reads as zeros there.
/// 0, or -1 with errno where the file system cannot.
int cfileshim_punch(int descriptor, int64_t offset, int64_t length);

#endif
