// The trusted profile: all of Lua's libraries. The sandbox is in sandbox.c.
#include "internal.h"

static int trusted_protected(lua_State *L) {
    luaL_openlibs(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    protected_install(L);
    load_install(L);
    print_install(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    coroutine_open(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, LUA_COLIBNAME);
    lua_setfield(L, -3, LUA_COLIBNAME);
    lua_getfield(L, -1, LUA_LOADLIBNAME);
    require_open(L);
    lua_setfield(L, -3, "require");
    lua_getfield(L, -1, LUA_IOLIBNAME);
    output_install(L);
    lua_pop(L, 1);
    return 0;
}

int clua_open_trusted(lua_State *L) { return protect(L, trusted_protected, NULL, 0, 0); }
