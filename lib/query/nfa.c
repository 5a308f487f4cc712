/*
 * query/nfa.c - draws automata over the bytes of UTF-8.
 */
#include "query/nfa.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "text/token.h"

#define CHAR_LAST       0x10FFFFU
#define SURROGATE_FIRST 0xD800U
#define SURROGATE_LAST  0xDFFFU
#define TAIL_BITS       6U

static void fail(lede_nfa *nfa, lede_status status)
{
    if (nfa->status == LEDE_OK)
        nfa->status = status;
}

void lede_nfa_init(lede_nfa *nfa, const lede_allocator *allocator)
{
    *nfa = (lede_nfa){ .arena = lede_arena_new(allocator), .edge_count = 1 };
    if (!nfa->arena) {
        fail(nfa, LEDE_ERR_NOMEM);
        return;
    }
    (void)lede_nfa_state_new(nfa);
}

uint32_t lede_nfa_state_new(lede_nfa *nfa)
{
    if (nfa->status != LEDE_OK)
        return 0;
    if (nfa->count == LEDE_NFA_MAX) {
        fail(nfa, LEDE_ERR_LIMIT);
        return 0;
    }
    if (!lede_arena_grow(nfa->arena, &nfa->states, &nfa->capacity,
                         nfa->count + 1, sizeof *nfa->states)) {
        fail(nfa, lede_arena_status(nfa->arena));
        return 0;
    }
    nfa->states[nfa->count] = (lede_nfa_state){ 0, LEDE_DFA_REJECT };
    return (uint32_t)nfa->count++;
}

static void add_edge(lede_nfa *nfa, uint32_t from, lede_nfa_edge edge)
{
    if (nfa->status != LEDE_OK)
        return;
    if (!lede_arena_grow(nfa->arena, &nfa->edges, &nfa->edge_capacity,
                         nfa->edge_count + 1, sizeof *nfa->edges)) {
        fail(nfa, lede_arena_status(nfa->arena));
        return;
    }
    edge.next = nfa->states[from].edge;
    nfa->edges[nfa->edge_count] = edge;
    nfa->states[from].edge = (uint32_t)nfa->edge_count++;
}

void lede_nfa_move(lede_nfa *nfa, uint32_t from, uint8_t first, uint8_t last,
                   uint32_t to)
{
    add_edge(nfa, from,
             (lede_nfa_edge){ .to = to, .first = first, .last = last });
}

void lede_nfa_free_move(lede_nfa *nfa, uint32_t from, uint32_t to)
{
    add_edge(nfa, from, (lede_nfa_edge){ .to = to, .free = true });
}

uint32_t lede_nfa_word_end(lede_nfa *nfa, uint32_t distance)
{
    uint32_t marked = lede_nfa_state_new(nfa);
    uint32_t end = lede_nfa_state_new(nfa);

    if (end == 0)
        return 0;
    nfa->states[marked].accept = distance;
    nfa->states[end].accept = distance;
    lede_nfa_move(nfa, end, LEDE_JOINED_MARK + 2, UINT8_MAX, marked);
    return end;
}

uint32_t lede_nfa_plain_end(lede_nfa *nfa)
{
    uint32_t end = lede_nfa_state_new(nfa);

    if (end)
        nfa->states[end].accept = 0;
    return end;
}

uint32_t lede_nfa_open_end(lede_nfa *nfa)
{
    uint32_t end = lede_nfa_state_new(nfa);

    if (end == 0)
        return 0;
    nfa->states[end].accept = 0;
    lede_nfa_move(nfa, end, 0, UINT8_MAX, end);
    return end;
}

void lede_nfa_moves_of(lede_nfa *nfa, uint32_t from, uint32_t other)
{
    uint32_t edge = nfa->status == LEDE_OK ? nfa->states[other].edge : 0;

    for (; edge && nfa->status == LEDE_OK; edge = nfa->edges[edge].next)
        add_edge(nfa, from, nfa->edges[edge]);
}

uint32_t lede_nfa_bytes(lede_nfa *nfa, lede_bytes bytes, uint32_t to)
{
    for (size_t i = bytes.len; i-- > 0 && nfa->status == LEDE_OK;) {
        uint32_t from = lede_nfa_state_new(nfa);

        lede_nfa_move(nfa, from, bytes.at[i], bytes.at[i], to);
        to = from;
    }
    return to;
}

/* One run of byte ranges, a range for each byte of the character. */
static void add_run(lede_nfa *nfa, uint32_t from, const char *low,
                    const char *high, size_t len, uint32_t to)
{
    for (size_t i = len; i-- > 1;) {
        uint32_t before = lede_nfa_state_new(nfa);

        lede_nfa_move(nfa, before, (uint8_t)low[i], (uint8_t)high[i], to);
        to = before;
    }
    lede_nfa_move(nfa, from, (uint8_t)low[0], (uint8_t)high[0], to);
}

/* The last character up to `last` such that from `first` to it every byte
 * ranges by itself: same length, and below the first byte that differs either
 * none or all of the tail bytes. */
static uint32_t run_last(uint32_t first, uint32_t last)
{
    static const uint32_t ends[] = { 0x7F, 0x7FF, 0xFFFF, CHAR_LAST };

    for (size_t i = 0; first > ends[i] || last > ends[i]; i++)
        if (first <= ends[i])
            last = ends[i];
    for (uint32_t bits = TAIL_BITS; bits < 4 * TAIL_BITS && first > 0x7F;
         bits += TAIL_BITS) {
        uint32_t low = (UINT32_C(1) << bits) - 1;

        if ((first & ~low) == (last & ~low))
            break;
        if (first & low)
            return first | low;
        if ((last & low) != low)
            last = (last & ~low) - 1;
    }
    return last;
}

static void add_range(lede_nfa *nfa, uint32_t from, uint32_t first,
                      uint32_t last, uint32_t to)
{
    while (first <= last && nfa->status == LEDE_OK) {
        uint32_t end = run_last(first, last);
        char low[LEDE_UTF8_MAX], high[LEDE_UTF8_MAX];
        size_t len = lede_utf8_put(low, first);

        (void)lede_utf8_put(high, end);
        add_run(nfa, from, low, high, len, to);
        first = end + 1;
    }
}

uint32_t lede_nfa_ranges(lede_nfa *nfa, const lede_char_range *ranges,
                         size_t count, uint32_t to)
{
    uint32_t from = lede_nfa_state_new(nfa);

    for (size_t i = 0; i < count; i++) {
        uint32_t first = ranges[i].first, last = ranges[i].last;

        if (first < SURROGATE_FIRST)
            add_range(nfa, from, first,
                      last < SURROGATE_FIRST ? last : SURROGATE_FIRST - 1, to);
        if (last > SURROGATE_LAST)
            add_range(nfa, from,
                      first > SURROGATE_LAST ? first : SURROGATE_LAST + 1, last,
                      to);
    }
    return from;
}

uint32_t lede_nfa_any(lede_nfa *nfa, uint32_t to)
{
    static const lede_char_range all = { 0, CHAR_LAST };

    return lede_nfa_ranges(nfa, &all, 1, to);
}

static int by_first(const void *a, const void *b)
{
    const lede_char_range *left = a, *right = b;

    return (left->first > right->first) - (left->first < right->first);
}

/* Joins sorted ranges in place and returns how many are left. */
static size_t join_ranges(lede_char_range *at, size_t count)
{
    size_t used = 0;

    for (size_t i = 1; i < count; i++) {
        if (at[i].first > at[used].last + 1)
            at[++used] = at[i];
        else if (at[used].last < at[i].last)
            at[used].last = at[i].last;
    }
    return count ? used + 1 : 0;
}

bool lede_char_ranges_tidy(lede_char_range **ranges, size_t *count,
                           bool complement, lede_arena *arena)
{
    lede_char_range *at = *ranges, *others;
    size_t joined, used = 0;
    uint32_t next = 0;

    if (*count)
        qsort(at, *count, sizeof *at, by_first);
    joined = join_ranges(at, *count);
    *count = joined;
    if (!complement)
        return true;
    others = lede_arena_array(arena, joined + 1, sizeof *others);
    if (!others)
        return false;
    for (size_t i = 0; i < joined; i++) {
        if (at[i].first > next)
            others[used++] = (lede_char_range){ next, at[i].first - 1 };
        next = at[i].last + 1;
    }
    if (next <= CHAR_LAST)
        others[used++] = (lede_char_range){ next, CHAR_LAST };
    *ranges = others;
    *count = used;
    return true;
}
