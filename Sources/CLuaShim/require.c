// `require` whose modules may wait at their top level: Lua's own calls the loader where it cannot yield.
#include "internal.h"

static void find_loader(lua_State *L, const char *name) {
    luaL_Buffer message;
    if (lua_getfield(L, lua_upvalueindex(1), "searchers") != LUA_TTABLE) {
        luaL_error(L, "'package.searchers' must be a table");
    }
    luaL_buffinit(L, &message);
    for (int i = 1;; i++) {
        luaL_addstring(&message, "\n\t");
        if (lua_rawgeti(L, 3, i) == LUA_TNIL) {
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

// Stack: name, LOADED, …, loader data, result
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

static int require_module(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, 2, name);
    if (lua_toboolean(L, -1)) return 1;
    lua_pop(L, 1);
    find_loader(L, name);
    lua_rotate(L, -2, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_callk(L, 2, 1, 0, loaded);
    return loaded(L, LUA_OK, 0);
}

// Expects the table with the searchers on top and replaces it by the function.
int require_open(lua_State *L) {
    lua_pushcclosure(L, require_module, 1);
    return 1;
}
