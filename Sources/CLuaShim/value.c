// Strings, tables and references from the host's side: what can raise runs in protected mode.
#include <stdio.h>

#include "internal.h"

const char *clua_string(lua_State *L, int index, size_t *length) {
    // lua_tolstring changes numbers into strings and so can raise; of a string it only reads.
    return lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, length) : NULL;
}

bool clua_grow_text(clua_vm *vm, size_t length) {
    size_t capacity = length + 1 < 256 ? 256 : length + 1 + length / 2;
    char *text = realloc(vm->text, capacity);
    if (!text) return false;
    vm->text = text;
    vm->text_capacity = capacity;
    return true;
}

// protect() for what may call metamethods of a script.
static int protect_script(lua_State *L, lua_CFunction f, void *arguments, int count, int results) {
    clua_vm *vm = clua_of(L);
    bool unwinding = vm->unwinding;
    struct entry outer = stop_enter(vm, L);
    int status = protect(L, f, arguments, count, results);
    stop_leave(vm, outer);
    vm->unwinding = unwinding;
    return status;
}

static int tostring_protected(lua_State *L) {
    size_t length;
    const char *text = luaL_tolstring(L, 2, &length);
    char *buffer = clua_text(clua_of(L), length);
    if (!buffer) raise_memory(L);
    memcpy(buffer, text, length);
    return 0;
}

int clua_tostring(lua_State *L, int index) {
    if (!lua_checkstack(L, 2)) return CLUA_NO_STACK;
    lua_pushvalue(L, index);
    return protect_script(L, tostring_protected, NULL, 1, 0);
}

bool clua_has_tostring(lua_State *L, int index) {
    if (!lua_checkstack(L, 3) || !lua_getmetatable(L, index)) return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->tostring_reference);
    bool found = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return found;
}

void clua_free_traceback(clua_vm *vm) {
    free(vm->traceback);
    vm->traceback = NULL;
}

struct bytes { const void *bytes; size_t length; };

static int push_string_protected(lua_State *L) {
    struct bytes *b = lua_touserdata(L, 1);
    lua_pushlstring(L, b->bytes, b->length);
    return 1;
}

int clua_push_string(lua_State *L, const void *bytes, size_t length) {
    struct bytes b = { bytes, length };
    return protect(L, push_string_protected, &b, 0, 1);
}

const char *clua_type_name(int type) {
    static const char *const names[] = { "no value", "nil", "boolean", "userdata", "number", "string", "table",
        "function", "userdata", "thread" };
    return type >= -1 && type <= 8 ? names[type + 1] : "?";
}

void clua_describe(lua_State *L, int index, char *buffer, size_t size) {
    const char *name = clua_type_name(lua_type(L, index));
    index = lua_absindex(L, index);
    if (lua_checkstack(L, 3) && lua_getmetatable(L, index)) {
        // A raw look-up by iteration: pushing the key "__name" could raise.
        int table = lua_gettop(L);
        lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->name_reference);
        if (lua_rawget(L, table) == LUA_TSTRING) name = lua_tostring(L, -1);
        snprintf(buffer, size, "%s", name);
        lua_settop(L, table - 1);
        return;
    }
    snprintf(buffer, size, "%s", name);
}

static int reference_protected(lua_State *L) {
    *(int *)lua_touserdata(L, 1) = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int clua_reference(lua_State *L, int *reference) {
    return protect(L, reference_protected, reference, 1, 0);
}

// luaL_unref writes to slots that exist already, so it raises nothing; it needs two stack slots.
void clua_release(lua_State *L, int reference) {
    if (lua_checkstack(L, 3)) luaL_unref(L, LUA_REGISTRYINDEX, reference);
}

struct sizes { int array, hash; };

static int new_table_protected(lua_State *L) {
    struct sizes *s = lua_touserdata(L, 1);
    lua_createtable(L, s->array, s->hash);
    return 1;
}

int clua_new_table(lua_State *L, int array, int hash) {
    struct sizes s = { array, hash };
    return protect(L, new_table_protected, &s, 0, 1);
}

// Stack of the protected functions below: light userdata, table, key, value.
static int raw_get_protected(lua_State *L) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_rawget(L, 2);
    return 1;
}
static int raw_set_protected(lua_State *L) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_rawset(L, 2);
    return 0;
}
static int get_protected(lua_State *L) {
    lua_gettable(L, 2);
    return 1;
}
static int set_protected(lua_State *L) {
    lua_settable(L, 2);
    return 0;
}
static int set_metatable_protected(lua_State *L) {
    lua_setmetatable(L, 2);
    return 0;
}
static int next_protected(lua_State *L) {
    int *more = lua_touserdata(L, 1);
    *more = lua_next(L, 2);
    return *more ? 2 : 0;
}

// Puts the value at `index` below the top `count` values, and runs `f` on them.
static int with_value(lua_State *L, int index, int count, lua_CFunction f, void *arguments, int results) {
    index = lua_absindex(L, index);
    if (!lua_checkstack(L, 3)) {
        lua_settop(L, lua_gettop(L) - count);
        return CLUA_NO_STACK;
    }
    lua_pushvalue(L, index);
    if (count) lua_insert(L, -(count + 1));
    return protect_script(L, f, arguments, count + 1, results);
}

int clua_raw_get(lua_State *L, int table) { return with_value(L, table, 1, raw_get_protected, NULL, 1); }
int clua_raw_set(lua_State *L, int table) { return with_value(L, table, 2, raw_set_protected, NULL, 0); }
int clua_get(lua_State *L, int table) { return with_value(L, table, 1, get_protected, NULL, 1); }
int clua_set(lua_State *L, int table) { return with_value(L, table, 2, set_protected, NULL, 0); }
int clua_set_metatable(lua_State *L, int index) { return with_value(L, index, 1, set_metatable_protected, NULL, 0); }
int clua_next(lua_State *L, int table, int *more) {
    return with_value(L, table, 1, next_protected, more, LUA_MULTRET);
}

static int length_protected(lua_State *L) {
    *(long long *)lua_touserdata(L, 1) = luaL_len(L, 2);
    return 0;
}
int clua_length(lua_State *L, int index, long long *length) {
    return with_value(L, index, 0, length_protected, length, 0);
}

int clua_push_globals(lua_State *L) {
    if (!lua_checkstack(L, 1)) return CLUA_NO_STACK;
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    return LUA_OK;
}
