#include "CLuaBench.h"

#include <lauxlib.h>

static int nothing(lua_State *L) {
    (void)L;
    return 0;
}

static int add(lua_State *L) {
    lua_pushinteger(L, luaL_checkinteger(L, 1) + luaL_checkinteger(L, 2));
    return 1;
}

static int text(lua_State *L) {
    size_t length;
    const char *bytes = luaL_checklstring(L, 1, &length);
    lua_pushlstring(L, bytes, length);
    return 1;
}

void clua_bench_open(lua_State *L) {
    lua_register(L, "c_nothing", nothing);
    lua_register(L, "c_add", add);
    lua_register(L, "c_text", text);
}
