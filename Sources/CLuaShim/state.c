// The life of a VM, and running C functions in protected mode.
#include <stdio.h>

#include "internal.h"

static int panic(lua_State *L) {
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error that is not a string";
    fprintf(stderr, "awscicd: a Lua call was not protected: %s\n", message);
    abort();
}

static int open_base(lua_State *L) {
    objects_open(L);
    calls_open(L);
    return 0;
}

clua_vm *clua_new(void *host, size_t memory_limit, int64_t fail_after) {
    // The low six bits of its address are free for marks.
    clua_vm *vm = aligned_alloc(64, (sizeof(clua_vm) + 63) & ~(size_t)63);
    if (!vm) return NULL;
    memset(vm, 0, sizeof *vm);
    vm->host = host;
    vm->memory_limit = memory_limit;
    vm->fail_after = fail_after;
    reserve_take(vm, 1);  // where there is none, there is none to give back
    lua_State *L = lua_newstate(memory_allocate, vm);
    if (!L) {
        reserve_release(vm);
        pool_close(&vm->pool);
        free(vm);
        return NULL;
    }
    vm->main = vm->running = L;
    *(uintptr_t *)lua_getextraspace(L) = (uintptr_t)vm;
    lua_atpanic(L, panic);
    lua_setwarnf(L, output_warn, vm);
    if (protect(L, open_base, NULL, 0, 0) != LUA_OK) {
        clua_close(vm);
        clua_free_vm(vm);
        return NULL;
    }
    return vm;
}

void clua_close(clua_vm *vm) {
    if (!vm->main) return;
    vm->fail_after = -1;
    vm->memory_limit = 0;
    reserve_release(vm);
    vm->system_limit = 0;
    lua_State *main = vm->main;
    vm->running = main;  // where finalizers run
    lua_close(main);
    pool_close(&vm->pool);
    vm->main = vm->running = NULL;
}

void clua_free_vm(clua_vm *vm) {
    free(vm->text);
    free(vm->traceback);
    reserve_release(vm);
    free(vm);
}

const char *clua_version(void) { return LUA_RELEASE; }

int protect(lua_State *L, lua_CFunction f, void *arguments, int count, int results) {
    if (!lua_checkstack(L, (results > 0 ? results : 0) + 4)) {
        lua_settop(L, lua_gettop(L) - count);
        return CLUA_NO_STACK;
    }
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, arguments);
    if (count) {
        lua_rotate(L, -(count + 2), 2);
    }
    return lua_pcall(L, count + 1, results, 0);
}

int clua_collect(lua_State *L) {
    int result = lua_gc(L, LUA_GCCOLLECT, 0);
    pool_sweep(&clua_of(L)->pool);
    return result;
}
