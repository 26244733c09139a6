// The matching of Lua's patterns, for the sandbox.
//
// Lua's own matcher is a recursion that no hook can reach: a pattern of ten characters can keep a thread busy for years.
// This one counts its steps. Every few thousand it looks whether the script is to stop, and it gives up after a number that
// takes seconds; whatever ends before that gives what Lua's own gives, to the text of its errors.
#include "pattern.h"

#include <ctype.h>

#define MAXIMUM_STEPS 1000000000  // some seconds
#define PAUSE 65536               // steps between two looks at the stop flag
#define MAXIMUM_DEPTH 200         // as MAXCCALLS of Lua's string library

enum kind {
    ITEM_END,
    ITEM_CHAR,       // one byte
    ITEM_ANY,        // any byte
    ITEM_SET,        // one of a set of bytes
    ITEM_OPEN,       // ( begins a capture
    ITEM_POSITION,   // () captures where it is
    ITEM_CLOSE,      // )
    ITEM_LAST,       // $ at the very end
    ITEM_BALANCE,    // %bxy
    ITEM_FRONTIER,   // %f[set]
    ITEM_REFERENCE,  // %1
    ITEM_ERROR,      // what the pattern is wrong with, told when matching comes here
};

struct item {
    uint8_t kind;
    char repeat;  // '*', '+', '-', '?' or 0
    uint8_t first, second;  // the byte; the pair of %b; the number of %1
    const char *message;
    uint32_t set[8];
};

// ---- compiling ------------------------------------------------------------------------------------------------------------

static void set_add(struct item *item, unsigned char c) { item->set[c >> 5] |= 1u << (c & 31); }
static bool set_has(const struct item *item, unsigned char c) { return item->set[c >> 5] >> (c & 31) & 1; }

static bool class_has(int class, int c) {
    bool has;
    switch (tolower(class)) {
    case 'a': has = isalpha(c); break;
    case 'c': has = iscntrl(c); break;
    case 'd': has = isdigit(c); break;
    case 'g': has = isgraph(c); break;
    case 'l': has = islower(c); break;
    case 'p': has = ispunct(c); break;
    case 's': has = isspace(c); break;
    case 'u': has = isupper(c); break;
    case 'w': has = isalnum(c); break;
    case 'x': has = isxdigit(c); break;
    default: return class == c;
    }
    return isupper(class) ? !has : has;
}

static void set_add_class(struct item *item, unsigned char class) {
    for (int c = 0; c < 256; c++) {
        if (class_has(class, c)) set_add(item, (unsigned char)c);
    }
}

static const char *fail(struct item *item, const char *message) {
    item->kind = ITEM_ERROR;
    item->message = message;
    return NULL;
}

// Reads a set from its `[`; gives what follows it, NULL when it does not end.
static const char *compile_set(struct item *item, const char *at, const char *end) {
    static const char message[] = "malformed pattern (missing ']')";
    bool inverted = ++at < end && *at == '^';
    if (inverted) at++;
    const char *close = at;
    do {  // a ] that comes first is itself one of the set
        if (close >= end) return fail(item, message);
        if (*close++ == '%') close++;
    } while (close >= end || *close != ']');
    for (; at < close; at++) {
        if (*at == '%') {
            set_add_class(item, (unsigned char)*++at);
        } else if (at + 2 < close && at[1] == '-') {
            for (int c = (unsigned char)at[0]; c <= (unsigned char)at[2]; c++) set_add(item, (unsigned char)c);
            at += 2;
        } else {
            set_add(item, (unsigned char)*at);
        }
    }
    if (inverted) {
        for (int i = 0; i < 8; i++) item->set[i] = ~item->set[i];
    }
    item->kind = ITEM_SET;
    return close + 1;
}

static const char *compile_escape(struct item *item, const char *at, const char *end) {
    if (++at >= end) return fail(item, "malformed pattern (ends with '%')");
    unsigned char c = (unsigned char)*at;
    switch (c) {
    case 'b':
        if (end - at < 3) return fail(item, "malformed pattern (missing arguments to '%b')");
        item->kind = ITEM_BALANCE;
        item->first = (uint8_t)at[1];
        item->second = (uint8_t)at[2];
        return at + 3;
    case 'f':
        if (++at >= end || *at != '[') return fail(item, "missing '[' after '%f' in pattern");
        at = compile_set(item, at, end);
        if (at) item->kind = ITEM_FRONTIER;
        return at;
    default:
        if (isdigit(c)) {
            item->kind = ITEM_REFERENCE;
            item->first = c;
        } else if (isalpha(c)) {
            item->kind = ITEM_SET;
            set_add_class(item, c);
        } else {
            item->kind = ITEM_CHAR;
            item->first = c;
        }
        return at + 1;
    }
}

// One item with its repetition; gives what follows, NULL after an error (what follows cannot be reached).
static const char *compile_item(struct item *item, const char *at, const char *end) {
    switch (*at) {
    case '(':
        if (at + 1 < end && at[1] == ')') {
            item->kind = ITEM_POSITION;
            return at + 2;
        }
        item->kind = ITEM_OPEN;
        return at + 1;
    case ')': item->kind = ITEM_CLOSE; return at + 1;
    case '$':
        if (at + 1 == end) {
            item->kind = ITEM_LAST;
            return at + 1;
        }
        break;
    default: break;
    }
    switch (*at) {
    case '%': at = compile_escape(item, at, end); break;
    case '[': at = compile_set(item, at, end); break;
    case '.': item->kind = ITEM_ANY; at++; break;
    default:
        item->kind = ITEM_CHAR;
        item->first = (uint8_t)*at++;
    }
    bool repeats = item->kind == ITEM_CHAR || item->kind == ITEM_ANY || item->kind == ITEM_SET;
    if (at && at < end && repeats && (*at == '*' || *at == '+' || *at == '-' || *at == '?')) item->repeat = *at++;
    return at;
}

const struct item *pattern_compile(lua_State *L, const char *pattern, size_t length) {
    struct item *items = lua_newuserdatauv(L, (length + 1) * sizeof *items, 0);
    struct item *item = items;
    const char *at = pattern, *end = pattern + length;
    while (at && at < end) {
        memset(item, 0, sizeof *item);
        at = compile_item(item++, at, end);
    }
    if (at) {
        memset(item, 0, sizeof *item);
        item->kind = ITEM_END;
    }
    return items;
}

// ---- matching -------------------------------------------------------------------------------------------------------------

void pattern_begin(struct matcher *m, lua_State *L, const char *subject, size_t length, const struct item *items) {
    m->L = L;
    m->subject = subject;
    m->end = subject + length;
    m->items = items;
    m->budget = MAXIMUM_STEPS;
    m->steps = 0;
}

static void take_steps(struct matcher *m, ptrdiff_t count) {
    m->steps += count;
    if (m->steps < PAUSE) return;
    m->budget -= m->steps;
    m->steps = 0;
    stop_check(m->L);
    if (m->budget < 0) {
        luaL_error(m->L, "this pattern takes too long on a string of %d bytes: a sandbox ends it", (int)(m->end - m->subject));
    }
}

static inline bool single(const struct item *item, const char *at) {
    switch (item->kind) {
    case ITEM_CHAR: return (uint8_t)*at == item->first;
    case ITEM_ANY: return true;
    default: return set_has(item, (unsigned char)*at);
    }
}

static const char *match(struct matcher *m, const char *at, const struct item *item);

static const char *match_most(struct matcher *m, const char *at, const struct item *item, ptrdiff_t least) {
    const char *most = at;
    while (most < m->end && single(item, most)) most++;
    take_steps(m, most - at + 1);
    if (item[1].kind == ITEM_END) return most - at < least ? NULL : most;
    // What has to follow at once spares most tries.
    const struct item *next = item + 1;
    bool is_byte = next->kind == ITEM_CHAR && (next->repeat == 0 || next->repeat == '+');
    for (; most - at >= least; most--) {
        if (is_byte && (most >= m->end || (uint8_t)*most != next->first)) {
            take_steps(m, 1);
            continue;
        }
        const char *end = match(m, most, next);
        if (end) return end;
    }
    return NULL;
}

static const char *match_least(struct matcher *m, const char *at, const struct item *item) {
    while (true) {
        const char *end = match(m, at, item + 1);
        if (end) return end;
        if (at >= m->end || !single(item, at)) return NULL;
        at++;
        take_steps(m, 1);
    }
}

static const char *match_balance(struct matcher *m, const char *at, const struct item *item) {
    if (at >= m->end || (uint8_t)*at != item->first) return NULL;
    const char *from = at;
    for (ptrdiff_t open = 1; ++at < m->end;) {
        if ((uint8_t)*at == item->second) {
            if (--open == 0) {
                take_steps(m, at - from);
                return at + 1;
            }
        } else if ((uint8_t)*at == item->first) {
            open++;
        }
    }
    take_steps(m, at - from);
    return NULL;
}

static const char *match_reference(struct matcher *m, const char *at, const struct item *item) {
    int index = item->first - '1';
    if (index < 0 || index >= m->levels || m->captures[index].length == CAPTURE_OPEN) {
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    }
    // A position has no text: Lua takes its length for an enormous one, which never fits.
    if (m->captures[index].length < 0) return NULL;
    ptrdiff_t length = m->captures[index].length;
    take_steps(m, length + 1);
    if (m->end - at < length || memcmp(m->captures[index].start, at, (size_t)length) != 0) return NULL;
    return at + length;
}

static const char *match_open(struct matcher *m, const char *at, const struct item *item) {
    if (m->levels >= PATTERN_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->levels].start = at;
    m->captures[m->levels].length = item->kind == ITEM_POSITION ? CAPTURE_POSITION : CAPTURE_OPEN;
    m->levels++;
    const char *end = match(m, at, item + 1);
    if (!end) m->levels--;
    return end;
}

static const char *match_close(struct matcher *m, const char *at, const struct item *item) {
    int index = m->levels - 1;
    while (index >= 0 && m->captures[index].length != CAPTURE_OPEN) index--;
    if (index < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[index].length = at - m->captures[index].start;
    const char *end = match(m, at, item + 1);
    if (!end) m->captures[index].length = CAPTURE_OPEN;
    return end;
}

static bool at_frontier(struct matcher *m, const char *at, const struct item *item) {
    unsigned char before = at == m->subject ? 0 : (unsigned char)at[-1];
    unsigned char after = at == m->end ? 0 : (unsigned char)*at;
    return !set_has(item, before) && set_has(item, after);
}

// Where the items from `item` on match at `at`, the end of what they match.
static const char *match_items(struct matcher *m, const char *at, const struct item *item) {
    for (;; item++) {
        take_steps(m, 1);
        switch ((enum kind)item->kind) {
        case ITEM_END: return at;
        case ITEM_LAST: return at == m->end ? at : NULL;
        case ITEM_OPEN:
        case ITEM_POSITION: return match_open(m, at, item);
        case ITEM_CLOSE: return match_close(m, at, item);
        case ITEM_BALANCE:
            if (!(at = match_balance(m, at, item))) return NULL;
            continue;
        case ITEM_FRONTIER:
            if (!at_frontier(m, at, item)) return NULL;
            continue;
        case ITEM_REFERENCE:
            if (!(at = match_reference(m, at, item))) return NULL;
            continue;
        case ITEM_ERROR: luaL_error(m->L, "%s", item->message); return NULL;
        case ITEM_CHAR:
        case ITEM_ANY:
        case ITEM_SET: break;
        }
        switch (item->repeat) {
        case '*': return match_most(m, at, item, 0);
        case '+': return match_most(m, at, item, 1);
        case '-': return match_least(m, at, item);
        case '?':
            if (at < m->end && single(item, at)) {
                const char *end = match(m, at + 1, item + 1);
                if (end) return end;
            }
            continue;
        default:
            if (at >= m->end || !single(item, at)) return NULL;
            at++;
        }
    }
}

static const char *match(struct matcher *m, const char *at, const struct item *item) {
    if (m->depth++ >= MAXIMUM_DEPTH) luaL_error(m->L, "pattern too complex");
    const char *end = match_items(m, at, item);
    m->depth--;
    return end;
}

const char *pattern_match(struct matcher *m, const char *from) {
    m->levels = 0;
    m->depth = 0;
    return match(m, from, m->items);
}

void pattern_push_capture(struct matcher *m, int index, const char *from, const char *to) {
    if (index >= m->levels) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(m->L, from, (size_t)(to - from));
        return;
    }
    ptrdiff_t length = m->captures[index].length;
    if (length == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
    if (length == CAPTURE_POSITION) {
        lua_pushinteger(m->L, m->captures[index].start - m->subject + 1);
    } else {
        lua_pushlstring(m->L, m->captures[index].start, (size_t)length);
    }
}

int pattern_push_captures(struct matcher *m, const char *from, const char *to) {
    int count = m->levels == 0 && from ? 1 : m->levels;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) pattern_push_capture(m, i, from, to);
    return count;
}
