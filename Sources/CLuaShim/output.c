// io.write and file:write with the values of secrets covered on their way to standard output and standard error, as print
// does it. What goes to a file or a pipe is data, and stays as it is.
#include <stdio.h>

#include "internal.h"

static bool is_shown(lua_State *L, int index) {
    luaL_Stream *stream = luaL_testudata(L, index, LUA_FILEHANDLE);
    return stream && stream->closef && (stream->f == stdout || stream->f == stderr);
}

// Whether there are secrets at all.
static bool covers(lua_State *L) {
    clua_vm *vm = clua_of(L);
    return vm->cover && vm->cover(vm->host, NULL, 0) != 0;
}

// Lua's own write is in the first upvalue; the values to write are from `first` on.
static int write_values(lua_State *L, int first, bool shown) {
    clua_vm *vm = clua_of(L);
    int top = lua_gettop(L);
    // Checked here, where the function's name is known for the message.
    for (int i = first; i <= top; i++) luaL_checklstring(L, i, NULL);
    if (shown && top >= first) {
        luaL_checkstack(L, 4, "values to write");
        lua_concat(L, top - first + 1);
        size_t length;
        const char *text = lua_tolstring(L, first, &length);
        int status = vm->cover(vm->host, text, length);
        if (status < 0) return finish_call(L, status);
        if (status > 0) {
            lua_pushlstring(L, vm->text, vm->text_length);
            lua_replace(L, first);
        }
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int file_write(lua_State *L) {
    luaL_checkudata(L, 1, LUA_FILEHANDLE);
    return write_values(L, 2, covers(L) && is_shown(L, 1));
}

// io.write writes to io.output(), which is in the second upvalue.
static int io_write(lua_State *L) {
    bool shown = false;
    if (covers(L)) {
        lua_pushvalue(L, lua_upvalueindex(2));
        lua_call(L, 0, 1);
        shown = is_shown(L, -1);
        lua_pop(L, 1);
    }
    return write_values(L, 1, shown);
}

void output_install(lua_State *L) {
    lua_getfield(L, -1, "write");
    lua_getfield(L, -2, "output");
    lua_pushcclosure(L, io_write, 2);
    lua_setfield(L, -2, "write");
    luaL_getmetatable(L, LUA_FILEHANDLE);
    lua_getfield(L, -1, "__index");
    lua_getfield(L, -1, "write");
    lua_pushcclosure(L, file_write, 1);
    lua_setfield(L, -2, "write");
    lua_pop(L, 2);
}
