// Lua for Swift, without the parts that leave by longjmp.
//
// This header forward-declares lua_State and never includes lua.h, so that no Swift code can call what raises: a Swift
// frame that a longjmp skips would never be released. Three kinds of functions are here:
//   1. Lua's own functions that its manual marks "–" (they raise nothing); declared again, called directly.
//   2. `clua_…` functions that run the raising ones in protected mode; they return a Lua status (0 is fine), and when it
//      is not 0 the error value is on top of the stack (except for CLUA_NO_STACK, when nothing is).
//   3. Callbacks: C decodes and protects, Swift returns a status, and C raises or waits (yields) after Swift has returned.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lua_State lua_State;
typedef struct clua_vm clua_vm;

// ---- constants of lua.h -----------------------------------------------------------------------------------------------
#define CLUA_OK 0
#define CLUA_YIELD 1
#define CLUA_ERRRUN 2
#define CLUA_ERRSYNTAX 3
#define CLUA_ERRMEM 4
#define CLUA_ERRERR 5
#define CLUA_NO_STACK 99
#define CLUA_TNONE (-1)
#define CLUA_TNIL 0
#define CLUA_TBOOLEAN 1
#define CLUA_TLIGHTUSERDATA 2
#define CLUA_TNUMBER 3
#define CLUA_TSTRING 4
#define CLUA_TTABLE 5
#define CLUA_TFUNCTION 6
#define CLUA_TUSERDATA 7
#define CLUA_TTHREAD 8
#define CLUA_REGISTRYINDEX (-1001000)

// ---- 1. marked "–" in the manual --------------------------------------------------------------------------------------
int lua_gettop(lua_State *L);
void lua_settop(lua_State *L, int index);  // never over a to-be-closed slot: those belong to script frames
int lua_checkstack(lua_State *L, int n);
void lua_pushvalue(lua_State *L, int index);
void lua_rotate(lua_State *L, int index, int n);
int lua_type(lua_State *L, int index);
int lua_isinteger(lua_State *L, int index);
int lua_toboolean(lua_State *L, int index);
long long lua_tointegerx(lua_State *L, int index, int *isnum);
double lua_tonumberx(lua_State *L, int index, int *isnum);
unsigned long long lua_rawlen(lua_State *L, int index);
int lua_rawequal(lua_State *L, int index1, int index2);
void *lua_touserdata(lua_State *L, int index);
lua_State *lua_tothread(lua_State *L, int index);
const void *lua_topointer(lua_State *L, int index);
int lua_rawgeti(lua_State *L, int index, long long n);
void lua_pushnil(lua_State *L);
void lua_pushboolean(lua_State *L, int b);
void lua_pushinteger(lua_State *L, long long n);
void lua_pushnumber(lua_State *L, double n);
int lua_getmetatable(lua_State *L, int index);
int lua_isyieldable(lua_State *L);
int lua_status(lua_State *L);

// ---- the VM's block -----------------------------------------------------------------------------------------------------
/// What a Swift callback returns when it does not return a number of results.
#define CLUA_RAISE_MESSAGE (-1)  // raise the text in the VM's text buffer, with the position of the caller in front
#define CLUA_RAISE_VALUE (-2)  // raise the value on top of the stack
#define CLUA_WAIT (-3)  // suspend the running task; its continuation asks `resumed` for the results
#define CLUA_RAISE_MEMORY (-4)  // raise Lua's memory error
#define CLUA_RAISE_ARGUMENT (-6)  // raise "bad argument #call_arguments to '…' (text)"
#define CLUA_CALL (-5)  // call the function below the arguments that are above it (count in call_arguments); its
// results are the results, and it may wait

typedef int (*clua_callback)(void *box, lua_State *L);

/// Why a script is being ended from outside; larger is more urgent.
#define CLUA_STOP_NONE 0
#define CLUA_STOP_EXIT 1
#define CLUA_STOP_TIME 2
#define CLUA_STOP_CPU 3
#define CLUA_STOP_INTERRUPT 4
#define CLUA_STOP_KILL 5

// Small blocks of memory, see pool.c.
typedef struct {
    void *free[32];  // by size
    char *at, *end;  // what is left of the latest chunk
    void *chunks;    // the latest first
    size_t held;     // bytes that the system has given
    size_t used;     // bytes of them in blocks that are in use
    size_t given;    // bytes of blocks given back since the last sweep
    size_t swept;    // bytes held after it
} clua_pool;

struct clua_vm {
    lua_State *main;     // the state's own thread
    lua_State *running;  // the coroutine that runs now; what a hook is armed on
    void *host;          // the Swift LuaVM, not retained

    // A string that waits to be pushed: filled by Swift, pushed by C after Swift has returned.
    char *text;
    size_t text_length, text_capacity;
    bool text_pending;
    const char *text_from;  // where what is pending lies: `text`, or bytes lent for the call

    int call_arguments;  // for CLUA_CALL
    bool waiting;        // set when a coroutine yields to the scheduler rather than to a script's resume
    bool unwinding;      // an error is on its way to its pcall: what waits now is a clean-up
    int protected_depth; // how many calls of pcall and xpcall are under way where the script is
    bool final;          // the running task is to end whatever it catches
    bool shielded;       // the running task is in task.shield: what ends the script waits for that, within the grace time
    bool abandoned;      // a coroutine yielded the error that ends it, see leave_deep
    lua_State *leaving;  // a coroutine that is resumed only to be closed; NULL when none is
    lua_State *task;     // the root of the running task; NULL when none runs
    lua_State *closing;  // the coroutine that coroutine.close is closing; NULL when none
    void *close_base;    // where on the C stack the outermost of those began
    lua_State *blocked;  // an outer coroutine of the chain that cannot yield; NULL when none
    int resumed_status;  // the status that the last clua_resume gave to the continuation
    char *traceback;     // of the last error that reached clua_pcall or a task's body; malloc'ed, NULL when none

    bool in_warning;      // more pieces of a warning are to come
    bool hides_warnings;  // after warn("@off")

    // Memory.
    clua_pool pool;
    size_t memory_used, memory_peak, memory_limit;  // bytes; a limit of 0 means none
    int64_t fail_after;                             // refuse the n-th allocation from now on; -1 never
    bool memory_refused;                            // an allocation was refused since this was last cleared
    void *reserve;                                  // given back when the system refuses memory, see memory.c
    size_t system_limit;                            // bytes that may be used since then; 0 for no such limit
    char memory_place[2048];                        // where the script was then, as lines of a traceback

    // Stopping from outside; written by other threads (Swift cannot see _Atomic, so the shim uses the atomic builtins).
    volatile int stop;       // CLUA_STOP_…
    volatile int64_t grace;  // nanoseconds of CLOCK_MONOTONIC until which clean-ups may go on computing
    volatile bool watched;   // the running task is looked at every so many instructions
    volatile uint64_t signs;  // of life: counts whatever shows that Lua code goes on, while the script is to stop
    volatile bool asked;      // where it is, for memory_place

    // Swift's functions.
    void (*release)(void *object);                  // ends the Lua side's ownership of a Swift object
    void (*retain)(void *object);
    int (*resumed)(void *host, lua_State *L);       // pushes a waiting operation's results, or says how to raise
    int (*convert)(void *object, lua_State *L);     // __tostring of a host error: text in the text buffer
    int (*watch)(void *host, lua_State *L);         // looks at a watched task; below 0 says what to raise
    // What may be shown of a text: 0 all of it, 1 what is in the text buffer now. Without a text: whether that can be less.
    int (*cover)(void *host, const char *text, size_t length);
    int (*module_wait)(void *host, lua_State *L, const char *name);  // waits until another task has loaded a module
    void (*module_done)(void *host, const char *name);               // wakes those that wait so
    // References in the registry: the null value, the metatables of sequences and of host errors, two strings.
    int null_reference, array_reference, error_reference, name_reference, tostring_reference;
    const void *null_pointer, *array_pointer;
};

static inline clua_vm *clua_of(lua_State *L) {
    // Lua keeps one pointer before each lua_State for its host; its low bits are this coroutine's marks.
    return (clua_vm *)(*(uintptr_t *)((char *)L - sizeof(void *)) & ~(uintptr_t)63);
}

/// nil when memory does not suffice.
clua_vm *clua_new(void *host, size_t memory_limit, int64_t fail_after);
/// Closes the state, once; the block stays until it is freed.
void clua_close(clua_vm *vm);
void clua_free_vm(clua_vm *vm);
const char *clua_version(void);

// ---- strings and the text buffer ----------------------------------------------------------------------------------------
/// The bytes of a string (not of a number); NULL for every other type. Valid while the value is on the stack.
const char *clua_string(lua_State *L, int index, size_t *length);
static inline bool clua_same(const void *a, const void *b, size_t length) {
    return length == 0 || __builtin_memcmp(a, b, length) == 0;
}
bool clua_grow_text(clua_vm *vm, size_t length);
/// Room for `length` bytes of pending text; NULL when memory does not suffice. Sets the length, not `text_pending`.
static inline char *clua_text(clua_vm *vm, size_t length) {
    if (length + 1 > vm->text_capacity && !clua_grow_text(vm, length)) return NULL;
    vm->text_length = length;
    return vm->text;
}
/// The value at the index as `tostring` gives it, at the text buffer; calls __tostring.
int clua_tostring(lua_State *L, int index);
/// True when the value's metatable has __tostring.
bool clua_has_tostring(lua_State *L, int index);
void clua_free_traceback(clua_vm *vm);
int clua_push_string(lua_State *L, const void *bytes, size_t length);
const char *clua_type_name(int type);
/// The name of a value's type as error messages give it (`__name` honoured); written to `buffer`.
void clua_describe(lua_State *L, int index, char *buffer, size_t size);

// ---- references and tables ----------------------------------------------------------------------------------------------
/// Pops the value on top and keeps it in the registry.
int clua_reference(lua_State *L, int *reference);
void clua_release(lua_State *L, int reference);
int clua_new_table(lua_State *L, int array, int hash);
/// t[k] and t[k] = v without metamethods: key (and value) are popped, the result is pushed.
int clua_raw_get(lua_State *L, int table);
int clua_raw_set(lua_State *L, int table);
/// The same with metamethods.
int clua_get(lua_State *L, int table);
int clua_set(lua_State *L, int table);
int clua_set_metatable(lua_State *L, int index);
/// 1 and the next key and value pushed, 0 at the end (key popped); a status below 0 never, above 1 an error.
int clua_next(lua_State *L, int table, int *more);
int clua_push_globals(lua_State *L);
int clua_length(lua_State *L, int index, long long *length);

// ---- trees of values as bytes: see codec.c for the format -----------------------------------------------------------------
int clua_decode(lua_State *L, const void *bytes, size_t length);
/// The value at the index as bytes that the caller frees; functions, userdata and threads come as their type's name alone.
int clua_encode(lua_State *L, int index, void **bytes, size_t *length);

void clua_free(void *bytes);

// ---- functions ------------------------------------------------------------------------------------------------------------
/// Pushes a function that calls `call(box, L)`. The box is retained by the function.
int clua_push_function(lua_State *L, clua_callback call, void *box);
/// The same for a function that may return CLUA_WAIT: it raises where Lua cannot wait before Swift is asked.
int clua_push_waiting_function(lua_State *L, clua_callback call, void *box);
int clua_load(lua_State *L, const void *bytes, size_t length, const char *name, const char *mode, bool own_environment);
/// Calls the function below `arguments` values, with a traceback in `traceback` when it fails.
int clua_pcall(lua_State *L, int arguments, int results);

// ---- userdata ---------------------------------------------------------------------------------------------------------------
/// Pushes a userdata that owns `object`; its metatable is the registry's `metatable` reference.
/// Pushes a metatable for host objects: named, locked, and releasing its object when collected.
int clua_new_object_metatable(lua_State *L, const char *name);
int clua_push_object(lua_State *L, void *object, const void *type, int metatable);
/// The object of a userdata made by clua_push_object, and its type; NULL for anything else.
void *clua_object(lua_State *L, int index, const void **type);
/// Pops a table of fields and pushes a host error: a userdata whose fields can be read and whose tostring is `convert`.
int clua_push_error(lua_State *L, void *object, const void *type);
/// Pushes `field` of the uservalue of a userdata at the index, nil when it has none.
int clua_fields(lua_State *L, int index);

// ---- coroutines ---------------------------------------------------------------------------------------------------------------
/// Pops a function and its arguments and pushes a coroutine that will run them as a task.
int clua_new_task(lua_State *L, int arguments, lua_State **task);
/// Runs a task until it waits (CLUA_YIELD), ends (CLUA_OK; its results are on its stack) or fails (error on its stack).
/// With `final`, no pcall of it catches an error any more. What `unwinding` and `depth` point to belongs to the task: false
/// and 0 at first.
int clua_resume(clua_vm *vm, lua_State *task, bool *unwinding, int *depth, bool final);
/// Moves `count` values from one coroutine's stack to another's.
void clua_move(lua_State *from, lua_State *to, int count);
/// True when the coroutine, as it waits, is inside a `__close` handler.
bool clua_in_close(lua_State *L);
/// Where Lua code is at `level`: "file:line"; false when there is no such level.
bool clua_where(lua_State *L, int level, char *buffer, size_t size);
int clua_traceback(lua_State *L, lua_State *of, const char *message);
/// For errors of waiting functions: what stands in the way of waiting here, as text.
void clua_obstacle(lua_State *L, char *buffer, size_t size);

/// Pushes the list of `require`'s searchers, which a sandbox has too, with nothing in it.
int clua_push_searchers(lua_State *L);
/// Pushes the function by which a sandbox locks its libraries: it gives a proxy of a table, which reads it and cannot be
/// changed.
int clua_push_lock(lua_State *L);

// ---- libraries and limits -----------------------------------------------------------------------------------------------------
int clua_open_trusted(lua_State *L);
int clua_open_sandbox(lua_State *L);
/// Asks the script to stop. Any thread; `thread` is where the VM runs now, and is told by a signal.
void clua_stop(clua_vm *vm, int reason, int64_t grace, uint64_t thread);
void clua_stop_clear(clua_vm *vm);
/// Says whether what runs now is to end first. When it is not any more, the next instruction is looked at.
void clua_shield(clua_vm *vm, bool shielded);
/// Has the running task looked at (`watch`), now and every so many instructions; any thread, as clua_stop.
void clua_watch(clua_vm *vm, bool watches, uint64_t thread);
int clua_stop_reason(clua_vm *vm);
/// Writes what standard output has buffered, unless that would wait for another thread or for a reader.
void clua_flush_unless_in_use(void);
/// Writes it, and says whether all that was ever written there has arrived: 0, or the error's number; that of a stream which
/// was closed from the start is no error.
int clua_output_error(void);
/// Whether `print` raises an error when what reads standard output has gone (EPIPE). The process's; off at the start.
void clua_need_reader(bool needs);
/// Whether clean-ups may go on, of a script that is to stop.
bool clua_grace(clua_vm *vm);
/// Counts up whenever Lua code comes to a next instruction while the script is to stop; 0 when none runs. Any thread.
uint64_t clua_signs(clua_vm *vm);
/// Has the VM's thread write into `memory_place` where it is, even in the middle of a C function. Any thread.
void clua_ask_place(clua_vm *vm, uint64_t thread);
bool clua_place_asked(clua_vm *vm);
uint64_t clua_this_thread(void);
int64_t clua_thread_cpu(uint64_t thread);
int clua_collect(lua_State *L);
