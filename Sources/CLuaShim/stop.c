// Ending a script from outside. Nothing is hooked until then: a count hook slows a tight loop about three times.
//
// lua_sethook may be called while Lua runs, but only on the same thread (it walks the frames of the coroutine). So the
// thread that wants a stop sets a flag and sends the VM's thread a signal, and the handler arms the hook, as lua.c does
// for ^C. The signal is SIGURG: it is ignored by default, so that a stray one harms nobody, and a handler that the host
// has for it is called too.
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "internal.h"

#define WATCH_PACE 100000  // instructions between two looks at a task that is to end

static _Thread_local clua_vm *entered;
static struct sigaction previous;

static int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) return 0;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const char *reason_text(int reason) {
    switch (reason) {
    case CLUA_STOP_EXIT: return "the script exits";
    case CLUA_STOP_TIME: return "the time limit was reached";
    case CLUA_STOP_CPU: return "the processor time limit was reached";
    default: return "interrupted";
    }
}

bool stop_grace(clua_vm *vm) {
    return stop_reason(vm) < CLUA_STOP_KILL &&
           clock_ns(CLOCK_MONOTONIC) < __atomic_load_n(&vm->grace, __ATOMIC_RELAXED);
}

// A clean-up, and what is shielded, goes on until the grace time is over.
static bool spares(lua_State *L, clua_vm *vm) {
    return (vm->unwinding || vm->shielded || clua_in_close(L)) && stop_grace(vm);
}

static void raise_stop(lua_State *L, clua_vm *vm, int reason, int level) {
    vm->unwinding = true;
    luaL_where(L, level);
    lua_pushstring(L, reason_text(reason));
    lua_concat(L, 2);
    lua_error(L);
}

void stop_check(lua_State *L) {
    clua_vm *vm = clua_of(L);
    int reason = stop_reason(vm);
    if (reason && !spares(L, vm)) raise_stop(L, vm, reason, 1);
}

static void stop_hook(lua_State *L, lua_Debug *frame) {
    (void)frame;
    clua_vm *vm = clua_of(L);
    int reason = stop_reason(vm);
    show_life(vm);
    if (!reason) {
        if (!is_watched(vm)) {
            lua_sethook(L, NULL, 0, 0);
            return;
        }
        // The host looks at the task that runs: it may raise, or have it watched on.
        int status = vm->watch(vm->host, L);
        stop_arm(vm, L);
        if (status < 0) raise_here(L, status);
        return;
    }
    if (spares(L, vm)) {
        lua_sethook(L, stop_hook, LUA_MASKCOUNT, 1000);  // let it go on, and look again
        return;
    }
    // The very next instruction is stopped too, so that a loop around a coroutine that catches this ends as well.
    lua_sethook(L, stop_hook, LUA_MASKCOUNT, 1);
    drop_handler(L, 0);
    raise_stop(L, vm, reason, 0);
}

void stop_arm(clua_vm *vm, lua_State *L) {
    if (L) lua_sethook(L, stop_hook, LUA_MASKCOUNT, stop_reason(vm) || vm->final ? 1 : WATCH_PACE);
}

static void on_signal(int number, siginfo_t *info, void *context) {
    clua_vm *vm = entered;
    if (vm && vm->asked) {
        note_place(vm);
        vm->asked = false;
    }
    // The first look is at once.
    if (vm && vm->running && needs_hook(vm)) lua_sethook(vm->running, stop_hook, LUA_MASKCOUNT, 1);
    if (previous.sa_flags & SA_SIGINFO) {
        if (previous.sa_sigaction) previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN && previous.sa_handler) {
        previous.sa_handler(number);
    }
}

static void install(void) {
    struct sigaction action = { 0 };
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, &previous);
}

struct entry stop_enter(clua_vm *vm, lua_State *L) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static _Thread_local bool ready;
    if (!ready) {
        // A thread that was made by one of the system's pools inherits a mask that blocks the signal.
        sigset_t set;
        pthread_once(&once, install);
        sigemptyset(&set);
        sigaddset(&set, SIGURG);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        ready = true;
    }
    struct entry outer = { entered, vm->running };
    vm->running = L;
    entered = vm;
    if (needs_hook(vm)) stop_arm(vm, L);
    return outer;
}

void stop_leave(clua_vm *vm, struct entry outer) {
    entered = outer.vm;
    vm->running = outer.running;
    if (outer.vm == vm && needs_hook(vm)) stop_arm(vm, outer.running);
}

void clua_stop(clua_vm *vm, int reason, int64_t grace, uint64_t thread) {
    __atomic_store_n(&vm->grace, clock_ns(CLOCK_MONOTONIC) + grace, __ATOMIC_RELAXED);
    int now = stop_reason(vm);
    while (now < reason &&
           !__atomic_compare_exchange_n(&vm->stop, &now, reason, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    }
    // The VM's own thread arms the hook when it next runs something.
    if (thread) pthread_kill((pthread_t)thread, SIGURG);
}

void clua_watch(clua_vm *vm, bool watches, uint64_t thread) {
    __atomic_store_n(&vm->watched, watches, __ATOMIC_SEQ_CST);
    if (thread) pthread_kill((pthread_t)thread, SIGURG);
}

void clua_shield(clua_vm *vm, bool shielded) {
    vm->shielded = shielded;
    if (!shielded && needs_hook(vm)) stop_arm(vm, vm->running);
}

void clua_stop_clear(clua_vm *vm) { __atomic_store_n(&vm->stop, CLUA_STOP_NONE, __ATOMIC_RELAXED); }

int clua_stop_reason(clua_vm *vm) { return stop_reason(vm); }

bool clua_grace(clua_vm *vm) { return stop_grace(vm); }

uint64_t clua_signs(clua_vm *vm) {
    // Between the turns of its tasks it is the main state that runs.
    if (__atomic_load_n(&vm->running, __ATOMIC_RELAXED) == vm->main) return 0;
    return __atomic_load_n(&vm->signs, __ATOMIC_RELAXED);
}

// Looking at the stack from a signal handler is not safe at every moment: it is for a script that cannot go on anyway.
void clua_ask_place(clua_vm *vm, uint64_t thread) {
    vm->memory_place[0] = 0;
    vm->asked = true;
    pthread_kill((pthread_t)thread, SIGURG);
}

bool clua_place_asked(clua_vm *vm) { return vm->asked; }

uint64_t clua_this_thread(void) { return (uint64_t)pthread_self(); }

int64_t clua_thread_cpu(uint64_t thread) {
    clockid_t clock;
    return pthread_getcpuclockid((pthread_t)thread, &clock) == 0 ? clock_ns(clock) : 0;
}
