// pcall and xpcall, and where Lua cannot wait.
//
// They differ from Lua's in three ways. They note that an error is on its way (`unwinding`), so that what waits in a
// `__close` handler is known to be a clean-up; they do not catch what ends the script from outside; and calls within calls
// are counted. Lua counts them by its C stack, which in a coroutine is gone after the first error that is caught: a function
// that calls itself through pcall for ever would fill a million slots, and each further error would walk through them all.
#include <stdio.h>

#include "internal.h"

#define MAXIMUM_DEPTH 200    // as LUAI_MAXCCALLS
#define DEEP_STACK 10000     // calls in each other from which a coroutine is not left pcall by pcall
#define HANDLER_SEARCH 1000  // calls among which the nearest xpcall is looked for; each look starts at the innermost

// What the continuation has to know: how deep the call was, and whether an error was on its way when it began, which is so
// inside a clean-up.
static lua_KContext call_context(clua_vm *vm) { return (lua_KContext)vm->protected_depth << 1 | vm->unwinding; }

static int overflow(lua_State *L) {
    luaL_where(L, 2);  // of the script's call of pcall
    lua_pushliteral(L, "C stack overflow");
    lua_concat(L, 2);
    return lua_error(L);
}

// Has a call that is too deep fail as any other would: `index` is where its function is, arguments are above it.
static void enter(lua_State *L, clua_vm *vm, int index) {
    if (vm->protected_depth++ < MAXIMUM_DEPTH) return;
    lua_settop(L, index - 1);
    lua_pushcfunction(L, overflow);
}

static int note_error(lua_State *L) {
    clua_of(L)->unwinding = true;
    return 1;
}

static int base_pcall(lua_State *L);

// The message handler of the nearest xpcall, from a level of the stack, gives way to one that does nothing: what ends the
// script is no business of it, and for an error that a hook raises it would run with hooks off, so that nothing could end it.
void drop_handler(lua_State *L, int level) {
    lua_Debug frame;
    for (int last = level + HANDLER_SEARCH; level < last && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "f", &frame);
        lua_CFunction function = lua_tocfunction(L, -1);
        lua_pop(L, 1);
        if (function == base_pcall) return;
        if (function == protected_xpcall) {
            lua_pushcfunction(L, note_error);
            if (!lua_setlocal(L, &frame, 2)) lua_pop(L, 1);
            return;
        }
    }
}

static int yield_all(lua_State *L) { return lua_yield(L, lua_gettop(L)); }

static int left(lua_State *L, int status, lua_KContext context) {
    (void)L, (void)status, (void)context;
    return 0;
}

// Yields the value on top, so that the coroutine can be closed from outside. In a call of pcall without a message handler:
// lua_resetthread of 5.4.4 keeps that of the place that was left, whose slot on the stack soon holds anything.
int yield_to_be_closed(lua_State *L) {
    lua_pushcfunction(L, yield_all);
    lua_insert(L, -2);
    return left(L, lua_pcallk(L, 1, 0, 0, 0, left), 0);
}

// Raises again what ends the script. Lua goes over the whole stack whenever a pcall of a coroutine takes an error, so that
// leaving a very deep one pcall by pcall takes minutes (a coroutine that yields between its calls of pcall gets there, since
// they count from where it is resumed). Such a coroutine is left at once and closed from outside, see leave_deep; its
// clean-ups cannot wait then.
static int raise_on(lua_State *L, clua_vm *vm) {
    lua_Debug frame;
    if (!lua_isyieldable(L) || !lua_getstack(L, DEEP_STACK, &frame)) {
        drop_handler(L, 1);
        return lua_error(L);
    }
    call_failed(L);  // keeps the traceback
    vm->abandoned = true;
    return yield_to_be_closed(L);
}

// A clean-up may catch even what ends the script, while its grace time lasts; so may what is shielded.
static int protected_done(lua_State *L, int status, int first, lua_KContext context) {
    clua_vm *vm = clua_of(L);
    bool unwinding = context & 1;
    vm->protected_depth = (int)(context >> 1);
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - first;
    if (vm->leaving == L) return lua_error(L);
    if (vm->final || (stop_reason(vm) && !((unwinding || vm->shielded) && stop_grace(vm)))) return raise_on(L, vm);
    vm->unwinding = unwinding;
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int pcall_done(lua_State *L, int status, lua_KContext context) { return protected_done(L, status, 1, context); }

static int xpcall_done(lua_State *L, int status, lua_KContext context) { return protected_done(L, status, 2, context); }

static int base_pcall(lua_State *L) {
    clua_vm *vm = clua_of(L);
    lua_KContext context = call_context(vm);
    luaL_checkany(L, 1);
    enter(L, vm, 1);
    lua_pushcfunction(L, note_error);
    lua_pushboolean(L, 1);
    lua_rotate(L, 1, 2);  // handler, true, function, arguments
    int status = lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 1, context, pcall_done);
    return pcall_done(L, status, context);
}

int protected_xpcall(lua_State *L) {
    clua_vm *vm = clua_of(L);
    lua_KContext context = call_context(vm);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);  // function, handler, true, function, arguments
    enter(L, vm, 4);
    int status = lua_pcallk(L, lua_gettop(L) - 4, LUA_MULTRET, 2, context, xpcall_done);
    return xpcall_done(L, status, context);
}

int protected_install(lua_State *L) {
    lua_pushcfunction(L, base_pcall);
    lua_setfield(L, -2, "pcall");
    lua_pushcfunction(L, protected_xpcall);
    lua_setfield(L, -2, "xpcall");
    return 0;
}

// ---- where Lua cannot wait ----------------------------------------------------------------------------------------------------

static const char *place_name(const char *function) {
    static const char *const names[][2] = { { "sort", "a table.sort comparator" }, { "gsub", "a string.gsub callback" },
        { "load", "a reader function of load" }, { "tostring", "__tostring" }, { "print", "__tostring" },
        { "concat", "a metamethod called by a library function" },
        { "error", "a message handler of xpcall" }, { "__gc", "__gc" }, { "gc", "__gc" },
        { "collectgarbage", "__gc" }, { NULL, NULL } };
    for (int i = 0; names[i][0]; i++) {
        if (strcmp(names[i][0], function) == 0) return names[i][1];
    }
    return NULL;
}

void clua_obstacle(lua_State *L, char *buffer, size_t size) {
    clua_vm *vm = clua_of(L);
    lua_State *at = lua_isyieldable(L) && vm->blocked ? vm->blocked : L;
    if (at == vm->main) {
        snprintf(buffer, size, "outside a task");
        return;
    }
    if (vm->closing && at == vm->closing) {
        snprintf(buffer, size, "inside a __close handler run by coroutine.close");
        return;
    }
    lua_Debug frame;
    const char *last = NULL;
    for (int level = at == L ? 1 : 0; lua_getstack(at, level, &frame); level++) {
        lua_getinfo(at, "Sn", &frame);
        if (frame.namewhat && strcmp(frame.namewhat, "metamethod") == 0 && frame.name && strcmp(frame.name, "gc") == 0) {
            last = "__gc";
            break;
        }
        if (strcmp(frame.what, "C") != 0 || !frame.name) continue;
        if (strcmp(frame.name, "pcall") == 0 || strcmp(frame.name, "xpcall") == 0) continue;
        const char *known = place_name(frame.name);
        if (known) {
            snprintf(buffer, size, "inside %s", known);
            return;
        }
        if (!last) last = frame.name;
    }
    if (last && strcmp(last, "__gc") == 0) {
        snprintf(buffer, size, "inside __gc");
    } else if (last) {
        snprintf(buffer, size, "inside a function that the C function '%s' called", last);
    } else {
        snprintf(buffer, size, "inside a function that a C function called");
    }
}

void wait_check(lua_State *L) {
    clua_vm *vm = clua_of(L);
    if (lua_isyieldable(L) && !vm->blocked) return;
    char place[160];
    clua_obstacle(L, place, sizeof place);
    luaL_error(L, "cannot wait %s: Lua cannot suspend there; collect what it needs first, or wait after it", place);
}

// True when one of the frames is a `__close` handler that a block called on its ordinary way out.
bool clua_in_close(lua_State *L) {
    lua_Debug frame;
    for (int level = 0; level < 200 && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "n", &frame);
        if (frame.namewhat && strcmp(frame.namewhat, "metamethod") == 0 && frame.name && strcmp(frame.name, "close") == 0)
            return true;
    }
    return false;
}

// The nearest Lua code that is not part of the runtime's own library, whose chunks are named "=awscicd.NAME".
bool clua_where(lua_State *L, int level, char *buffer, size_t size) {
    lua_Debug frame;
    for (; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0 && strncmp(frame.source, "=awscicd.", 9) != 0) {
            snprintf(buffer, size, "%s:%d", frame.short_src, frame.currentline);
            return true;
        }
    }
    return false;
}

bool script_place(lua_State *L, int level, char *buffer, size_t size) { return clua_where(L, level, buffer, size); }
