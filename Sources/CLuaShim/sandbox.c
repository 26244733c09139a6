// The sandbox profile: the allow-list of what a shared script may reach, and replacements where Lua's own function could
// run for ever or use memory without any hook or limit seeing it. Nothing is ever deleted from a full set.
#include <stdio.h>

#include "internal.h"

// Calls of a C function that no hook can stop are bounded by this much work.
#define MAXIMUM_REPEAT (64u << 20)   // bytes that string.rep makes
#define MAXIMUM_SUBJECT (64u << 20)  // bytes that a function of utf8 reads
#define MAXIMUM_WORK 2e10            // steps of a pattern's matching in the worst case: about a minute

struct allowed { const char *library; const char *const *names; };

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

// ---- replacements ----------------------------------------------------------------------------------------------------------

// string.rep: an empty string repeated 1e18 times takes no memory and for ever.
static int limited_rep(lua_State *L) {
    size_t length, separator = 0;
    luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    if (lua_type(L, 3) == LUA_TSTRING) lua_tolstring(L, 3, &separator);
    if (count > 0 && (length + separator == 0)) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (count > 0 && (lua_Unsigned)count > MAXIMUM_REPEAT / (length + separator)) {
        return luaL_error(L, "resulting string too large (at most %d MB in a sandbox)", (int)(MAXIMUM_REPEAT >> 20));
    }
    int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, 1);
    return 1;
}

// The work that matching may take in the worst case: every repeated item (`*`, `+`, `-`, `%b`, a back reference) can be
// tried at every length, in order, and so can the start when the pattern is not anchored; every `?` doubles the rest. A
// repeated item at the very end is never taken back.
static double pattern_work(const char *pattern, size_t length, double subject) {
    const char *end = pattern + length;
    bool anchored = length > 0 && *pattern == '^';
    const char *at = pattern + (anchored ? 1 : 0);
    int repeats = 0;
    double optional = 1;
    while (at < end) {
        // One item: a character, a class (`%a`) or a set.
        if (*at == '%' && at + 1 < end) {
            if (at[1] == 'b' || (at[1] >= '0' && at[1] <= '9')) repeats++;
            at += at[1] == 'b' ? 4 : 2;
        } else if (*at == '[') {
            at++;
            if (at < end && *at == '^') at++;
            do {
                if (at < end && *at == '%') at++;
                at++;
            } while (at < end && *at != ']');
            at++;
        } else {
            at++;
        }
        if (at >= end) break;
        if (*at == '?') optional *= 2;
        if ((*at == '*' || *at == '+' || *at == '-') && at + 1 < end) repeats++;
        if (*at == '?' || *at == '*' || *at == '+' || *at == '-') at++;
    }
    if (!anchored && (repeats > 0 || optional > 1)) repeats++;
    double work = optional;
    for (int i = 1; i <= repeats; i++) work *= subject / i < 1 ? 1 : subject / i;
    return work;
}

// find, match, gmatch, gsub: matching backtracks where no hook can end it, so what could take too long is refused.
static int limited_pattern(lua_State *L) {
    size_t length, pattern_length;
    luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    bool plain = lua_toboolean(L, lua_upvalueindex(2)) && lua_toboolean(L, 4);
    if (!plain && pattern_work(pattern, pattern_length, (double)length + 1) > MAXIMUM_WORK) {
        return luaL_error(L, "this pattern could take too long on %d bytes: a sandbox refuses it", (int)length);
    }
    int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, LUA_MULTRET);
    return lua_gettop(L);
}

// load: source text only, and globals are the sandbox's unless the script gives its own.
static int limited_load(lua_State *L) {
    int arguments = lua_gettop(L);
    luaL_checkany(L, 1);
    if (!lua_isnoneornil(L, 3)) {
        const char *mode = luaL_checkstring(L, 3);
        if (!strchr(mode, 't')) return luaL_error(L, "a sandbox loads source text only (mode \"t\")");
    }
    lua_settop(L, arguments < 4 ? 3 : 4);
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    if (lua_isnil(L, 2)) {
        lua_pushliteral(L, "=(load)");
        lua_replace(L, 2);
    }
    int count = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, count, LUA_MULTRET);
    return lua_gettop(L);
}

// setmetatable: without __gc, which runs where no hook and no limit reach.
static int limited_setmetatable(lua_State *L) {
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "a sandbox does not allow __gc");
        lua_pop(L, 1);
    }
    int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, 1);
    return 1;
}

// collectgarbage: only asking how much memory is in use, and collecting.
static int limited_collectgarbage(lua_State *L) {
    const char *option = luaL_optstring(L, 1, "collect");
    if (strcmp(option, "count") == 0) {
        lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
        return 1;
    }
    if (strcmp(option, "collect") == 0) {
        lua_pushinteger(L, lua_gc(L, LUA_GCCOLLECT));
        return 1;
    }
    return luaL_error(L, "a sandbox allows collectgarbage(\"collect\") and (\"count\") only");
}

// utf8.len and utf8.codes: over a bounded string.
static int limited_subject(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    if (length > MAXIMUM_SUBJECT) return luaL_error(L, "the string is too long for a sandbox");
    int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, LUA_MULTRET);
    return lua_gettop(L);
}

// Replaces a field of the table on top by a closure over it.
static void limit(lua_State *L, const char *name, lua_CFunction f, bool flag) {
    lua_getfield(L, -1, name);
    lua_pushboolean(L, flag);
    lua_pushcclosure(L, f, 2);
    lua_setfield(L, -2, name);
}

// ---- the environment --------------------------------------------------------------------------------------------------------

static int locked_newindex(lua_State *L) {
    return luaL_error(L, "the standard libraries cannot be changed in a sandbox");
}

static int locked_next(lua_State *L) {
    lua_settop(L, 2);
    return lua_next(L, 1) ? 2 : (lua_pushnil(L), 1);
}

// pairs over a proxy goes over what it stands for.
static int locked_pairs(lua_State *L) {
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

// Replaces the table on top by a proxy that reads it.
static void lock(lua_State *L) {
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, locked_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, locked_pairs, 1);
    lua_setfield(L, -2, "__pairs");
    lua_pushliteral(L, "locked");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

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
        limit(L, "rep", limited_rep, false);
        limit(L, "find", limited_pattern, true);
        limit(L, "match", limited_pattern, false);
        limit(L, "gmatch", limited_pattern, false);
        limit(L, "gsub", limited_pattern, false);
        // Methods of strings come from here too, and their metatable cannot be reached.
        lua_pushliteral(L, "");
        lua_getmetatable(L, -1);
        lua_pushvalue(L, -3);
        lua_setfield(L, -2, "__index");
        lua_pushliteral(L, "string");
        lua_setfield(L, -2, "__metatable");
        lua_pop(L, 2);
    } else if (strcmp(name, "utf8") == 0) {
        limit(L, "len", limited_subject, false);
        limit(L, "codes", limited_subject, false);
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
    int base = lua_gettop(L);
    lua_newtable(L);
    int globals = lua_gettop(L);
    copy(L, base, base_names);
    lua_getfield(L, base, "load");
    lua_pushcclosure(L, limited_load, 1);
    lua_setfield(L, globals, "load");
    limit(L, "setmetatable", limited_setmetatable, false);
    lua_pushcfunction(L, limited_collectgarbage);
    lua_setfield(L, globals, "collectgarbage");
    lua_pushvalue(L, globals);
    lua_setfield(L, globals, LUA_GNAME);
    open_library(L, globals, LUA_STRLIBNAME, luaopen_string, string_names);
    open_library(L, globals, LUA_TABLIBNAME, luaopen_table, table_names);
    open_library(L, globals, LUA_MATHLIBNAME, luaopen_math, math_names);
    open_library(L, globals, LUA_UTF8LIBNAME, luaopen_utf8, utf8_names);
    open_library(L, globals, LUA_COLIBNAME, coroutine_open, coroutine_names);
    open_library(L, globals, LUA_DBLIBNAME, luaopen_debug, debug_names);
    // os is not locked: the host adds its own functions to it.
    luaL_requiref(L, LUA_OSLIBNAME, luaopen_os, 0);
    int os = lua_gettop(L);
    lua_newtable(L);
    copy(L, os, os_names);
    lua_setfield(L, globals, LUA_OSLIBNAME);
    lua_pop(L, 1);
    // What was loaded is not found by anyone any more.
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    // The new globals take the place of the old ones for every chunk that is loaded from now on.
    lua_pushvalue(L, globals);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    return 0;
}

int clua_open_sandbox(lua_State *L) { return protect(L, sandbox_protected, NULL, 0, 0); }
