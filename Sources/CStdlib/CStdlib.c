// Written by scripts/embed-stdlib.sh; do not edit. The Lua files of stdlib/, as bytes of the binary.
#include "CStdlib.h"


// In the order of their names, so that a module is found by bisection.
static const awscicd_stdlib_file files[] = {
    {0},
};

const awscicd_stdlib_file *awscicd_stdlib_files(void) { return files; }
size_t awscicd_stdlib_count(void) { return 0; }
