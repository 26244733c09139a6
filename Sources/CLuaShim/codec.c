// Trees of Lua values as bytes, in both directions: one protected call builds or reads a whole table.
//
//   value   = tag, payload
//   'n' nil   'f' false   't' true   '0' null
//   'i' int64   'd' double   's' u8 length, bytes   'S' u64 length, bytes
//   'K' u8 length, bytes: a string that comes back   'k' u16: the n-th such string again, from 1
//   'T' u8 flags, u32 items, u32 entries, [i32 metatable reference when flags & 2], items values, then pairs of values, 'E'
//       flags & 1: a sequence (marked, so that an empty one stays apart from an empty map)
//   'r' i32 registry reference: a function, userdata, thread or table kept by the host (only when writing)
//   'u' u8 Lua type: a value that cannot be expressed (only when reading)
//   'x' the tree is nested too deeply, or contains itself (only when reading)
// Numbers are in the machine's byte order: the bytes never leave the process.
#include "internal.h"

#define MAXIMUM_DEPTH 512

// ---- bytes to values ------------------------------------------------------------------------------------------------------

struct input { const char *at, *end; };

static void take(lua_State *L, struct input *in, void *to, size_t size) {
    if ((size_t)(in->end - in->at) < size) luaL_error(L, "a tree of values ends early");
    memcpy(to, in->at, size);
    in->at += size;
}

static void take_string(lua_State *L, struct input *in, uint64_t length) {
    if ((uint64_t)(in->end - in->at) < length) luaL_error(L, "a tree of values ends early");
    lua_pushlstring(L, in->at, (size_t)length);
    in->at += length;
}

static void decode(lua_State *L, struct input *in, int depth);

#define KEPT 2  // where the table of strings that come back is on the stack; nil until there is one

// Lua finds a short string by hashing it and looking it up among all others: the keys of ten thousand records are found once.
static void keep_string(lua_State *L) {
    if (lua_type(L, KEPT) == LUA_TNIL) {
        lua_createtable(L, 32, 0);
        lua_replace(L, KEPT);
    }
    lua_pushvalue(L, -1);
    lua_rawseti(L, KEPT, (lua_Integer)lua_rawlen(L, KEPT) + 1);
}

static void decode_table(lua_State *L, struct input *in, int depth) {
    uint8_t flags;
    uint32_t items, entries;
    int32_t metatable = 0;
    if (depth > MAXIMUM_DEPTH) luaL_error(L, "tables are nested more than %d deep", MAXIMUM_DEPTH);
    luaL_checkstack(L, 4, "nested tables");
    take(L, in, &flags, 1);
    take(L, in, &items, 4);
    take(L, in, &entries, 4);
    if (flags & 2) take(L, in, &metatable, 4);
    if ((size_t)(in->end - in->at) < items) luaL_error(L, "a tree of values ends early");
    lua_createtable(L, (int)items, (int)entries);
    for (uint32_t i = 1; i <= items; i++) {
        decode(L, in, depth + 1);
        lua_rawseti(L, -2, i);
    }
    while (in->at < in->end && *in->at != 'E') {
        decode(L, in, depth + 1);
        decode(L, in, depth + 1);
        lua_rawset(L, -3);
    }
    in->at++;
    if (flags & 2) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, metatable);
        lua_setmetatable(L, -2);
    } else if (flags & 1) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->array_reference);
        lua_setmetatable(L, -2);
    }
}

static void decode(lua_State *L, struct input *in, int depth) {
    char tag;
    take(L, in, &tag, 1);
    switch (tag) {
    case 'n': lua_pushnil(L); break;
    case 'f': lua_pushboolean(L, 0); break;
    case 't': lua_pushboolean(L, 1); break;
    case '0': lua_rawgeti(L, LUA_REGISTRYINDEX, clua_of(L)->null_reference); break;
    case 'i': { int64_t v; take(L, in, &v, 8); lua_pushinteger(L, v); break; }
    case 'd': { double v; take(L, in, &v, 8); lua_pushnumber(L, v); break; }
    case 's': { uint8_t n; take(L, in, &n, 1); take_string(L, in, n); break; }
    case 'S': { uint64_t n; take(L, in, &n, 8); take_string(L, in, n); break; }
    case 'K': { uint8_t n; take(L, in, &n, 1); take_string(L, in, n); keep_string(L); break; }
    case 'k': {
        uint16_t n;
        take(L, in, &n, 2);
        if (lua_type(L, KEPT) == LUA_TNIL) luaL_error(L, "a tree of values refers to a string that it does not have");
        lua_rawgeti(L, KEPT, n);
        break;
    }
    case 'T': decode_table(L, in, depth); break;
    case 'r': { int32_t r; take(L, in, &r, 4); lua_rawgeti(L, LUA_REGISTRYINDEX, r); break; }
    default: luaL_error(L, "a tree of values has an unknown tag (%d)", tag);
    }
}

struct view { const void *bytes; size_t length; };

static int decode_protected(lua_State *L) {
    struct view *v = lua_touserdata(L, 1);
    struct input in = { v->bytes, (const char *)v->bytes + v->length };
    lua_pushnil(L); // KEPT
    decode(L, &in, 0);
    return 1;
}

#define LARGE (64 << 10)  // bytes from which on the collector may wait

int clua_decode(lua_State *L, const void *bytes, size_t length) {
    struct view v = { bytes, length };
    // What is read is all alive. Where it is more than all that is there, the collector would look through it again each time
    // that the heap has doubled, and find nothing. It goes on right afterwards, and beside a large heap it never waits: a
    // script that drops one large answer after the other holds two of them. At a limit of memory Lua collects all the same.
    int waits = length >= LARGE && lua_gc(L, LUA_GCISRUNNING) == 1 && (size_t)lua_gc(L, LUA_GCCOUNT) < length >> 10;
    if (waits) lua_gc(L, LUA_GCSTOP);
    int status = protect(L, decode_protected, &v, 0, 1);
    if (waits) lua_gc(L, LUA_GCRESTART);
    return status;
}

// ---- values to bytes ------------------------------------------------------------------------------------------------------

struct output {
    char *bytes;
    size_t length, capacity;
    size_t looked;  // the length at the last look at the stop flag
};

#define PAUSE (1 << 20)  // bytes between two looks

// A few tables that refer to each other can be a tree without end: what a script can be made to copy is held to its limits.
static void check_limits(lua_State *L, struct output *out) {
    clua_vm *vm = clua_of(L);
    out->looked = out->length;
    stop_check(L);
    if (vm->memory_limit && out->length > vm->memory_limit) raise_memory(L);
}

static void put(lua_State *L, struct output *out, const void *bytes, size_t length) {
    if (out->length - out->looked > PAUSE) check_limits(L, out);
    if (out->capacity - out->length < length) {
        size_t capacity = out->capacity + out->capacity / 2 + length + 256;
        char *grown = realloc(out->bytes, capacity);
        if (!grown) raise_memory(L);
        out->bytes = grown;
        out->capacity = capacity;
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

static void put_tag(lua_State *L, struct output *out, char tag) { put(L, out, &tag, 1); }

static void encode(lua_State *L, struct output *out, int index, int depth);

static void encode_table(lua_State *L, struct output *out, int index, int depth) {
    uint8_t flags = 0;
    if (depth > MAXIMUM_DEPTH) {
        put_tag(L, out, 'x');
        return;
    }
    luaL_checkstack(L, 6, "nested tables");
    if (lua_getmetatable(L, index)) {
        if (lua_topointer(L, -1) == clua_of(L)->array_pointer) flags |= 1;
        lua_pop(L, 1);
    }
    // The items up to the first nil: a border that a hole cannot make ambiguous.
    uint32_t items = 0, entries = 0;
    lua_Unsigned length = lua_rawlen(L, index);
    put_tag(L, out, 'T');
    size_t header = out->length;
    put(L, out, &flags, 1);
    put(L, out, &items, 4);
    put(L, out, &entries, 4);
    for (; items < length && items < UINT32_MAX; items++) {
        if (lua_rawgeti(L, index, (lua_Integer)items + 1) == LUA_TNIL) {
            lua_pop(L, 1);
            break;
        }
        encode(L, out, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    while (lua_next(L, index)) {
        int integer;
        lua_Integer key = lua_isinteger(L, -2) ? lua_tointegerx(L, -2, &integer) : 0;
        if (key >= 1 && (lua_Unsigned)key <= items) {
            lua_pop(L, 1);
            continue;
        }
        int top = lua_gettop(L);
        encode(L, out, top - 1, depth + 1);
        encode(L, out, top, depth + 1);
        entries++;
        lua_pop(L, 1);
    }
    put_tag(L, out, 'E');
    memcpy(out->bytes + header + 1, &items, 4);
    memcpy(out->bytes + header + 5, &entries, 4);
}

static void encode(lua_State *L, struct output *out, int index, int depth) {
    int type = lua_type(L, index);
    switch (type) {
    case LUA_TNIL: put_tag(L, out, 'n'); return;
    case LUA_TBOOLEAN: put_tag(L, out, lua_toboolean(L, index) ? 't' : 'f'); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            int64_t v = lua_tointegerx(L, index, NULL);
            put_tag(L, out, 'i');
            put(L, out, &v, 8);
        } else {
            double v = lua_tonumberx(L, index, NULL);
            put_tag(L, out, 'd');
            put(L, out, &v, 8);
        }
        return;
    case LUA_TSTRING: {
        size_t n;
        const char *s = lua_tolstring(L, index, &n);
        if (n < 256) {
            uint8_t small = (uint8_t)n;
            put_tag(L, out, 's');
            put(L, out, &small, 1);
        } else {
            uint64_t large = n;
            put_tag(L, out, 'S');
            put(L, out, &large, 8);
        }
        put(L, out, s, n);
        return;
    }
    case LUA_TTABLE:
        encode_table(L, out, index, depth);
        return;
    default:
        if (lua_topointer(L, index) == clua_of(L)->null_pointer && type == LUA_TUSERDATA) {
            put_tag(L, out, '0');
        } else {
            uint8_t t = (uint8_t)type;
            put_tag(L, out, 'u');
            put(L, out, &t, 1);
        }
    }
}

static int encode_protected(lua_State *L) {
    encode(L, lua_touserdata(L, 1), 2, 0);
    return 0;
}

int clua_encode(lua_State *L, int index, void **bytes, size_t *length) {
    struct output out = { 0 };
    index = lua_absindex(L, index);
    if (!lua_checkstack(L, 2)) return CLUA_NO_STACK;
    lua_pushvalue(L, index);
    int status = protect(L, encode_protected, &out, 1, 0);
    if (status != LUA_OK) {
        free(out.bytes);
        return status;
    }
    *bytes = out.bytes;
    *length = out.length;
    return LUA_OK;
}

void clua_free(void *bytes) { free(bytes); }
