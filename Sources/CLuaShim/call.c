// Calls between Lua and Swift. Swift returns a status; only then, with no Swift frame left, C raises or yields.
#include <stdio.h>

#include "internal.h"

static const char FUNCTION_MAGIC = 0;
static const char FUNCTION_META = 0;  // registry: the metatable of function boxes

struct function {
    const void *magic;
    void *box;
    clua_callback call;
};

static int function_gc(lua_State *L) {
    struct function *f = lua_touserdata(L, 1);
    if (f && lua_rawlen(L, 1) == sizeof *f && f->magic == &FUNCTION_MAGIC && f->box) {
        void *box = f->box;
        f->box = NULL;
        clua_of(L)->release(box);
    }
    return 0;
}

static int called(lua_State *L, int status, lua_KContext first) {
    (void)status;
    return lua_gettop(L) - (int)first + 1;
}

static int waited(lua_State *L, int status, lua_KContext context) {
    (void)status, (void)context;
    clua_vm *vm = clua_of(L);
    return finish_call(L, vm->resumed(vm->host, L));
}

static void push_text(lua_State *L, clua_vm *vm) {
    vm->text_pending = false;
    lua_pushlstring(L, vm->text_from, vm->text_length);
}

// The name of the library's function that is running, as scripts write it ("task.sleep"), when the caller gave it none:
// pcall(task.sleep, "x"). Its module is among the loaded ones, as "awscicd.task" or "awscicd.native.task".
static bool library_name(lua_State *L, lua_Debug *frame, char *buffer, size_t size) {
    bool found = false;
    int top = lua_gettop(L);
    if (!lua_checkstack(L, 8)) return false;
    lua_getinfo(L, "f", frame);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushnil(L);
    while (!found && lua_next(L, top + 2)) {
        const char *module = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        if (strncmp(module, "awscicd.", 8) == 0 && lua_istable(L, -1)) {
            module += strncmp(module, "awscicd.native.", 15) == 0 ? 15 : 8;
            lua_pushnil(L);
            while (!found && lua_next(L, top + 4)) {
                if (lua_rawequal(L, -1, top + 1) && lua_type(L, -2) == LUA_TSTRING) {
                    snprintf(buffer, size, "%s.%s", module, lua_tostring(L, -2));
                    found = true;
                }
                lua_pop(L, 1);
            }
            lua_settop(L, top + 4);
        }
        lua_pop(L, 1);
    }
    lua_settop(L, top);
    return found;
}

static int argument_error(lua_State *L, int argument, const char *message) {
    lua_Debug frame;
    char name[96];
    if (lua_getstack(L, 0, &frame)) {
        lua_getinfo(L, "n", &frame);
        if (!frame.name && library_name(L, &frame, name, sizeof name)) {
            return luaL_error(L, "bad argument #%d to '%s' (%s)", argument, name, message);
        }
    }
    return luaL_argerror(L, argument, message);
}

// There is no function that raises the memory error itself; a request that cannot be met does.
void raise_memory(lua_State *L) {
    lua_newuserdatauv(L, (size_t)PTRDIFF_MAX / 2, 0);
    abort();
}

void raise_here(lua_State *L, int status) {
    // Not where the function was called that is running, but where it is.
    if (status == CLUA_RAISE_VALUE) error_position(L, 0);
    finish_call(L, status);
}

int finish_call(lua_State *L, int status) {
    clua_vm *vm = clua_of(L);
    if (status >= 0) {
        if (vm->text_pending) push_text(L, vm);
        return status;
    }
    switch (status) {
    case CLUA_WAIT:
        vm->waiting = true;
        return lua_yieldk(L, 0, 0, waited);
    case CLUA_CALL: {
        if (vm->text_pending) push_text(L, vm);
        int first = lua_gettop(L) - vm->call_arguments;
        lua_callk(L, vm->call_arguments, LUA_MULTRET, first, called);
        return called(L, LUA_OK, first);
    }
    case CLUA_RAISE_ARGUMENT:
        push_text(L, vm);
        return argument_error(L, vm->call_arguments, lua_tostring(L, -1));
    case CLUA_RAISE_VALUE:
        error_position(L, 1);
        return lua_error(L);
    case CLUA_RAISE_MEMORY: raise_memory(L);
    default: {
        char place[LUA_IDSIZE + 16];
        vm->text_pending = false;  // also when there is no memory for what comes in front of it
        if (script_place(L, 1, place, sizeof place)) {
            lua_pushfstring(L, "%s: ", place);
        } else {
            lua_pushliteral(L, "");
        }
        push_text(L, vm);
        lua_concat(L, 2);
        return lua_error(L);
    }
    }
}

static int call_host(lua_State *L) {
    struct function *f = lua_touserdata(L, lua_upvalueindex(1));
    if (!f || f->magic != &FUNCTION_MAGIC || !f->box) return luaL_error(L, "this function's host has gone");
    int status = f->call(f->box, L);
    if (status < 0) return finish_call(L, status);
    clua_vm *vm = clua_of(L);
    if (vm->text_pending) push_text(L, vm);
    return status;
}

static int call_host_waiting(lua_State *L) {
    wait_check(L);
    return call_host(L);
}

struct function_arguments { clua_callback call; void *box; lua_CFunction entry; };

static int push_function_protected(lua_State *L) {
    struct function_arguments *a = lua_touserdata(L, 1);
    struct function *f = lua_newuserdatauv(L, sizeof *f, 0);
    f->magic = &FUNCTION_MAGIC;
    f->box = NULL;
    f->call = a->call;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &FUNCTION_META);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, a->entry, 1);
    clua_of(L)->retain(a->box);
    f->box = a->box;
    return 1;
}

int clua_push_function(lua_State *L, clua_callback call, void *box) {
    struct function_arguments a = { call, box, call_host };
    return protect(L, push_function_protected, &a, 0, 1);
}

int clua_push_waiting_function(lua_State *L, clua_callback call, void *box) {
    struct function_arguments a = { call, box, call_host_waiting };
    return protect(L, push_function_protected, &a, 0, 1);
}

// ---- the host calls Lua ---------------------------------------------------------------------------------------------------

static void keep_traceback(lua_State *L, clua_vm *vm) {
    size_t length;
    luaL_traceback(L, L, NULL, 1);
    const char *text = lua_tolstring(L, -1, &length);
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length + 1);
        free(vm->traceback);
        vm->traceback = copy;
    }
    lua_pop(L, 1);
}

int call_failed(lua_State *L) {
    clua_vm *vm = clua_of(L);
    vm->unwinding = true;
    keep_traceback(L, vm);
    return 1;
}

int clua_pcall(lua_State *L, int arguments, int results) {
    if (!lua_checkstack(L, 4)) {
        lua_settop(L, lua_gettop(L) - arguments - 1);
        return CLUA_NO_STACK;
    }
    clua_vm *vm = clua_of(L);
    bool unwinding = vm->unwinding;
    int handler = lua_gettop(L) - arguments;
    lua_pushcfunction(L, call_failed);
    lua_insert(L, handler);
    struct entry outer = stop_enter(vm, L);
    int status = lua_pcall(L, arguments, results, handler);
    stop_leave(vm, outer);
    vm->unwinding = unwinding;
    lua_remove(L, handler);
    return status;
}

struct chunk { const void *bytes; size_t length; const char *name, *mode; bool own_environment; };

static int load_protected(lua_State *L) {
    struct chunk *c = lua_touserdata(L, 1);
    int status = luaL_loadbufferx(L, c->bytes, c->length, c->name, c->mode);
    if (status != LUA_OK) return lua_error(L);
    if (c->own_environment) {
        // Globals of its own that read through to the shared ones.
        lua_newtable(L);
        lua_createtable(L, 0, 1);
        lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
        lua_setfield(L, -2, "__index");
        lua_setmetatable(L, -2);
        lua_setupvalue(L, -2, 1);
    }
    return 1;
}

int clua_load(lua_State *L, const void *bytes, size_t length, const char *name, const char *mode, bool own_environment) {
    struct chunk c = { bytes, length, name, mode, own_environment };
    int status = protect(L, load_protected, &c, 0, 1);
    return status == LUA_ERRRUN ? LUA_ERRSYNTAX : status;
}

void calls_open(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, function_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &FUNCTION_META);
}

struct trace { lua_State *of; const char *message; };

static int traceback_protected(lua_State *L) {
    struct trace *t = lua_touserdata(L, 1);
    luaL_traceback(L, t->of, t->message, t->of == L ? 1 : 0);
    return 1;
}

int clua_traceback(lua_State *L, lua_State *of, const char *message) {
    struct trace t = { of, message };
    return protect(L, traceback_protected, &t, 0, 1);
}
