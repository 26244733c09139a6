// Small blocks for Lua, which makes and collects objects all the time: the system's allocator keeps a handful of each size at
// hand and looks for all others in longer ways. Lua says how large a block is when it gives it back, so a block needs no
// header: the free ones of a size, in steps of 16 bytes, lie in a list, the last one on top. They are cut from chunks, which
// go back to the system when a sweep finds that nothing of them is in use, or with the VM.
#include <assert.h>

#include "internal.h"

#define STEP 16
#define LARGEST 512
#define CHUNK ((size_t)4080)  // with its own header a page of glibc's; small, so that few survivors hold little
#define FIRST_SWEEP ((size_t)4 << 20)

typedef struct chunk {
    struct chunk *next;
    size_t free;  // bytes in lists, counted by a sweep
} chunk;

_Static_assert(sizeof(chunk) % STEP == 0, "blocks are aligned as the system's are");
_Static_assert(CHUNK % STEP == 0 && CHUNK >= sizeof(chunk) + LARGEST, "a chunk has room for a block of any size");
_Static_assert(sizeof((clua_pool){0}.free) / sizeof(void *) == LARGEST / STEP, "each size has its list");

// Under the address sanitizer each block is the system's, which it watches.
static inline bool is_small(size_t size) {
#if defined(__SANITIZE_ADDRESS__)
    return false;
#elif defined(__has_feature) && __has_feature(address_sanitizer)
    return false;
#else
    return size <= LARGEST;
#endif
}

static inline size_t list_of(size_t size) { return (size - 1) / STEP; }
static inline size_t room_of(size_t list) { return (list + 1) * STEP; }
static inline size_t left(const clua_pool *pool) { return (size_t)(pool->end - pool->at); }

static inline void put(clua_pool *pool, void *block, size_t list) {
    *(void **)block = pool->free[list];
    pool->free[list] = block;
}

static bool take_chunk(clua_pool *pool) {
    if (pool->held > FIRST_SWEEP && pool->held > 2 * pool->swept) pool_sweep(pool);
    // What is left of the last one is a block of its own.
    if (left(pool)) put(pool, pool->at, list_of(left(pool)));
    pool->at = pool->end = NULL;

    chunk *new = malloc(CHUNK);
    if (!new) return false;
    *new = (chunk){.next = pool->chunks};
    pool->chunks = new;
    pool->held += CHUNK;
    pool->at = (char *)(new + 1);
    pool->end = (char *)new + CHUNK;
    return true;
}

static void *take(clua_pool *pool, size_t size) {
    size_t list = list_of(size), room = room_of(list);
    void **block = pool->free[list];
    if (block) {
        pool->free[list] = *block;
    } else {
        if (left(pool) < room && !take_chunk(pool)) return NULL;
        block = (void **)pool->at;
        pool->at += room;
    }
    pool->used += room;
    return block;
}

static void give(clua_pool *pool, void *block, size_t size) {
    size_t list = list_of(size), room = room_of(list);
    put(pool, block, list);
    pool->used -= room;
    pool->given += room;
}

void pool_free(clua_pool *pool, void *block, size_t size) {
    if (block && is_small(size)) {
        give(pool, block, size);
    } else {
        free(block);
    }
}

// The system has no memory for a smaller block: the old one takes its place, and goes into its list one day. What it has too
// much, or all of one from outside, is lost until the VM ends, or the process.
static void *keep(clua_pool *pool, void *block, size_t old_size, size_t new_size) {
    if (!is_small(new_size)) return block;
    size_t room = room_of(list_of(new_size));
    if (is_small(old_size)) {
        pool->used -= room_of(list_of(old_size)) - room;
    } else {
        pool->used += room;
        pool->held += room;
    }
    return block;
}

static void *resized(clua_pool *pool, void *block, size_t old_size, size_t new_size) {
    bool was_small = is_small(old_size), is_small_now = is_small(new_size);
    if (block && !was_small && !is_small_now) return realloc(block, new_size);
    if (block && was_small && is_small_now && list_of(old_size) == list_of(new_size)) return block;
    void *result = is_small_now ? take(pool, new_size) : malloc(new_size);
    if (!result || !block) return result;
    memcpy(result, block, old_size < new_size ? old_size : new_size);
    pool_free(pool, block, old_size);
    return result;
}

// A block of another size with what is in the old one, which is gone then; NULL when there is none that is larger, and the
// old one stays.
void *pool_resize(clua_pool *pool, void *block, size_t old_size, size_t new_size) {
    void *result = resized(pool, block, old_size, new_size);
    return result || !block || new_size > old_size ? result : keep(pool, block, old_size, new_size);
}

// How many bytes the system would have to give for that.
size_t pool_needs(const clua_pool *pool, size_t old_size, size_t new_size) {
    if (!is_small(new_size)) return is_small(old_size) ? new_size : new_size - old_size;
    size_t list = list_of(new_size);
    if (old_size && is_small(old_size) && list_of(old_size) == list) return 0;
    return pool->free[list] || left(pool) >= room_of(list) ? 0 : CHUNK;
}

// ---- giving chunks back ----

static int by_place(const void *left, const void *right) {
    uintptr_t a = (uintptr_t)*(chunk *const *)left, b = (uintptr_t)*(chunk *const *)right;
    return (a > b) - (a < b);
}

// The chunk that a block lies in. NULL for one from outside, see keep.
static chunk *chunk_of(chunk **all, size_t count, const void *block) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)all[middle] <= (uintptr_t)block) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    chunk *found = low ? all[low - 1] : NULL;
    return found && (uintptr_t)block < (uintptr_t)found + CHUNK ? found : NULL;
}

// The latest one is still being cut.
static bool is_empty(const clua_pool *pool, const chunk *one) {
    return one && one != pool->chunks && one->free == CHUNK - sizeof(chunk);
}

// Gives back the chunks of which nothing is in use.
void pool_sweep(clua_pool *pool) {
    size_t count = 0;
    chunk **all = malloc(pool->held / CHUNK * sizeof *all + 1);
    if (!all) return;
    for (chunk *one = pool->chunks; one; one = one->next) {
        one->free = 0;
        all[count++] = one;
    }
    qsort(all, count, sizeof *all, by_place);
    for (size_t list = 0; list < LARGEST / STEP; list++) {
        for (void **block = pool->free[list]; block; block = *block) {
            chunk *one = chunk_of(all, count, block);
            if (one) one->free += room_of(list);
        }
    }
    for (size_t list = 0; list < LARGEST / STEP; list++) {
        void **link = &pool->free[list];
        while (*link) {
            if (is_empty(pool, chunk_of(all, count, *link))) {
                *link = *(void **)*link;
            } else {
                link = *link;
            }
        }
    }
    free(all);
    chunk **link = (chunk **)&pool->chunks;
    while (*link) {
        chunk *one = *link;
        if (is_empty(pool, one)) {
            *link = one->next;
            pool->held -= CHUNK;
            free(one);
        } else {
            link = &one->next;
        }
    }
    pool->swept = pool->held;
    pool->given = 0;
}

void pool_close(clua_pool *pool) {
#ifdef DEBUG
    assert(pool->used == 0);  // Lua has given back all of it, with the sizes that it took
#endif
    for (chunk *one = pool->chunks; one;) {
        chunk *next = one->next;
        free(one);
        one = next;
    }
    memset(pool, 0, sizeof *pool);
}
