// The allocator: counts, refuses what would pass the limit, and can be told to fail for tests.
#include <stdio.h>
#include <sys/mman.h>

#include "internal.h"

// Adds a frame as luaL_traceback writes it; false when there is no more room.
static bool note_frame(clua_vm *vm, size_t *used, lua_Debug *frame) {
    char what[LUA_IDSIZE + 32];
    if (*frame->namewhat) {
        snprintf(what, sizeof what, "%s '%s'", frame->namewhat, frame->name);
    } else if (*frame->what == 'm') {
        snprintf(what, sizeof what, "main chunk");
    } else {
        snprintf(what, sizeof what, "function <%s:%d>", frame->short_src, frame->linedefined);
    }
    size_t room = sizeof vm->memory_place - *used;
    int n = snprintf(vm->memory_place + *used, room, "\n\t%s:%d: in %s", frame->short_src, frame->currentline, what);
    bool fits = n >= 0 && (size_t)n < room;
    if (fits) *used += (size_t)n;
    vm->memory_place[*used] = 0;
    return fits;
}

// Where the script was when memory was refused. Lua unwinds before it reports a memory error, so this is the only moment
// at which the stack can still be read; lua_getstack and lua_getinfo with "Sln" allocate nothing.
void note_place(clua_vm *vm) {
    size_t used = 0;
    lua_Debug frame;
    // Outside of Lua code there is no place, and the last one stays: the error is on its way out already.
    for (int level = 0; level < 32 && vm->running && lua_getstack(vm->running, level, &frame); level++) {
        lua_getinfo(vm->running, "Sln", &frame);
        if (frame.currentline >= 0 && !note_frame(vm, &used, &frame)) return;
    }
}

// ---- the reserve ----
// When the system refuses memory, the host needs some for what it does next: Swift ends the process where it gets none. So
// some is kept that nobody touches (it takes addresses, or what the system promises, and no memory), and given back then.
// From that moment on the script has to make do with less than it had, or its next allocations would eat the reserve.
#define RESERVE ((size_t)4 << 20)

// Takes the reserve (again), when there is so many times as much to be had.
bool reserve_take(clua_vm *vm, int times) {
    void *place = mmap(NULL, times * RESERVE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return false;
    if (times > 1) munmap((char *)place + RESERVE, (times - 1) * RESERVE);
    if (vm->reserve) munmap(vm->reserve, RESERVE);
    vm->reserve = place;
    vm->system_limit = 0;
    return true;
}

// What is in use, and what the pool keeps free.
static size_t memory_held(const clua_vm *vm) { return vm->memory_used + vm->pool.held - vm->pool.used; }

void reserve_release(clua_vm *vm) {
    if (vm->reserve) munmap(vm->reserve, RESERVE);
    vm->reserve = NULL;
    size_t held = memory_held(vm), less = held / 8 < RESERVE ? held / 8 : RESERVE;
    vm->system_limit = held - less;
}

// Whether no more than `bound` is held when there is so much more. A sweep takes long, so something has to have been given
// back since the last one.
static bool holds(clua_vm *vm, size_t more, size_t bound) {
    if (memory_held(vm) + more <= bound) return true;
    if (vm->pool.given < vm->pool.held / 8) return false;
    pool_sweep(&vm->pool);
    return memory_held(vm) + more <= bound;
}

void *memory_allocate(void *context, void *block, size_t old_size, size_t new_size) {
    clua_vm *vm = context;
    if (!block) old_size = 0;  // then it is the kind of object, not a size
    if (new_size == 0) {
        pool_free(&vm->pool, block, old_size);
        vm->memory_used -= old_size;
        return NULL;
    }
    if (new_size > old_size) {
        // Shrinking never fails: Lua relies on it.
        bool refused = vm->memory_limit && vm->memory_used + (new_size - old_size) > vm->memory_limit;
        // What the pool keeps free is not in use, but it is not for others either: a script that fills its memory with blocks
        // of one size after the other, and leaves a few of each, must not get its limit's worth for every size.
        size_t more = pool_needs(&vm->pool, old_size, new_size);
        size_t bound = 2 * vm->memory_limit + ((size_t)1 << 20);
        if (vm->memory_limit && more && !refused && !holds(vm, more, bound)) refused = true;
        if (vm->fail_after >= 0 && vm->fail_after-- == 0) {
            vm->fail_after = 0;  // it stays failed, so that the emergency collection does not hide it
            refused = true;
        }
        bool is_starved = vm->system_limit && more && !holds(vm, more, vm->system_limit);
        if (is_starved && !reserve_take(vm, 2)) refused = true;
        if (refused) {
            vm->memory_refused = true;
            note_place(vm);
            return NULL;
        }
    }
    void *result = pool_resize(&vm->pool, block, old_size, new_size);
    if (!result && vm->pool.given) {
        // What the pool keeps may be what is missing.
        pool_sweep(&vm->pool);
        result = pool_resize(&vm->pool, block, old_size, new_size);
    }
    if (!result) {
        reserve_release(vm);
        vm->memory_refused = true;
        note_place(vm);
        return NULL;
    }
    vm->memory_used += new_size - old_size;
    if (vm->memory_used > vm->memory_peak) vm->memory_peak = vm->memory_used;
    return result;
}
