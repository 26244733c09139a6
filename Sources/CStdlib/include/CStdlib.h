#pragma once
// The Lua files of stdlib/, carried in the binary. The list is written by scripts/embed-stdlib.sh.
#include <stddef.h>

typedef struct {
    const char *name;            // what require takes: "awscicd.pipeline"
    const char *path;            // where it comes from: "stdlib/pipeline.lua", used in messages and tracebacks
    const unsigned char *bytes;  // the source, followed by a zero byte that is not counted
    size_t length;
} awscicd_stdlib_file;

/// The files in the order of their names (as bytes).
const awscicd_stdlib_file *awscicd_stdlib_files(void);
size_t awscicd_stdlib_count(void);
