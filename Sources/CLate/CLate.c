#include "CLate.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

void *clate_find(const char *library, const char *name) {
    // It stays loaded for good: what it gave out must stay valid. Lazily, as a program's own libraries are: libcurl's thirty call
    // thousands of functions of each other, of which a request needs few.
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    return handle ? dlsym(handle, name) : NULL;
}

void *clate_symbol(const char *library, const char *name) {
    void *symbol = clate_find(library, name);
    if (symbol) return symbol;
    fprintf(stderr, "error: %s\n", dlerror());
    _Exit(127);
}
