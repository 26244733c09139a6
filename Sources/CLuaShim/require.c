// `require` whose modules may wait at their top level: Lua's own calls the loader where it cannot yield. A module is loaded
// once, also when several tasks ask for it while it waits: the later ones wait for the first.
#include "internal.h"

static const char PACKAGE = 0;  // registry: the table with the searchers
static const char LOADING = 0;  // registry: by module that is being loaded, the task that loads it

static void find_loader(lua_State *L, const char *name) {
    luaL_Buffer message;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &PACKAGE);
    if (lua_getfield(L, -1, "searchers") != LUA_TTABLE) {
        luaL_error(L, "'package.searchers' must be a table");
    }
    lua_remove(L, -2);
    int searchers = lua_gettop(L);
    luaL_buffinit(L, &message);
    for (int i = 1;; i++) {
        luaL_addstring(&message, "\n\t");
        if (lua_rawgeti(L, searchers, i) == LUA_TNIL) {
            lua_pop(L, 1);
            luaL_buffsub(&message, 2);
            luaL_pushresult(&message);
            luaL_error(L, "module '%s' not found:%s", name, lua_tostring(L, -1));
        }
        lua_pushstring(L, name);
        lua_call(L, 1, 2);
        if (lua_isfunction(L, -2)) return;
        if (lua_isstring(L, -2)) {
            lua_pop(L, 1);
            luaL_addvalue(&message);
        } else {
            lua_pop(L, 2);
            luaL_buffsub(&message, 2);
        }
    }
}

// ---- one task at a time -----------------------------------------------------------------------------------------------------

// The __close of what `begin_loading` leaves on the stack: also when the loader raises.
static int end_loading(lua_State *L) {
    clua_vm *vm = clua_of(L);
    lua_rawgeti(L, 1, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADING);
    lua_pushvalue(L, -2);
    lua_pushnil(L);
    lua_rawset(L, -3);
    if (vm->module_done) vm->module_done(vm->host, lua_tostring(L, -2));
    return 0;
}

static void begin_loading(lua_State *L, clua_vm *vm) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADING);
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_rawgeti(L, -2, 1);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, vm->task);
    lua_rawset(L, -4);
    lua_remove(L, -2);
    lua_toclose(L, -1);
}

// Which of the modules that this task is loading wants which: "a, b".
static void push_cycle(lua_State *L, clua_vm *vm) {
    int parts = 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADING);
    int loading = lua_gettop(L);
    luaL_checkstack(L, 8, "modules");
    lua_pushliteral(L, "");
    lua_pushnil(L);
    while (lua_next(L, loading)) {
        if (lua_islightuserdata(L, -1) && lua_touserdata(L, -1) == vm->task) {
            lua_pushvalue(L, loading + 1);
            lua_pushstring(L, parts++ ? ", " : "");
            lua_pushvalue(L, -4);
            lua_concat(L, 3);
            lua_replace(L, loading + 1);
        }
        lua_pop(L, 1);
    }
    lua_remove(L, loading);
}

// ---- require ----------------------------------------------------------------------------------------------------------------

// Stack: name, LOADED, what ends the loading, …, loader data, result
static int loaded(lua_State *L, int status, lua_KContext context) {
    (void)status, (void)context;
    const char *name = lua_tostring(L, 1);
    if (!lua_isnil(L, -1)) {
        lua_setfield(L, 2, name);
    } else {
        lua_pop(L, 1);
    }
    if (lua_getfield(L, 2, name) == LUA_TNIL) {
        lua_pushboolean(L, 1);
        lua_copy(L, -1, -2);
        lua_setfield(L, 2, name);
    }
    lua_rotate(L, -2, 1);
    return 2;
}

static int require_settled(lua_State *L);

static int waited(lua_State *L, int status, lua_KContext context) {
    (void)status, (void)context;
    clua_vm *vm = clua_of(L);
    status = vm->resumed(vm->host, L);
    if (status < 0) return finish_call(L, status);
    lua_settop(L, 2);
    return require_settled(L);
}

// Stack: name, LOADED
static int require_settled(lua_State *L) {
    clua_vm *vm = clua_of(L);
    const char *name = lua_tostring(L, 1);
    lua_getfield(L, 2, name);
    if (lua_toboolean(L, -1)) return 1;
    lua_pop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &LOADING);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, -2) != LUA_TNIL) {
        if (lua_touserdata(L, -1) == vm->task) {
            push_cycle(L, vm);
            return luaL_error(L, "module '%s' is being loaded already: modules that require each other (%s)", name,
                lua_tostring(L, -1));
        }
        wait_check(L);
        lua_settop(L, 2);
        int status = vm->module_wait(vm->host, L, name);
        if (status != CLUA_WAIT) return finish_call(L, status);
        vm->waiting = true;
        return lua_yieldk(L, 0, 0, waited);
    }
    lua_settop(L, 2);
    begin_loading(L, vm);
    find_loader(L, name);
    lua_rotate(L, -2, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_callk(L, 2, 1, 0, loaded);
    return loaded(L, LUA_OK, 0);
}

static int require_module(lua_State *L) {
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    return require_settled(L);
}

// Replaces the table with the searchers, on top, by the function.
int require_open(lua_State *L) {
    lua_rawsetp(L, LUA_REGISTRYINDEX, &PACKAGE);
    lua_createtable(L, 1, 4);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, end_loading);
    lua_setfield(L, -2, "__close");
    lua_rawseti(L, -2, 1);  // no module's name is a number
    lua_rawsetp(L, LUA_REGISTRYINDEX, &LOADING);
    lua_pushcfunction(L, require_module);
    return 1;
}

static int push_searchers_protected(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &PACKAGE);
    lua_getfield(L, -1, "searchers");
    return 1;
}

int clua_push_searchers(lua_State *L) { return protect(L, push_searchers_protected, NULL, 0, 1); }
