/*
 * native/segment/form_sort.c - an external merge sort.
 *
 *     run     item*
 *     item    kind:u8 len:u8 key ordinal:varint
 *
 * What fits in memory is sorted there; each time it does not, it becomes a run
 * in a spool, and in the end all runs are walked together.
 */
#include "native/segment/form_sort.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"

#define CHUNK_BYTES 65536U
#define CHUNKS_MAX  65536U

/* Below this, moving items one by one is quicker than merging. */
#define FEW 8U

/* A word of a key. The prefix spares most comparisons a look at the rest. */
typedef struct addition {
    uint64_t prefix; /* the kind, and the first 7 bytes of the key */
    uint32_t key;    /* its chunk, and in the low 16 bits its place there: its
                      * length, then its bytes */
    uint32_t ordinal;
} addition;

/* Where a walk stands in a run. */
typedef struct run {
    lede_bytes rest;
    lede_form_sorted at;
    bool ended;
} run;

struct lede_form_sort {
    const lede_allocator *allocator;
    uint64_t most_bytes;
    addition *additions;
    size_t count;
    size_t capacity;
    size_t next; /* to be given, when there are no runs */
    uint8_t **chunks;
    size_t chunk_count;
    size_t chunk_capacity;
    size_t room; /* bytes taken of the last one */

    lede_spool spool;
    uint64_t *ends; /* of runs */
    size_t run_count;
    size_t end_capacity;
    run *runs; /* when they are walked */
};

lede_status lede_form_sort_new(lede_form_sort **out, lede_dir *dir,
                               const char *name, uint64_t most_bytes,
                               const lede_allocator *allocator)
{
    lede_form_sort *made = lede_alloc_zero(allocator, sizeof *made);

    if (!made)
        return LEDE_ERR_NOMEM;
    made->allocator = allocator;
    made->most_bytes = most_bytes;
    lede_spool_init(&made->spool, dir, name, allocator);
    *out = made;
    return LEDE_OK;
}

static void drop_additions(lede_form_sort *s)
{
    for (size_t i = 0; i < s->chunk_count; i++)
        lede_release(s->allocator, s->chunks[i], CHUNK_BYTES);
    lede_release(s->allocator, s->chunks,
                 s->chunk_capacity * sizeof *s->chunks);
    lede_release(s->allocator, s->additions,
                 s->capacity * sizeof *s->additions);
    s->chunks = NULL;
    s->chunk_count = s->chunk_capacity = 0;
    s->additions = NULL;
    s->count = s->capacity = 0;
}

void lede_form_sort_free(lede_form_sort *sort)
{
    if (!sort)
        return;
    drop_additions(sort);
    lede_spool_fini(&sort->spool);
    lede_release(sort->allocator, sort->ends,
                 sort->end_capacity * sizeof *sort->ends);
    lede_release(sort->allocator, sort->runs,
                 sort->run_count * sizeof *sort->runs);
    lede_release(sort->allocator, sort, sizeof *sort);
}

/* ---- In memory ---- */

static lede_status add_chunk(lede_form_sort *w)
{
    uint8_t *chunk;

    if (w->chunk_count == CHUNKS_MAX)
        return LEDE_ERR_LIMIT;
    if (!lede_grow(w->allocator, &w->chunks, &w->chunk_capacity,
                   w->chunk_count + 1, sizeof *w->chunks))
        return LEDE_ERR_NOMEM;
    chunk = lede_alloc(w->allocator, CHUNK_BYTES);
    if (!chunk)
        return LEDE_ERR_NOMEM;
    w->chunks[w->chunk_count++] = chunk;
    w->room = 0;
    return LEDE_OK;
}

static lede_status keep_key(lede_form_sort *w, lede_bytes key, uint32_t *place)
{
    lede_status status = LEDE_OK;
    uint8_t *at;

    if (w->chunk_count == 0 || CHUNK_BYTES - w->room < key.len + 1)
        status = add_chunk(w);
    if (status != LEDE_OK)
        return status;
    *place = (uint32_t)(w->chunk_count - 1) << 16 | (uint32_t)w->room;
    at = w->chunks[w->chunk_count - 1] + w->room;
    at[0] = (uint8_t)key.len;
    memcpy(at + 1, key.at, key.len);
    w->room += key.len + 1;
    return LEDE_OK;
}

static uint64_t prefix_of(lede_bytes text)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < text.len ? text.at[i] : 0);
    return prefix;
}

static lede_bytes key_of(const lede_form_sort *w, const addition *a)
{
    const uint8_t *at = w->chunks[a->key >> 16] + (a->key & UINT16_MAX);

    return lede_bytes_of(at + 1, at[0]);
}

static bool stands_before(const lede_form_sort *w, const addition *a,
                          const addition *b)
{
    int order;

    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    order = lede_bytes_compare(key_of(w, a), key_of(w, b));
    return order ? order < 0 : a->ordinal < b->ordinal;
}

static void sort_few(const lede_form_sort *w, addition *at, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        addition moved = at[i];
        size_t j = i;

        for (; j > 0 && stands_before(w, &moved, &at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = moved;
    }
}

/* Keys come nearly in order, for words do and stems are how words begin: halves
 * that are in order already are left so. `aside` has room for half of them. */
static void sort(const lede_form_sort *w, addition *at, size_t count,
                 addition *aside)
{
    size_t half = count / 2, left = 0, right = half, out = 0;

    if (count <= FEW) {
        sort_few(w, at, count);
        return;
    }
    sort(w, at, half, aside);
    sort(w, at + half, count - half, aside);
    if (!stands_before(w, &at[half], &at[half - 1]))
        return;
    memcpy(aside, at, half * sizeof *at);
    while (left < half)
        if (right < count && stands_before(w, &at[right], &aside[left]))
            at[out++] = at[right++];
        else
            at[out++] = aside[left++];
}

static lede_status sort_additions(lede_form_sort *w)
{
    size_t half = w->count / 2;
    addition *aside = lede_alloc_array(w->allocator, half, sizeof *aside);

    if (!aside)
        return LEDE_ERR_NOMEM;
    sort(w, w->additions, w->count, aside);
    lede_release(w->allocator, aside, half * sizeof *aside);
    return LEDE_OK;
}

/* ---- Runs ---- */

static lede_form_sorted sorted_of(const lede_form_sort *w, const addition *a)
{
    return (lede_form_sorted){ (uint8_t)(a->prefix >> 56), key_of(w, a),
                               a->ordinal };
}

static lede_status put_items(lede_form_sort *w, lede_error *err)
{
    lede_buffer *out = &w->spool.bytes;
    lede_status status = LEDE_OK;

    for (size_t i = 0; i < w->count && status == LEDE_OK; i++) {
        lede_form_sorted item = sorted_of(w, &w->additions[i]);

        lede_put_u8(out, item.kind);
        lede_put_u8(out, (uint8_t)item.key.len);
        lede_put(out, item.key.at, item.key.len);
        lede_put_varint(out, item.ordinal);
        status = lede_spool_settle(&w->spool, err);
    }
    return status;
}

/* Makes a run of what is in memory. */
static lede_status put_run(lede_form_sort *w, lede_error *err)
{
    lede_status status = lede_fail_plain(err, sort_additions(w));

    if (status == LEDE_OK)
        status = put_items(w, err);
    if (status == LEDE_OK &&
        !lede_grow(w->allocator, &w->ends, &w->end_capacity, w->run_count + 1,
                   sizeof *w->ends))
        status = lede_fail_plain(err, LEDE_ERR_NOMEM);
    if (status != LEDE_OK)
        return status;
    w->ends[w->run_count++] = w->spool.written + w->spool.bytes.len;
    drop_additions(w);
    return LEDE_OK;
}

/* With what the next addition and sorting them may take. */
static uint64_t bytes_of(const lede_form_sort *w)
{
    return w->count * sizeof *w->additions / 2 * 3 +
           (w->count == w->capacity ? w->capacity * sizeof *w->additions / 2 * 3
                                    : 0) +
           w->chunk_count * (uint64_t)CHUNK_BYTES;
}

lede_status lede_form_sort_add(lede_form_sort *sort, uint8_t kind,
                               lede_bytes key, uint32_t ordinal,
                               lede_error *err)
{
    lede_form_sort *w = sort;
    addition *a;
    lede_status status = LEDE_OK;

    if (w->spool.dir && w->count > 0 && bytes_of(w) >= w->most_bytes)
        status = put_run(w, err);
    if (status != LEDE_OK)
        return status;
    if (!lede_grow(w->allocator, &w->additions, &w->capacity, w->count + 1,
                   sizeof *a))
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    a = &w->additions[w->count];
    a->prefix = (uint64_t)kind << 56 | prefix_of(key) >> 8;
    a->ordinal = ordinal;
    status = keep_key(w, key, &a->key);
    w->count += status == LEDE_OK;
    return lede_fail_plain(err, status);
}

static void next_of_run(run *r)
{
    uint8_t len;
    uint64_t ordinal;

    r->ended = !lede_take_u8(&r->rest, &r->at.kind) ||
               !lede_take_u8(&r->rest, &len) ||
               !lede_take(&r->rest, len, &r->at.key) ||
               !lede_take_varint(&r->rest, &ordinal);
    if (!r->ended)
        r->at.ordinal = (uint32_t)ordinal;
}

static lede_status open_runs(lede_form_sort *w, lede_error *err)
{
    lede_bytes all;
    uint64_t begin = 0;
    lede_status status = lede_spool_read(&w->spool, &all, err);

    if (status != LEDE_OK)
        return status;
    w->runs = lede_alloc_array(w->allocator, w->run_count, sizeof *w->runs);
    if (!w->runs)
        return lede_fail_plain(err, LEDE_ERR_NOMEM);
    for (size_t i = 0; i < w->run_count; i++) {
        w->runs[i].rest =
            lede_bytes_of(all.at + begin, (size_t)(w->ends[i] - begin));
        begin = w->ends[i];
        next_of_run(&w->runs[i]);
    }
    return LEDE_OK;
}

lede_status lede_form_sort_end(lede_form_sort *sort, lede_error *err)
{
    lede_status status;

    if (sort->run_count == 0)
        return lede_fail_plain(err, sort_additions(sort));
    status = put_run(sort, err);
    return status == LEDE_OK ? open_runs(sort, err) : status;
}

static bool comes_before(const lede_form_sorted *a, const lede_form_sorted *b)
{
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind;
    order = lede_bytes_compare(a->key, b->key);
    return order ? order < 0 : a->ordinal < b->ordinal;
}

bool lede_form_sort_next(lede_form_sort *sort, lede_form_sorted *item)
{
    lede_form_sort *w = sort;
    run *first = NULL;

    if (!w->runs) {
        if (w->next == w->count)
            return false;
        *item = sorted_of(w, &w->additions[w->next++]);
        return true;
    }
    for (size_t i = 0; i < w->run_count; i++) {
        run *r = &w->runs[i];

        if (!r->ended && (!first || comes_before(&r->at, &first->at)))
            first = r;
    }
    if (!first)
        return false;
    *item = first->at;
    next_of_run(first);
    return true;
}
