// The coroutine library and tasks. A task is a coroutine that the host's scheduler runs; when anything in it waits, the
// yield passes through the script's own nested coroutines (as cqueues' auxlib does), each of which continues the next.
#include "internal.h"

#define RESUMED_WAITING (-2)
#define RESUMED_FAILED (-1)
#define MAXIMUM_CLOSE_STACK (512 << 10)  // bytes of C stack for coroutines that close each other

// Lua counts the depth of C calls in each coroutine from where that was resumed, not from where it is closed: a chain of
// coroutines whose `__close` handlers close the next one would run over the end of the stack without being seen.
static bool may_close(clua_vm *vm) {
    if (!vm->closing) {
        vm->close_base = __builtin_frame_address(0);
        return true;
    }
    ptrdiff_t used = (char *)vm->close_base - (char *)__builtin_frame_address(0);
    return used <= MAXIMUM_CLOSE_STACK && -used <= MAXIMUM_CLOSE_STACK;
}

static int reset(clua_vm *vm, lua_State *co, lua_State *from) {
    lua_State *closing = vm->closing;
    bool unwinding = vm->unwinding;
    vm->running = vm->closing = co;
    if (needs_hook(vm)) stop_arm(vm, co);
    int status = lua_resetthread(co);
    vm->unwinding = unwinding;
    vm->running = from;
    vm->closing = closing;
    if (needs_hook(vm)) stop_arm(vm, from);
    return status;
}

// Where `co` waits in coroutine.yield, inside calls of pcall, it yields once more: see yield_to_be_closed. No code of the
// script's runs.
static void leave_calls(lua_State *L, lua_State *co) {
    if (lua_status(co) != LUA_YIELD || !(mark_get(co) & MARK_YIELDED)) return;
    clua_vm *vm = clua_of(L);
    int results = 0;
    mark_clear(co, MARK_YIELDED);
    vm->leaving = co;
    lua_resume(co, L, 0, &results);
    vm->leaving = NULL;
    if (lua_status(co) == LUA_YIELD) lua_pop(co, 1);  // what it yielded, or the message that it cannot be resumed
}

static int reset_tracked(lua_State *L, lua_State *co) {
    if (!may_close(clua_of(L))) luaL_error(L, "C stack overflow");
    leave_calls(L, co);
    return reset(clua_of(L), co, L);
}

// `co` has yielded the error that ends it, instead of raising it once more at each of its many calls of pcall: closes what
// it has open, and leaves the error on its stack as a coroutine that failed does.
static int leave_deep(clua_vm *vm, lua_State *co, lua_State *from) {
    vm->abandoned = false;
    if (lua_checkstack(from, 1) && may_close(vm)) {
        lua_xmove(co, from, 1);
        reset(vm, co, from);
        lua_settop(co, 0);
        lua_xmove(from, co, 1);
    }
    return LUA_ERRRUN;
}

int resume_tracked(clua_vm *vm, lua_State *co, lua_State *from, int arguments, int *results) {
    lua_State *outer = vm->running;
    vm->running = co;
    vm->waiting = false;
    show_life(vm);
    if (needs_hook(vm)) stop_arm(vm, co);
    int status = lua_resume(co, from, arguments, results);
    if (status == LUA_YIELD && vm->abandoned) status = leave_deep(vm, co, from);
    vm->running = outer;
    if (needs_hook(vm)) stop_arm(vm, outer);
    return status;
}

// Resumes `co` with `arguments` values from the top of L: the number of results now on L's stack, RESUMED_FAILED with
// the error there, or RESUMED_WAITING when something inside waits for the scheduler.
static int resume(lua_State *L, lua_State *co, int arguments, bool unwinding) {
    clua_vm *vm = clua_of(L);
    if (mark_get(co) & (MARK_TASK | MARK_WAITING)) {
        lua_pushliteral(L, "cannot resume non-suspended coroutine");
        return RESUMED_FAILED;
    }
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return RESUMED_FAILED;
    }
    lua_State *blocked = vm->blocked;
    if (!blocked && !lua_isyieldable(L)) vm->blocked = L;
    lua_xmove(L, co, arguments);
    mark_clear(co, MARK_YIELDED);
    int results = 0, depth = vm->protected_depth;
    int status = resume_tracked(vm, co, L, arguments, &results);
    vm->protected_depth = depth;
    vm->blocked = blocked;
    if (status == LUA_YIELD && vm->waiting) {
        mark_set(co, MARK_WAITING);
        return RESUMED_WAITING;
    }
    vm->unwinding = unwinding;
    if (status == LUA_OK || status == LUA_YIELD) {
        if (!lua_checkstack(L, results + 1)) {
            lua_pop(co, results);
            lua_pushliteral(L, "too many results to resume");
            return RESUMED_FAILED;
        }
        lua_xmove(co, L, results);
        return results;
    }
    lua_xmove(co, L, 1);
    return RESUMED_FAILED;
}

static lua_State *coroutine_at(lua_State *L, int index) {
    lua_State *co = lua_tothread(L, index);
    luaL_argexpected(L, co, index, "coroutine");
    return co;
}

static int resume_result(lua_State *L, int results) {
    if (results == RESUMED_FAILED) {
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushboolean(L, 1);
    lua_insert(L, -(results + 1));
    return results + 1;
}

static int resume_continued(lua_State *L, int status, lua_KContext unwinding) {
    (void)status;
    lua_State *co = coroutine_at(L, 1);
    mark_clear(co, MARK_WAITING);
    int results = resume(L, co, 0, unwinding != 0);
    if (results == RESUMED_WAITING) return lua_yieldk(L, 0, unwinding, resume_continued);
    return resume_result(L, results);
}

static int co_resume(lua_State *L) {
    lua_State *co = coroutine_at(L, 1);
    bool unwinding = clua_of(L)->unwinding;
    int results = resume(L, co, lua_gettop(L) - 1, unwinding);
    if (results == RESUMED_WAITING) return lua_yieldk(L, 0, unwinding, resume_continued);
    return resume_result(L, results);
}

static int wrap_result(lua_State *L, lua_State *co, int results) {
    if (results != RESUMED_FAILED) return results;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        status = reset_tracked(L, co);
        lua_xmove(co, L, 1);
    }
    // What ends the script has its place already, and is not caught on the way.
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING && !stop_reason(clua_of(L))) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int wrap_continued(lua_State *L, int status, lua_KContext unwinding) {
    (void)status;
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    mark_clear(co, MARK_WAITING);
    int results = resume(L, co, 0, unwinding != 0);
    if (results == RESUMED_WAITING) return lua_yieldk(L, 0, unwinding, wrap_continued);
    return wrap_result(L, co, results);
}

static int wrap_call(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    if (!co) return luaL_error(L, "this coroutine has gone");
    bool unwinding = clua_of(L)->unwinding;
    int results = resume(L, co, lua_gettop(L), unwinding);
    if (results == RESUMED_WAITING) return lua_yieldk(L, 0, unwinding, wrap_continued);
    return wrap_result(L, co, results);
}

static int co_create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int co_wrap(lua_State *L) {
    co_create(L);
    lua_pushcclosure(L, wrap_call, 1);
    return 1;
}

static int yielded(lua_State *L, int status, lua_KContext context) {
    (void)status, (void)context;
    if (clua_of(L)->leaving != L) return lua_gettop(L);
    lua_pushnil(L);
    return yield_to_be_closed(L);
}

static int co_yield(lua_State *L) {
    if (mark_get(L) & MARK_TASK) return luaL_error(L, "attempt to yield from outside a coroutine");
    if (lua_isyieldable(L)) mark_set(L, MARK_YIELDED);
    return lua_yieldk(L, lua_gettop(L), 0, yielded);
}

static const char *status_of(lua_State *L, lua_State *co) {
    if (L == co) return "running";
    if (mark_get(co) & MARK_WAITING) return "normal";
    switch (lua_status(co)) {
    case LUA_YIELD:
        return mark_get(co) & MARK_TASK ? "normal" : "suspended";
    case LUA_OK: {
        lua_Debug frame;
        if (lua_getstack(co, 0, &frame)) return "normal";
        return lua_gettop(co) == 0 ? "dead" : mark_get(co) & MARK_TASK ? "normal" : "suspended";
    }
    default: return "dead";
    }
}

static int co_status(lua_State *L) {
    lua_pushstring(L, status_of(L, coroutine_at(L, 1)));
    return 1;
}

static int co_running(lua_State *L) {
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main || mark_get(L) & MARK_TASK);
    return 2;
}

static int co_isyieldable(lua_State *L) {
    lua_State *co = lua_isnone(L, 1) ? L : coroutine_at(L, 1);
    lua_pushboolean(L, lua_isyieldable(co) && !(mark_get(co) & MARK_TASK));
    return 1;
}

static int co_close(lua_State *L) {
    lua_State *co = coroutine_at(L, 1);
    const char *status = status_of(L, co);
    if (status[0] != 's' && status[0] != 'd') return luaL_error(L, "cannot close a %s coroutine", status);
    if (reset_tracked(L, co) == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(co, L, 1);
    return 2;
}

int coroutine_open(lua_State *L) {
    static const luaL_Reg functions[] = { { "create", co_create }, { "resume", co_resume }, { "running", co_running },
        { "status", co_status }, { "wrap", co_wrap }, { "yield", co_yield }, { "isyieldable", co_isyieldable },
        { "close", co_close }, { NULL, NULL } };
    luaL_newlib(L, functions);
    return 1;
}

// ---- tasks ------------------------------------------------------------------------------------------------------------------

static int task_done(lua_State *L, int status, lua_KContext context) {
    (void)context;
    if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
    return lua_gettop(L) - 1;
}

// Runs under lua_pcallk so that `__close` handlers can wait while an error is on its way out.
static int task_body(lua_State *L) {
    lua_pushcfunction(L, call_failed);
    lua_insert(L, 1);
    return task_done(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, task_done), 0);
}

static int new_task_protected(lua_State *L) {
    lua_State **task = lua_touserdata(L, 1);
    int count = lua_gettop(L) - 1;
    lua_State *co = lua_newthread(L);
    if (!lua_checkstack(co, count + 2)) return luaL_error(L, "too many arguments");
    lua_insert(L, 2);
    lua_pushcfunction(co, task_body);
    lua_xmove(L, co, count);
    mark_set(co, MARK_TASK);
    *task = co;
    return 1;
}

int clua_new_task(lua_State *L, int arguments, lua_State **task) {
    return protect(L, new_task_protected, task, arguments + 1, 1);
}

int clua_resume(clua_vm *vm, lua_State *task, bool *unwinding, int *depth, bool final) {
    int results;
    int arguments = lua_status(task) == LUA_YIELD ? 0 : lua_gettop(task) - 1;
    vm->unwinding = *unwinding;
    vm->protected_depth = *depth;
    vm->blocked = NULL;
    vm->task = task;
    vm->final = final;
    vm->memory_place[0] = 0;
    struct entry outer = stop_enter(vm, vm->main);
    int status = resume_tracked(vm, task, vm->main, arguments, &results);
    stop_leave(vm, outer);
    vm->final = false;
    vm->task = NULL;
    *unwinding = vm->unwinding;
    *depth = vm->protected_depth;
    vm->unwinding = false;
    vm->protected_depth = 0;
    if (status == LUA_YIELD && !vm->waiting) lua_settop(task, lua_gettop(task) - results);
    return status;
}

void clua_move(lua_State *from, lua_State *to, int count) { lua_xmove(from, to, count); }
