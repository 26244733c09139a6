// load. Lua's own catches what its reader raises, as a pcall does, and with it what ends the script from outside.
#include "internal.h"

#define PIECE 5  // the stack slot that keeps the piece that is being read

static const char *read_piece(lua_State *L, void *context, size_t *size) {
    (void)context;
    luaL_checkstack(L, 2, "too many nested functions");
    stop_check(L);  // for a reader that is a C function: no hook sees it
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        *size = 0;
        return NULL;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
    lua_replace(L, PIECE);
    return lua_tolstring(L, PIECE, size);
}

static int load_chunk(lua_State *L, const char *mode) {
    bool has_environment = !lua_isnone(L, 4);
    bool unwinding = clua_of(L)->unwinding;
    size_t length;
    const char *text = lua_tolstring(L, 1, &length);
    int status;
    if (text) {
        status = luaL_loadbufferx(L, text, length, luaL_optstring(L, 2, text), mode);
    } else {
        const char *name = luaL_optstring(L, 2, "=(load)");
        luaL_checktype(L, 1, LUA_TFUNCTION);
        lua_settop(L, PIECE);
        status = lua_load(L, read_piece, NULL, name, mode);
    }
    clua_of(L)->unwinding = unwinding;
    if (status != LUA_OK) {
        stop_check(L);
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_environment) {
        lua_pushvalue(L, 4);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return 1;
}

static int base_load(lua_State *L) { return load_chunk(L, luaL_optstring(L, 3, "bt")); }

// Source text only: bytecode is not checked, and a forged one can do anything.
int load_text(lua_State *L) {
    const char *mode = luaL_optstring(L, 3, "t");
    luaL_checkany(L, 1);
    if (!strchr(mode, 't')) return luaL_error(L, "a sandbox loads source text only (mode \"t\")");
    if (lua_isstring(L, 1) && lua_isnoneornil(L, 2)) {
        lua_settop(L, lua_gettop(L) < 2 ? 2 : lua_gettop(L));
        lua_pushliteral(L, "=(load)");
        lua_replace(L, 2);
    }
    return load_chunk(L, "t");
}

void load_install(lua_State *L) {
    lua_pushcfunction(L, base_load);
    lua_setfield(L, -2, "load");
}
