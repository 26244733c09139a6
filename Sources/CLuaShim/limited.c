// What one call of a C function may take in a sandbox: no hook can stop it before it returns.
#include "limited.h"
#include "pattern.h"

#define MAXIMUM_REPEAT (64u << 20)   // bytes that string.rep makes
#define MAXIMUM_SUBJECT (64u << 20)  // bytes that a function of utf8 reads
#define MAXIMUM_ITEMS (16u << 20)    // items that a function of table goes over
#define LONG_SORT 100000             // items from which table.sort looks at the stop flag

// Calls the function in the first upvalue with all arguments. What runs long in C may have been called by what does so
// too (table.move with table.concat as the table's __index): each call looks whether the script is to stop.
static int pass_on(lua_State *L) {
    stop_check(L);
    int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, LUA_MULTRET);
    return lua_gettop(L);
}

// Replaces a field of the table on top by a closure over it.
static void limit(lua_State *L, const char *name, lua_CFunction f) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, f, 1);
    lua_setfield(L, -2, name);
}

// ---- string and utf8 ------------------------------------------------------------------------------------------------------

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
    return pass_on(L);
}

void limited_string(lua_State *L) {
    limit(L, "rep", limited_rep);
    pattern_install(L);
}

// utf8.len and utf8.codes: over a bounded string.
static int limited_subject(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    if (length > MAXIMUM_SUBJECT) return luaL_error(L, "the string is too long for a sandbox");
    return pass_on(L);
}

void limited_utf8(lua_State *L) {
    limit(L, "len", limited_subject);
    limit(L, "codes", limited_subject);
}

// ---- table ----------------------------------------------------------------------------------------------------------------

// insert, remove, sort and concat go over as many items as the table says it has: a __len that says 1e15 would
// keep the thread for years. It cannot be asked first, since it may answer something else the second time.
static int limited_length(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL) {
        return luaL_error(L, "a sandbox does not do this to a table with __len: its length cannot be trusted");
    }
    return pass_on(L);
}

static int compare(lua_State *L) {
    stop_check(L);
    lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPLT));
    return 1;
}

// sort: a long one without a function to compare with is given one, between whose calls it can be ended.
static int limited_sort(lua_State *L) {
    if (lua_istable(L, 1) && lua_isnoneornil(L, 2) && lua_rawlen(L, 1) > LONG_SORT) {
        lua_settop(L, 1);
        lua_pushcfunction(L, compare);
    }
    return limited_length(L);
}

static void check_range(lua_State *L, lua_Integer first, lua_Integer last) {
    if (last >= first && (lua_Unsigned)last - (lua_Unsigned)first >= MAXIMUM_ITEMS) {
        luaL_error(L, "too many items for one call in a sandbox (at most %d)", (int)MAXIMUM_ITEMS);
    }
}

static int limited_move(lua_State *L) {
    check_range(L, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3));
    return pass_on(L);
}

static int limited_concat(lua_State *L) {
    if (!lua_isnoneornil(L, 4)) check_range(L, luaL_optinteger(L, 3, 1), luaL_checkinteger(L, 4));
    return lua_isnoneornil(L, 4) ? limited_length(L) : pass_on(L);
}

void limited_table(lua_State *L) {
    limit(L, "insert", limited_length);
    limit(L, "remove", limited_length);
    limit(L, "sort", limited_sort);
    limit(L, "unpack", pass_on);  // the stack bounds it
    limit(L, "move", limited_move);
    limit(L, "concat", limited_concat);
}

// ---- base -----------------------------------------------------------------------------------------------------------------

// setmetatable: without __gc, which runs where no hook and no limit reach.
static int limited_setmetatable(lua_State *L) {
    if (lua_type(L, 2) == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "a sandbox does not allow __gc");
        lua_pop(L, 1);
    }
    return pass_on(L);
}

// collectgarbage: only asking how much memory is in use, and collecting.
static int limited_collectgarbage(lua_State *L) {
    stop_check(L);
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

// A message handler that does not run for the error that ends the script: that is raised in a hook, and while the handler
// runs there no further hook does, so that one which loops could not be ended.
static int guarded_handler(lua_State *L) {
    if (stop_reason(clua_of(L))) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int limited_xpcall(lua_State *L) {
    if (lua_type(L, 2) == LUA_TFUNCTION && !lua_iscfunction(L, 2)) {
        lua_pushvalue(L, 2);
        lua_pushcclosure(L, guarded_handler, 1);
        lua_replace(L, 2);
    }
    return protected_xpcall(L);
}

void limited_base(lua_State *L) {
    lua_pushcfunction(L, load_text);
    lua_setfield(L, -2, "load");
    limit(L, "setmetatable", limited_setmetatable);
    lua_pushcfunction(L, limited_collectgarbage);
    lua_setfield(L, -2, "collectgarbage");
    lua_pushcfunction(L, limited_xpcall);
    lua_setfield(L, -2, "xpcall");
}
