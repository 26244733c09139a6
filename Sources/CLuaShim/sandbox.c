// The sandbox profile: the allow-list of what a shared script may reach. Nothing is ever deleted from a full set. Where
// Lua's own function could run for ever, or use memory, without any hook or limit seeing it, limited.c has another.
#include "limited.h"

static const char *const base_names[] = { "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print",
    "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "warn", "xpcall",
    "_VERSION", NULL };
static const char *const string_names[] = { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match",
    "pack", "packsize", "rep", "reverse", "sub", "unpack", "upper", NULL };
static const char *const table_names[] = { "concat", "insert", "move", "pack", "remove", "sort", "unpack", NULL };
static const char *const math_names[] = { "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge",
    "log", "max", "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan",
    "tointeger", "type", "ult", NULL };
static const char *const utf8_names[] = { "char", "charpattern", "codepoint", "codes", "len", "offset", NULL };
static const char *const os_names[] = { "clock", "date", "difftime", "time", NULL };
static const char *const coroutine_names[] = { "close", "create", "isyieldable", "resume", "running", "status", "wrap",
    "yield", NULL };
static const char *const debug_names[] = { "traceback", NULL };

// ---- the environment --------------------------------------------------------------------------------------------------------

static int locked_newindex(lua_State *L) {
    return luaL_error(L, "Lua's libraries and the runtime's modules cannot be changed in a sandbox");
}

// rawset passes metatables by: what it wrote into a proxy would stand in front of the library.
static int locked_rawset(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    if (lua_getmetatable(L, 1)) {
        lua_pushliteral(L, "__newindex");
        lua_rawget(L, -2);
        if (lua_tocfunction(L, -1) == locked_newindex) return locked_newindex(L);
        lua_settop(L, 3);
    }
    lua_rawset(L, 1);
    return 1;
}

static int locked_next(lua_State *L) {
    lua_settop(L, 2);
    return lua_next(L, 1) ? 2 : (lua_pushnil(L), 1);
}

// pairs over a proxy goes over what it stands for.
static int locked_pairs(lua_State *L) {
    if (luaL_getmetafield(L, lua_upvalueindex(1), "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_call(L, 1, 3);
        return 3;
    }
    lua_pushcfunction(L, locked_next);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, lua_upvalueindex(1))) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    lua_pushnil(L);
    return 3;
}

// Pops a table, and makes the one below it a proxy of it: one that reads it and refuses what is written.
static void lock_below(lua_State *L) {
    static const char *const kept[] = { "__call", "__name", "__tostring", NULL };
    lua_createtable(L, 0, 7);
    for (const char *const *name = kept; *name; name++) {
        if (luaL_getmetafield(L, -2, *name) != LUA_TNIL) lua_setfield(L, -2, *name);
    }
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, locked_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, locked_pairs, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushliteral(L, "locked");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -3);
    lua_pop(L, 1);
}

// Replaces the table on top by a proxy of it.
static void lock(lua_State *L) {
    lua_newtable(L);
    lua_insert(L, -2);
    lock_below(L);
}

static int lock_table(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lock(L);
    return 1;
}

static int push_lock_protected(lua_State *L) {
    lua_pushcfunction(L, lock_table);
    return 1;
}

int clua_push_lock(lua_State *L) { return protect(L, push_lock_protected, NULL, 0, 1); }

// Copies the named fields of the table at `from` into the table on top.
static void copy(lua_State *L, int from, const char *const *names) {
    for (; *names; names++) {
        lua_getfield(L, from, *names);
        lua_setfield(L, -2, *names);
    }
}

static void open_library(lua_State *L, int globals, const char *name, lua_CFunction open, const char *const *names) {
    luaL_requiref(L, name, open, 0);
    int library = lua_gettop(L);
    lua_newtable(L);
    copy(L, library, names);
    if (strcmp(name, "string") == 0) {
        limited_string(L);
        // Methods of strings come from here too, and their metatable cannot be reached.
        lua_pushliteral(L, "");
        lua_getmetatable(L, -1);
        lua_pushvalue(L, -3);
        lua_setfield(L, -2, "__index");
        lua_pushliteral(L, "string");
        lua_setfield(L, -2, "__metatable");
        lua_pop(L, 2);
    } else if (strcmp(name, "utf8") == 0) {
        limited_utf8(L);
    } else if (strcmp(name, "table") == 0) {
        limited_table(L);
    }
    lock(L);
    lua_setfield(L, globals, name);
    lua_pop(L, 1);
}

static int sandbox_protected(lua_State *L) {
    // Lua's base library goes to a table that no script sees; the globals get what is allowed.
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    luaL_requiref(L, LUA_GNAME, luaopen_base, 0);
    protected_install(L);
    print_install(L);
    int base = lua_gettop(L);
    lua_newtable(L);
    int globals = lua_gettop(L);
    copy(L, base, base_names);
    limited_base(L);
    lua_pushcfunction(L, locked_rawset);
    lua_setfield(L, globals, "rawset");
    lua_pushvalue(L, globals);
    lua_setfield(L, globals, LUA_GNAME);
    open_library(L, globals, LUA_STRLIBNAME, luaopen_string, string_names);
    open_library(L, globals, LUA_TABLIBNAME, luaopen_table, table_names);
    open_library(L, globals, LUA_MATHLIBNAME, luaopen_math, math_names);
    open_library(L, globals, LUA_UTF8LIBNAME, luaopen_utf8, utf8_names);
    open_library(L, globals, LUA_COLIBNAME, coroutine_open, coroutine_names);
    open_library(L, globals, LUA_DBLIBNAME, luaopen_debug, debug_names);
    // os is locked by stdlib/loader.lua, when the host has added its own functions to it.
    luaL_requiref(L, LUA_OSLIBNAME, luaopen_os, 0);
    int os = lua_gettop(L);
    lua_newtable(L);
    copy(L, os, os_names);
    lua_setfield(L, globals, LUA_OSLIBNAME);
    lua_pop(L, 1);
    // The mark of sequences, which getmetatable gives: it has no fields, and gets none.
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->array_reference);
    lua_newtable(L);
    lock_below(L);
    lua_pop(L, 1);
    // What was loaded is not found by anyone any more.
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_createtable(L, 0, 1);
    lua_newtable(L);
    lua_setfield(L, -2, "searchers");
    require_open(L);
    lua_setfield(L, globals, "require");
    // The new globals take the place of the old ones for every chunk that is loaded from now on.
    lua_pushvalue(L, globals);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    return 0;
}

int clua_open_sandbox(lua_State *L) { return protect(L, sandbox_protected, NULL, 0, 0); }
