// Lua's patterns with a bound on the work: compiled into items once, then matched step by step.
#pragma once
#include "internal.h"

#define PATTERN_CAPTURES 32  // as LUA_MAXCAPTURES

struct item;

// One match under way: what it works on, and what it has captured.
struct matcher {
    lua_State *L;
    const char *subject, *end;
    const struct item *items;
    int levels;         // captures begun
    int depth;          // of recursion
    int64_t steps;      // taken since `pause` was last filled
    int64_t budget;     // that are left in all
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[PATTERN_CAPTURES];
};

#define CAPTURE_OPEN (-1)
#define CAPTURE_POSITION (-2)

// Compiles a pattern into memory that is pushed on the stack (which therefore has to stay there).
const struct item *pattern_compile(lua_State *L, const char *pattern, size_t length);
void pattern_begin(struct matcher *m, lua_State *L, const char *subject, size_t length, const struct item *items);
// The end of the match that begins at `from`, NULL when there is none. Raises what is wrong with the pattern, where Lua
// would; when it takes too long; and when the script is to stop.
const char *pattern_match(struct matcher *m, const char *from);
// Pushes capture `index`; the whole match when there are no captures and `index` is 0.
void pattern_push_capture(struct matcher *m, int index, const char *from, const char *to);
// Pushes all captures, or the whole match (nothing when `from` is NULL) when there are none: their number.
int pattern_push_captures(struct matcher *m, const char *from, const char *to);

// string.find, match, gmatch and gsub on it, for the table on top.
void pattern_install(lua_State *L);
