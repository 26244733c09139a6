// string.find, match, gmatch and gsub for the sandbox, on the matcher of pattern.c.
#define _GNU_SOURCE  // for memmem
#include "pattern.h"


// A position as a script gives it, from 1 or from the end, as an offset.
static size_t offset_of(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position - 1;
    if (position == 0) return 0;
    return (lua_Unsigned)0 - (lua_Unsigned)position > length ? 0 : length - (size_t)-position;
}

static bool is_plain(const char *pattern, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (memchr("^$*+?.([%-", pattern[i], 10)) return false;
    }
    return true;
}

static int find_plain(lua_State *L, const char *subject, size_t length, const char *text, size_t text_length, size_t from) {
    const char *found = text_length == 0 ? subject + from : memmem(subject + from, length - from, text, text_length);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)text_length);
    return 2;
}

static int find_or_match(lua_State *L, bool find) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t from = offset_of(luaL_optinteger(L, 3, 1), length);
    if (from > length) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
        return find_plain(L, subject, length, pattern, pattern_length, from);
    }
    bool anchored = pattern_length > 0 && *pattern == '^';
    struct matcher m;
    pattern_begin(&m, L, subject, length, pattern_compile(L, pattern + anchored, pattern_length - anchored));
    for (const char *at = subject + from; at <= m.end; at++) {
        const char *end = pattern_match(&m, at);
        if (end && !find) return pattern_push_captures(&m, at, end);
        if (end) {
            lua_pushinteger(L, at - subject + 1);
            lua_pushinteger(L, end - subject);
            return pattern_push_captures(&m, NULL, NULL) + 2;
        }
        if (anchored) break;
    }
    lua_pushnil(L);
    return 1;
}

static int string_find(lua_State *L) { return find_or_match(L, true); }
static int string_match(lua_State *L) { return find_or_match(L, false); }

// What an iteration of gmatch is at: in its third upvalue, beside the subject and the compiled pattern.
struct iteration { size_t next, last; };
#define NO_MATCH_YET SIZE_MAX

static int gmatch_next(lua_State *L) {
    size_t length;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &length);
    struct iteration *i = lua_touserdata(L, lua_upvalueindex(3));
    struct matcher m;
    pattern_begin(&m, L, subject, length, lua_touserdata(L, lua_upvalueindex(2)));
    for (size_t at = i->next; at <= length; at++) {
        const char *end = pattern_match(&m, subject + at);
        if (end && (size_t)(end - subject) != i->last) {
            i->next = i->last = (size_t)(end - subject);
            return pattern_push_captures(&m, subject + at, end);
        }
    }
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t length, pattern_length;
    luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t from = offset_of(luaL_optinteger(L, 3, 1), length);
    lua_pushvalue(L, 1);
    pattern_compile(L, pattern, pattern_length);
    struct iteration *i = lua_newuserdatauv(L, sizeof *i, 0);
    i->next = from > length ? length + 1 : from;
    i->last = NO_MATCH_YET;
    lua_pushcclosure(L, gmatch_next, 3);
    return 1;
}

// ---- gsub -----------------------------------------------------------------------------------------------------------------

static void add_text(struct matcher *m, luaL_Buffer *buffer, const char *from, const char *to) {
    size_t length;
    const char *text = lua_tolstring(m->L, 3, &length), *end = text + length;
    while (text < end) {
        const char *escape = memchr(text, '%', (size_t)(end - text));
        if (!escape) break;
        luaL_addlstring(buffer, text, (size_t)(escape - text));
        char c = escape + 1 < end ? escape[1] : 0;
        if (c == '%') {
            luaL_addchar(buffer, '%');
        } else if (c == '0') {
            luaL_addlstring(buffer, from, (size_t)(to - from));
        } else if (c >= '1' && c <= '9') {
            pattern_push_capture(m, c - '1', from, to);
            luaL_tolstring(m->L, -1, NULL);
            lua_remove(m->L, -2);
            luaL_addvalue(buffer);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
        text = escape + 2;
    }
    luaL_addlstring(buffer, text, (size_t)(end - text));
}

// Adds what takes the place of one match.
static void add_replacement(struct matcher *m, luaL_Buffer *buffer, const char *from, const char *to) {
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION: {
        lua_pushvalue(L, 3);
        int count = pattern_push_captures(m, from, to);
        lua_call(L, count, 1);
        break;
    }
    case LUA_TTABLE:
        pattern_push_capture(m, 0, from, to);
        lua_gettable(L, 3);
        break;
    default:
        add_text(m, buffer, from, to);
        return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(buffer, from, (size_t)(to - from));
    } else if (lua_isstring(L, -1)) {
        luaL_addvalue(buffer);
    } else {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
}

static int string_gsub(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int type = lua_type(L, 3);
    luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
        "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
    bool anchored = pattern_length > 0 && *pattern == '^';
    struct matcher m;
    lua_settop(L, 4);
    if (type == LUA_TNUMBER) lua_tolstring(L, 3, NULL);
    pattern_begin(&m, L, subject, length, pattern_compile(L, pattern + anchored, pattern_length - anchored));
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    const char *at = subject, *last = NULL;
    while (count < most) {
        const char *end = pattern_match(&m, at);
        if (end && end != last) {
            count++;
            add_replacement(&m, &buffer, at, end);
            at = last = end;
        } else if (at < m.end) {
            luaL_addchar(&buffer, *at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&buffer, at, (size_t)(m.end - at));
    luaL_pushresult(&buffer);
    lua_pushinteger(L, count);
    return 2;
}

void pattern_install(lua_State *L) {
    static const luaL_Reg functions[] = { { "find", string_find }, { "match", string_match }, { "gmatch", string_gmatch },
        { "gsub", string_gsub }, { NULL, NULL } };
    luaL_setfuncs(L, functions, 0);
}
