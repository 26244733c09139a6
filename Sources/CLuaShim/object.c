// Swift objects owned by Lua: userdata of host types, host errors, the boxes of host functions.
#include <stdio.h>

#include "internal.h"

static const char OBJECT_MAGIC = 0;
static const char GC_KEY = 0;  // registry: the __gc function, shared by all

struct object {
    const void *magic;
    void *object;
    const void *type;
};

// __gc releases the Swift reference and does nothing else.
static int object_gc(lua_State *L) {
    struct object *o = lua_touserdata(L, 1);
    if (o && lua_rawlen(L, 1) >= sizeof *o && o->magic == &OBJECT_MAGIC && o->object) {
        void *object = o->object;
        o->object = NULL;
        clua_of(L)->release(object);
    }
    return 0;
}

void *clua_object(lua_State *L, int index, const void **type) {
    if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) < sizeof(struct object)) return NULL;
    struct object *o = lua_touserdata(L, index);
    if (o->magic != &OBJECT_MAGIC) return NULL;
    if (type) *type = o->type;
    return o->object;
}

// Pushes a userdata that owns `object`. The object is retained last, when nothing can fail any more.
static void new_object(lua_State *L, void *object, const void *type, int fields) {
    struct object *o = lua_newuserdatauv(L, sizeof *o, fields);
    o->magic = &OBJECT_MAGIC;
    o->object = NULL;
    o->type = type;
    (void)object;
}

static void own_object(lua_State *L, int index, void *object) {
    struct object *o = lua_touserdata(L, index);
    clua_of(L)->retain(object);
    o->object = object;
}

struct object_arguments { void *object; const void *type; int metatable; };

static int push_object_protected(lua_State *L) {
    struct object_arguments *a = lua_touserdata(L, 1);
    new_object(L, a->object, a->type, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, a->metatable);
    lua_setmetatable(L, -2);
    own_object(L, -1, a->object);
    return 1;
}

int clua_push_object(lua_State *L, void *object, const void *type, int metatable) {
    struct object_arguments a = { object, type, metatable };
    return protect(L, push_object_protected, &a, 0, 1);
}

static int new_metatable_protected(lua_State *L) {
    const char *name = lua_touserdata(L, 1);
    lua_createtable(L, 0, 6);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");  // getmetatable(x) answers the name, setmetatable is refused
    lua_rawgetp(L, LUA_REGISTRYINDEX, &GC_KEY);
    lua_setfield(L, -2, "__gc");
    return 1;
}

int clua_new_object_metatable(lua_State *L, const char *name) {
    return protect(L, new_metatable_protected, (void *)name, 0, 1);
}

// ---- host errors --------------------------------------------------------------------------------------------------------

static int push_error_protected(lua_State *L) {
    struct object_arguments *a = lua_touserdata(L, 1);
    new_object(L, a->object, a->type, 1);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->error_reference);
    lua_setmetatable(L, -2);
    own_object(L, -1, a->object);
    return 1;
}

int clua_push_error(lua_State *L, void *object, const void *type) {
    struct object_arguments a = { object, type, 0 };
    return protect(L, push_error_protected, &a, 1, 1);
}

int clua_fields(lua_State *L, int index) {
    if (!lua_checkstack(L, 1)) return CLUA_NO_STACK;
    if (lua_type(L, index) == LUA_TUSERDATA) {
        lua_getiuservalue(L, index, 1);
    } else {
        lua_pushnil(L);
    }
    return LUA_OK;
}

static bool is_error(lua_State *L, int index) {
    if (!clua_object(L, index, NULL) || !lua_getmetatable(L, index)) return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->error_reference);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

// Notes in a host error on top of the stack where it was raised first.
int error_position(lua_State *L, int level) {
    char place[LUA_IDSIZE + 16];
    if (!is_error(L, -1) || lua_getiuservalue(L, -1, 1) != LUA_TTABLE) return 0;
    if (lua_getfield(L, -1, "where") == LUA_TNIL && script_place(L, level, place, sizeof place)) {
        lua_pushstring(L, place);
        lua_setfield(L, -3, "where");
    }
    lua_pop(L, 2);
    return 0;
}

static int error_index(lua_State *L) {
    if (!is_error(L, 1) || lua_getiuservalue(L, 1, 1) != LUA_TTABLE) return 0;
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
}

static int error_tostring(lua_State *L) {
    clua_vm *vm = clua_of(L);
    void *object = is_error(L, 1) ? clua_object(L, 1, NULL) : NULL;
    if (!object) return luaL_error(L, "not a host error");
    int status = vm->convert(object, L);
    if (status < 0) return finish_call(L, status);
    vm->text_pending = false;
    if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE && lua_getfield(L, -1, "where") == LUA_TSTRING) {
        lua_pushliteral(L, ": ");
        lua_pushlstring(L, vm->text, vm->text_length);
        lua_concat(L, 3);
    } else {
        lua_pushlstring(L, vm->text, vm->text_length);
    }
    return 1;
}

static int error_concat(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

static int error_next(lua_State *L) {
    lua_settop(L, 2);
    return lua_next(L, 1) ? 2 : (lua_pushnil(L), 1);
}

static int error_pairs(lua_State *L) {
    lua_pushcfunction(L, error_next);
    if (!is_error(L, 1) || lua_getiuservalue(L, 1, 1) != LUA_TTABLE) lua_newtable(L);
    // A copy: a script must not change the fields of an error that others see.
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    lua_remove(L, -2);  // the fields themselves
    lua_pushnil(L);
    return 3;
}

static int null_tostring(lua_State *L) {
    lua_pushliteral(L, "null");
    return 1;
}

void objects_open(lua_State *L) {
    clua_vm *vm = clua_of(L);
    lua_pushcfunction(L, object_gc);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &GC_KEY);

    static const luaL_Reg error_methods[] = { { "__gc", object_gc }, { "__index", error_index },
        { "__tostring", error_tostring }, { "__concat", error_concat }, { "__pairs", error_pairs }, { NULL, NULL } };
    lua_newtable(L);
    luaL_setfuncs(L, error_methods, 0);
    lua_pushliteral(L, "error");
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, "error");
    lua_setfield(L, -2, "__metatable");
    vm->error_reference = luaL_ref(L, LUA_REGISTRYINDEX);

    // The value that stands for JSON's null, which nil cannot in a table.
    lua_newuserdatauv(L, 0, 0);
    vm->null_pointer = lua_topointer(L, -1);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, null_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "null");
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, "null");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    vm->null_reference = luaL_ref(L, LUA_REGISTRYINDEX);

    // The metatable that tells an empty sequence from an empty map.
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__name");
    vm->array_pointer = lua_topointer(L, -1);
    vm->array_reference = luaL_ref(L, LUA_REGISTRYINDEX);

    lua_pushliteral(L, "__name");
    vm->name_reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushliteral(L, "__tostring");
    vm->tostring_reference = luaL_ref(L, LUA_REGISTRYINDEX);
}
