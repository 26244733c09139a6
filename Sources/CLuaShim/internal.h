// What the shim's own files share; Swift never sees it.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "CLuaShim.h"

_Static_assert(LUA_EXTRASPACE >= sizeof(void *), "the VM's pointer lives in the extra space");
_Static_assert(CLUA_REGISTRYINDEX == LUA_REGISTRYINDEX, "the header's constants are lua.h's");
_Static_assert(CLUA_ERRERR == LUA_ERRERR && CLUA_TTHREAD == LUA_TTHREAD, "the header's constants are lua.h's");
_Static_assert(sizeof(lua_Integer) == 8 && sizeof(lua_Number) == 8, "64-bit numbers");

// Marks of one coroutine, in the low bits of its extra space.
#define MARK_TASK 1u     // the root of a task: looks like the main thread to its script
#define MARK_WAITING 2u  // waits for the scheduler, so a script may not resume or close it
#define MARK_YIELDED 4u  // waits in coroutine.yield
#define MARK_ALL 63u

static inline unsigned mark_get(lua_State *L) { return (unsigned)(*(uintptr_t *)lua_getextraspace(L) & MARK_ALL); }
static inline void mark_set(lua_State *L, unsigned mark) { *(uintptr_t *)lua_getextraspace(L) |= mark; }
static inline void mark_clear(lua_State *L, unsigned mark) { *(uintptr_t *)lua_getextraspace(L) &= ~(uintptr_t)mark; }

static inline int stop_reason(clua_vm *vm) { return __atomic_load_n(&vm->stop, __ATOMIC_RELAXED); }
static inline bool is_watched(clua_vm *vm) { return __atomic_load_n(&vm->watched, __ATOMIC_RELAXED); }
static inline bool needs_hook(clua_vm *vm) { return stop_reason(vm) || is_watched(vm); }

// Runs `f` in protected mode with a light userdata as its first argument and the top `count` values after it.
int protect(lua_State *L, lua_CFunction f, void *arguments, int count, int results);

static inline void show_life(clua_vm *vm) { __atomic_store_n(&vm->signs, vm->signs + 1, __ATOMIC_RELAXED); }

// pool.c
// As realloc, with the old size. Only what grows can fail.
void *pool_resize(clua_pool *pool, void *block, size_t old_size, size_t new_size);
void pool_free(clua_pool *pool, void *block, size_t size);
size_t pool_needs(const clua_pool *pool, size_t old_size, size_t new_size);
void pool_sweep(clua_pool *pool);
void pool_close(clua_pool *pool);  // all of its blocks are gone then

// memory.c
void note_place(clua_vm *vm);
bool reserve_take(clua_vm *vm, int times);
void reserve_release(clua_vm *vm);
void *memory_allocate(void *vm, void *block, size_t old_size, size_t new_size);

// object.c
void objects_open(lua_State *L);
int error_position(lua_State *L, int level);
bool script_place(lua_State *L, int level, char *buffer, size_t size);

// call.c
void calls_open(lua_State *L);
int call_failed(lua_State *L);               // the message handler of everything that the host runs
int finish_call(lua_State *L, int status);  // raises what Swift left behind, or returns the number of results
void raise_here(lua_State *L, int status);   // the same in a hook, where there is nothing to return
_Noreturn void raise_memory(lua_State *L);   // Lua's memory error

// coroutine.c, protected.c, require.c: Lua's functions with the scheduler in mind.
int coroutine_open(lua_State *L);
int resume_tracked(clua_vm *vm, lua_State *co, lua_State *from, int arguments, int *results);
int protected_install(lua_State *L);  // into the table on top
int protected_xpcall(lua_State *L);
void drop_handler(lua_State *L, int level);  // for the error that ends the script
int yield_to_be_closed(lua_State *L);  // the value on top, see protected.c
void wait_check(lua_State *L);        // raises where Lua cannot wait
int require_open(lua_State *L);

// load.c
void load_install(lua_State *L);  // into the globals, in the table on top
int load_text(lua_State *L);      // load as a sandbox has it

// output.c
void output_install(lua_State *L);  // into the io library, in the table on top
void print_install(lua_State *L);   // into the globals, in the table on top
void output_warn(void *vm, const char *piece, int continues);  // for lua_setwarnf

// stop.c
void stop_arm(clua_vm *vm, lua_State *L);
bool stop_grace(clua_vm *vm);  // whether clean-ups may go on, of a script that is to stop
void stop_check(lua_State *L);  // raises when the script is to stop; for C functions that run long
// Around whatever runs Lua code on L from outside: says where a hook is to be armed. Calls may be nested.
struct entry { clua_vm *vm; lua_State *running; };
struct entry stop_enter(clua_vm *vm, lua_State *L);
void stop_leave(clua_vm *vm, struct entry outer);
