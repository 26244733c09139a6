#ifndef CFILESHIM_H
#define CFILESHIM_H

#include <stdint.h>

/// Gives the blocks of a range of a file back to the file system, which keeps its size and reads as zeros there.
/// 0, or -1 with errno where the file system cannot.
int cfileshim_punch(int descriptor, int64_t offset, int64_t length);

/// Whether this process may open as many files as starting a program takes: its pipes, both ends of each, the program's own
/// descriptor and what it is waited for with. 0, or the error's number.
///
/// Asked before each start, since Subprocess ends the process when it runs out half way: the end of a pipe that it has opened
/// by then is nobody's to close (`FileDescriptor was not closed`).
int cfileshim_room_for_program(void);

#endif
