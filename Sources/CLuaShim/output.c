// print, io.write and file:write with the values of secrets covered on their way to standard output and standard error.
// What goes to a file or a pipe is data, and stays as it is.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

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

// Replaces the string at the index by what may be shown of it; below 0 says what to raise.
static int cover(lua_State *L, int index) {
    clua_vm *vm = clua_of(L);
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    int status = vm->cover(vm->host, text, length);
    if (status > 0) {
        lua_pushlstring(L, vm->text, vm->text_length);
        lua_replace(L, index);
    }
    return status;
}

// Why the first line of print's was lost; the stream itself only knows that something was.
static _Atomic int lost;

// Whether a script is to end when nobody reads any more.
static _Atomic bool needs_reader;

void clua_need_reader(bool needs) { needs_reader = needs; }

static int note_loss(lua_State *L, int number) {
    int none = 0;
    atomic_compare_exchange_strong(&lost, &none, number ? number : EIO);
    if (number != EPIPE || !needs_reader) return 0;
    return luaL_error(L, "cannot write standard output: %s", strerror(number));
}

// Writes the values from 1 to `count` as print does.
static void print_values(lua_State *L, int count) {
    for (int i = 1; i <= count; i++) {
        size_t length;
        const char *text = luaL_tolstring(L, i, &length);
        if (i > 1) fputc('\t', stdout);
        fwrite(text, 1, length, stdout);
        lua_pop(L, 1);
    }
}

// Makes one string of them, whose secrets are covered: one of them may be in two of the values.
static int cover_values(lua_State *L, int count) {
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&line, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    lua_replace(L, 1);
    return cover(L, 1);
}

static int print(lua_State *L) {
    int count = lua_gettop(L);
    if (count > 0 && covers(L)) {
        int status = cover_values(L, count);
        if (status < 0) return finish_call(L, status);
        count = 1;
    }
    errno = 0;
    print_values(L, count);
    fputc('\n', stdout);
    fflush(stdout);  // seen at once, also when it goes to a pipe
    return ferror(stdout) ? note_loss(L, errno) : 0;
}

void print_install(lua_State *L) {
    lua_pushcfunction(L, print);
    lua_setfield(L, -2, "print");
}

// ---- warnings ---------------------------------------------------------------------------------------------------------------

// A finalizer may fail, and so warn, between any two steps of the VM: the text buffer is left as it was.
static void show_warning(clua_vm *vm, const char *piece) {
    clua_vm kept = *vm;
    vm->text = NULL;
    vm->text_capacity = 0;
    size_t length = strlen(piece);
    bool covered = vm->cover && vm->cover(vm->host, NULL, 0) && vm->cover(vm->host, piece, length) > 0;
    fwrite(covered ? vm->text : piece, 1, covered ? vm->text_length : length, stderr);
    free(vm->text);
    vm->text = kept.text;
    vm->text_capacity = kept.text_capacity;
    vm->text_length = kept.text_length;
}

// What `warn` writes, and what Lua says of an error in a finalizer: it has nobody else to tell. On from the start.
void output_warn(void *context, const char *piece, int continues) {
    clua_vm *vm = context;
    if (!vm->in_warning && !continues && *piece == '@') {
        if (strcmp(piece, "@on") == 0) vm->hides_warnings = false;
        if (strcmp(piece, "@off") == 0) vm->hides_warnings = true;
        return;
    }
    if (!vm->hides_warnings) {
        if (!vm->in_warning) fputs("warning: ", stderr);
        show_warning(vm, piece);
        if (!continues) fputc('\n', stderr);
    }
    vm->in_warning = continues != 0;
}

// ---- io -----------------------------------------------------------------------------------------------------------------------

// Lua's own write is in the first upvalue; the values to write are from `first` on.
static int write_values(lua_State *L, int first, bool shown) {
    int top = lua_gettop(L);
    // Checked here, where the function's name is known for the message.
    for (int i = first; i <= top; i++) luaL_checklstring(L, i, NULL);
    if (shown && top >= first) {
        luaL_checkstack(L, 4, "values to write");
        lua_concat(L, top - first + 1);
        int status = cover(L, first);
        if (status < 0) return finish_call(L, status);
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

int clua_output_error(void) {
    int number = fflush(stdout) == 0 ? 0 : errno;
    if (number == 0 && ferror(stdout)) number = lost ? lost : EIO;  // an earlier write failed
    int flags = fcntl(fileno(stdout), F_GETFL);
    bool is_closed = flags == -1 || (flags & O_ACCMODE) == O_RDONLY;
    return is_closed ? 0 : number;
}

void clua_flush_unless_in_use(void) {
    if (ftrylockfile(stdout) != 0) return;
    struct pollfd output = { .fd = fileno(stdout), .events = POLLOUT };
    if (poll(&output, 1, 0) == 1 && (output.revents & POLLOUT)) fflush(stdout);
    funlockfile(stdout);
}
