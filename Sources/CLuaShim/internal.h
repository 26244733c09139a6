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
#define MARK_ALL 63u

static inline unsigned mark_get(lua_State *L) { return (unsigned)(*(uintptr_t *)lua_getextraspace(L) & MARK_ALL); }
static inline void mark_set(lua_State *L, unsigned mark) { *(uintptr_t *)lua_getextraspace(L) |= mark; }
static inline void mark_clear(lua_State *L, unsigned mark) { *(uintptr_t *)lua_getextraspace(L) &= ~(uintptr_t)mark; }

static inline int stop_reason(clua_vm *vm) { return __atomic_load_n(&vm->stop, __ATOMIC_RELAXED); }

// Runs `f` in protected mode with a light userdata as its first argument and the top `count` values after it.
int protect(lua_State *L, lua_CFunction f, void *arguments, int count, int results);

// memory.c
void *memory_allocate(void *vm, void *block, size_t old_size, size_t new_size);

// object.c
void objects_open(lua_State *L);
int error_position(lua_State *L);
bool script_place(lua_State *L, char *buffer, size_t size);

// call.c
void calls_open(lua_State *L);
int call_failed(lua_State *L);               // the message handler of everything that the host runs
int finish_call(lua_State *L, int status);  // raises what Swift left behind, or returns the number of results

// coroutine.c, protected.c, require.c: Lua's functions with the scheduler in mind.
int coroutine_open(lua_State *L);
int resume_tracked(clua_vm *vm, lua_State *co, lua_State *from, int arguments, int *results);
int protected_install(lua_State *L);  // into the table on top
void wait_check(lua_State *L);        // raises where Lua cannot wait
int require_open(lua_State *L);

// stop.c
void stop_arm(clua_vm *vm, lua_State *L);
void stop_enter(clua_vm *vm);
void stop_leave(void);
