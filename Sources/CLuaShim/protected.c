// pcall and xpcall, and where Lua cannot wait.
//
// They differ from Lua's in two ways. They note that an error is on its way (`unwinding`), so that what waits in a
// `__close` handler is known to be a clean-up; and they do not catch what ends the script from outside.
#include <stdio.h>

#include "internal.h"

static int note_error(lua_State *L) {
    clua_of(L)->unwinding = true;
    return 1;
}

// `unwinding` is what it was when the call began: true inside a clean-up.
static int protected_done(lua_State *L, int status, int first, bool unwinding) {
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - first;
    clua_vm *vm = clua_of(L);
    if (vm->final || (stop_reason(vm) && !unwinding)) return lua_error(L);
    vm->unwinding = unwinding;
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int pcall_done(lua_State *L, int status, lua_KContext unwinding) {
    return protected_done(L, status, 1, unwinding != 0);
}

static int xpcall_done(lua_State *L, int status, lua_KContext unwinding) {
    return protected_done(L, status, 2, unwinding != 0);
}

static int base_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    bool unwinding = clua_of(L)->unwinding;
    lua_pushcfunction(L, note_error);
    lua_pushboolean(L, 1);
    lua_rotate(L, 1, 2);  // handler, true, function, arguments
    int status = lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 1, unwinding, pcall_done);
    return pcall_done(L, status, unwinding);
}

int protected_xpcall(lua_State *L) {
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    bool unwinding = clua_of(L)->unwinding;
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);  // function, handler, true, function, arguments
    int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, unwinding, xpcall_done);
    return xpcall_done(L, status, unwinding);
}

int protected_install(lua_State *L) {
    lua_pushcfunction(L, base_pcall);
    lua_setfield(L, -2, "pcall");
    lua_pushcfunction(L, protected_xpcall);
    lua_setfield(L, -2, "xpcall");
    return 0;
}

// ---- where Lua cannot wait ----------------------------------------------------------------------------------------------------

static const char *place_name(const char *function) {
    static const char *const names[][2] = { { "sort", "a table.sort comparator" }, { "gsub", "a string.gsub callback" },
        { "load", "a reader function of load" }, { "tostring", "__tostring" }, { "print", "__tostring" },
        { "concat", "a metamethod called by a library function" },
        { "error", "a message handler of xpcall" }, { "__gc", "__gc" }, { "gc", "__gc" },
        { "collectgarbage", "__gc" }, { NULL, NULL } };
    for (int i = 0; names[i][0]; i++) {
        if (strcmp(names[i][0], function) == 0) return names[i][1];
    }
    return NULL;
}

void clua_obstacle(lua_State *L, char *buffer, size_t size) {
    clua_vm *vm = clua_of(L);
    lua_State *at = lua_isyieldable(L) && vm->blocked ? vm->blocked : L;
    if (at == vm->main) {
        snprintf(buffer, size, "outside a task");
        return;
    }
    if (vm->closing && at == vm->closing) {
        snprintf(buffer, size, "inside a __close handler run by coroutine.close");
        return;
    }
    lua_Debug frame;
    const char *last = NULL;
    for (int level = at == L ? 1 : 0; lua_getstack(at, level, &frame); level++) {
        lua_getinfo(at, "Sn", &frame);
        if (frame.namewhat && strcmp(frame.namewhat, "metamethod") == 0 && frame.name && strcmp(frame.name, "gc") == 0) {
            last = "__gc";
            break;
        }
        if (strcmp(frame.what, "C") != 0 || !frame.name) continue;
        if (strcmp(frame.name, "pcall") == 0 || strcmp(frame.name, "xpcall") == 0) continue;
        const char *known = place_name(frame.name);
        if (known) {
            snprintf(buffer, size, "inside %s", known);
            return;
        }
        if (!last) last = frame.name;
    }
    if (last && strcmp(last, "__gc") == 0) {
        snprintf(buffer, size, "inside __gc");
    } else if (last) {
        snprintf(buffer, size, "inside a function that the C function '%s' called", last);
    } else {
        snprintf(buffer, size, "inside a function that a C function called");
    }
}

void wait_check(lua_State *L) {
    clua_vm *vm = clua_of(L);
    if (lua_isyieldable(L) && !vm->blocked) return;
    char place[160];
    clua_obstacle(L, place, sizeof place);
    luaL_error(L, "cannot wait %s: Lua cannot suspend there; collect what it needs first, or wait after it", place);
}

// True when one of the frames is a `__close` handler that a block called on its ordinary way out.
bool clua_in_close(lua_State *L) {
    lua_Debug frame;
    for (int level = 0; level < 200 && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "n", &frame);
        if (frame.namewhat && strcmp(frame.namewhat, "metamethod") == 0 && frame.name && strcmp(frame.name, "close") == 0)
            return true;
    }
    return false;
}

// The nearest Lua code that is not part of the runtime's own library, whose chunks are named "=awscicd.NAME".
bool clua_where(lua_State *L, int level, char *buffer, size_t size) {
    lua_Debug frame;
    for (; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0 && strncmp(frame.source, "=awscicd.", 9) != 0) {
            snprintf(buffer, size, "%s:%d", frame.short_src, frame.currentline);
            return true;
        }
    }
    return false;
}

bool script_place(lua_State *L, int level, char *buffer, size_t size) { return clua_where(L, level, buffer, size); }
