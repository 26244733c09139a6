// The allocator: counts, refuses what would pass the limit, and can be told to fail for tests.
#include <stdio.h>

#include "internal.h"

// Where the script was when memory was refused. Lua unwinds before it reports a memory error, so this is the only moment
// at which the stack can still be read; lua_getstack and lua_getinfo with "Sl" allocate nothing.
static void note_place(clua_vm *vm) {
    size_t used = 0;
    lua_Debug frame;
    // Outside of Lua code there is no place: then the last one stays, which the host asks for.
    if (!vm->running || !lua_getstack(vm->running, 0, &frame)) return;
    vm->memory_place[0] = 0;
    for (int level = 0; level < 32 && lua_getstack(vm->running, level, &frame); level++) {
        lua_getinfo(vm->running, "Sl", &frame);
        if (frame.currentline < 0) continue;
        int n = snprintf(vm->memory_place + used, sizeof vm->memory_place - used, "%s%s:%d", used ? "\n" : "",
            frame.short_src, frame.currentline);
        if (n < 0 || used + (size_t)n >= sizeof vm->memory_place) {
            vm->memory_place[used] = 0;
            return;
        }
        used += (size_t)n;
    }
}

void *memory_allocate(void *context, void *block, size_t old_size, size_t new_size) {
    clua_vm *vm = context;
    if (!block) old_size = 0;  // then it is the kind of object, not a size
    if (new_size == 0) {
        free(block);
        vm->memory_used -= old_size;
        return NULL;
    }
    if (new_size > old_size) {
        // Shrinking never fails: Lua relies on it.
        bool refused = vm->memory_limit && vm->memory_used + (new_size - old_size) > vm->memory_limit;
        if (vm->fail_after >= 0 && vm->fail_after-- == 0) {
            vm->fail_after = 0;  // it stays failed, so that the emergency collection does not hide it
            refused = true;
        }
        if (refused) {
            vm->memory_refused = true;
            note_place(vm);
            return NULL;
        }
    }
    void *result = realloc(block, new_size);
    if (!result) return new_size <= old_size ? block : NULL;
    vm->memory_used += new_size - old_size;
    if (vm->memory_used > vm->memory_peak) vm->memory_peak = vm->memory_used;
    return result;
}
