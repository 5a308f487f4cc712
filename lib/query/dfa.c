/*
 * query/dfa.c - makes a drawn automaton deterministic, as far as it is walked.
 *
 * A state is a set of states of the drawing, found by the bytes of its sorted
 * numbers. A row of the table has one place for each class of bytes that no
 * move tells apart; a place not yet visited is UNKNOWN.
 *
 * The drawing is trimmed first: moves to states that never lead to an end are
 * left out, so that the empty set, which is LEDE_DFA_DEAD, is reached as soon
 * as nothing can be accepted.
 *
 * Of a fuzzy word a state is dropped that another one in the set makes
 * needless: having read i characters with e edits is no better than j with f
 * if f + |i - j| <= e (Schulz & Mihov, 2002, call it subsumption). That keeps
 * the sets, and so the states, few.
 */
#include "query/dfa.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "query/nfa.h"

#define UNKNOWN UINT32_MAX

/* All sets together hold at most this many numbers for each state allowed. */
#define SET_SHARE 64U

/* Bits of a word of a state's live classes. */
#define WORD 64U

/* How far a seek goes on behind the byte that it must change. */
#define SEEK_AHEAD 8

typedef struct state_set {
    const uint32_t *items;
    uint32_t count;
    uint32_t accept;
} state_set;

typedef struct automaton {
    lede_dfa base;
    const lede_allocator *allocator;
    lede_nfa nfa;
    uint8_t class_of[256];
    uint8_t class_last[256]; /* its greatest byte */
    uint32_t classes;
    uint32_t max_states;
    uint64_t items_left;
    state_set *sets;
    size_t count;
    size_t capacity;
    uint32_t *rows; /* count x classes */
    size_t rows_capacity;
    uint64_t *live; /* count x live_words: a bit for each class of bytes that
                     * leads on, known before the state it leads to is made */
    size_t live_capacity;
    uint32_t live_words;
    lede_map by_items;
    bool *leads;    /* of each drawn state: somewhere */
    uint32_t *seen; /* of each drawn state: the round that added it */
    uint32_t round;
    uint32_t *stack;
    uint32_t *fresh; /* the set being made */
    uint32_t fresh_count;
    uint32_t *trail; /* of a seek */
    size_t trail_capacity;
} automaton;

static uint32_t fail(automaton *a, lede_status status)
{
    if (a->base.status == LEDE_OK)
        a->base.status = status;
    return LEDE_DFA_DEAD;
}

static bool leads_anywhere(const automaton *a, uint32_t state)
{
    uint32_t edge = a->nfa.states[state].edge;

    if (a->leads[state] || a->nfa.states[state].accept != LEDE_DFA_REJECT)
        return true;
    while (edge && !a->leads[a->nfa.edges[edge].to])
        edge = a->nfa.edges[edge].next;
    return edge != 0;
}

/* Up and down in turn: drawings lead mostly one way, so few rounds do. */
static void trim(automaton *a)
{
    uint32_t count = (uint32_t)a->nfa.count;
    bool more = true;

    while (more) {
        more = false;
        for (uint32_t i = 0; i < 2 * count; i++) {
            uint32_t state = i < count ? i : 2 * count - 1 - i;

            if (!a->leads[state] && leads_anywhere(a, state)) {
                a->leads[state] = true;
                more = true;
            }
        }
    }
}

static void find_classes(automaton *a)
{
    bool cut[257] = { false };

    for (size_t i = 1; i < a->nfa.edge_count; i++) {
        const lede_nfa_edge *edge = &a->nfa.edges[i];

        if (!edge->free) {
            cut[edge->first] = true;
            cut[edge->last + 1] = true;
        }
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        if (byte && cut[byte])
            a->classes++;
        a->class_of[byte] = (uint8_t)a->classes;
        a->class_last[a->classes] = (uint8_t)byte;
    }
    a->classes++;
    a->live_words = (a->classes + WORD - 1) / WORD;
}

/* Adds a state and all that it moves to freely. */
static void add_state(automaton *a, uint32_t state)
{
    uint32_t depth = 0;

    if (a->seen[state] == a->round)
        return;
    a->seen[state] = a->round;
    a->stack[depth++] = state;
    while (depth) {
        uint32_t at = a->stack[--depth], edge = a->nfa.states[at].edge;
        bool counts = a->nfa.states[at].accept != LEDE_DFA_REJECT;

        for (; edge; edge = a->nfa.edges[edge].next) {
            uint32_t to = a->nfa.edges[edge].to;

            if (!a->leads[to])
                continue;
            if (!a->nfa.edges[edge].free) {
                counts = true;
            } else if (a->seen[to] != a->round) {
                a->seen[to] = a->round;
                a->stack[depth++] = to;
            }
        }
        if (counts)
            a->fresh[a->fresh_count++] = at;
    }
}

static bool is_needless(const automaton *a, uint32_t state)
{
    uint32_t levels = a->nfa.levels;
    uint32_t i = (state - 1) / levels, e = (state - 1) % levels;

    for (uint32_t n = 0; n < a->fresh_count; n++) {
        uint32_t j = (a->fresh[n] - 1) / levels;
        uint32_t f = (a->fresh[n] - 1) % levels;

        if (a->fresh[n] <= a->nfa.grid && f < e &&
            f + (i > j ? i - j : j - i) <= e)
            return true;
    }
    return false;
}

static void drop_needless(automaton *a)
{
    uint32_t kept = 0;

    for (uint32_t n = 0; n < a->fresh_count; n++)
        if (a->fresh[n] <= a->nfa.grid && is_needless(a, a->fresh[n]))
            a->seen[a->fresh[n]] = a->round - 1;
    for (uint32_t n = 0; n < a->fresh_count; n++)
        if (a->seen[a->fresh[n]] == a->round)
            a->fresh[kept++] = a->fresh[n];
    a->fresh_count = kept;
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static uint32_t fresh_accept(const automaton *a)
{
    uint32_t best = LEDE_DFA_REJECT;

    for (uint32_t n = 0; n < a->fresh_count; n++)
        if (a->nfa.states[a->fresh[n]].accept < best)
            best = a->nfa.states[a->fresh[n]].accept;
    return best;
}

/* Marks the classes of bytes that lead on from a state of the drawing. */
static void mark_live(const automaton *a, uint64_t *live, uint32_t from)
{
    uint32_t edge = a->nfa.states[from].edge;

    for (; edge; edge = a->nfa.edges[edge].next) {
        const lede_nfa_edge *move = &a->nfa.edges[edge];

        if (move->free || !a->leads[move->to])
            continue;
        for (uint32_t c = a->class_of[move->first];
             c <= a->class_of[move->last]; c++)
            live[c / WORD] |= (uint64_t)1 << (c % WORD);
    }
}

/* A new state with the fresh set; `items` are its numbers, kept. */
static uint32_t add_set(automaton *a, const uint32_t *items)
{
    size_t state = a->count;
    uint64_t *live;

    if (!lede_grow(a->allocator, &a->sets, &a->capacity, state + 1,
                   sizeof *a->sets) ||
        !lede_grow(a->allocator, &a->rows, &a->rows_capacity,
                   (state + 1) * a->classes, sizeof *a->rows) ||
        !lede_grow(a->allocator, &a->live, &a->live_capacity,
                   (state + 1) * a->live_words, sizeof *a->live))
        return fail(a, LEDE_ERR_NOMEM);
    a->sets[state] = (state_set){ items, a->fresh_count, fresh_accept(a) };
    for (size_t i = 0; i < a->classes; i++)
        a->rows[state * a->classes + i] = state ? UNKNOWN : LEDE_DFA_DEAD;
    live = &a->live[state * a->live_words];
    memset(live, 0, a->live_words * sizeof *live);
    for (uint32_t i = 0; i < a->fresh_count; i++)
        mark_live(a, live, a->fresh[i]);
    a->count++;
    return (uint32_t)state;
}

/* The state of the fresh set, made if it is new. */
static uint32_t fresh_state(automaton *a)
{
    size_t bytes;
    lede_bytes key;
    lede_map_slot *slot;
    uint32_t *items, state;

    if (a->fresh_count == 0)
        return LEDE_DFA_DEAD;
    if (a->nfa.levels)
        drop_needless(a);
    qsort(a->fresh, a->fresh_count, sizeof *a->fresh, by_number);
    bytes = a->fresh_count * sizeof *a->fresh;
    key = lede_bytes_of(a->fresh, bytes);
    slot = lede_map_find(&a->by_items, key, lede_hash_bytes(key));
    if (slot)
        return (uint32_t)slot->value;
    if (a->count > a->max_states || a->fresh_count > a->items_left)
        return fail(a, LEDE_ERR_LIMIT);
    items = lede_arena_array(a->nfa.arena, a->fresh_count, sizeof *items);
    if (!items)
        return fail(a, LEDE_ERR_NOMEM);
    memcpy(items, a->fresh, bytes);
    state = add_set(a, items);
    if (state == LEDE_DFA_DEAD)
        return state;
    key.at = (const uint8_t *)items;
    slot = lede_map_put(&a->by_items, key, lede_hash_bytes(key));
    if (!slot)
        return fail(a, LEDE_ERR_NOMEM);
    slot->value = state;
    a->items_left -= a->fresh_count;
    return state;
}

static void begin_set(automaton *a)
{
    a->fresh_count = 0;
    a->round += 2; /* round - 1 marks what was dropped */
}

static uint32_t make_step(automaton *a, uint32_t state, uint8_t byte)
{
    const state_set *set = &a->sets[state];
    uint32_t next;

    begin_set(a);
    for (uint32_t n = 0; n < set->count; n++) {
        uint32_t edge = a->nfa.states[set->items[n]].edge;

        for (; edge; edge = a->nfa.edges[edge].next) {
            const lede_nfa_edge *move = &a->nfa.edges[edge];

            if (!move->free && byte >= move->first && byte <= move->last)
                add_state(a, move->to);
        }
    }
    next = fresh_state(a);
    if (a->base.status == LEDE_OK)
        a->rows[(size_t)state * a->classes + a->class_of[byte]] = next;
    return next;
}

static bool prepare(automaton *a, uint32_t start)
{
    lede_arena *arena = a->nfa.arena;
    size_t count = a->nfa.count;

    a->leads = lede_arena_array(arena, count, sizeof *a->leads);
    a->seen = lede_arena_array(arena, count, sizeof *a->seen);
    a->stack = lede_arena_array(arena, count, sizeof *a->stack);
    a->fresh = lede_arena_array(arena, count, sizeof *a->fresh);
    if (!a->leads || !a->seen || !a->stack || !a->fresh)
        return false;
    trim(a);
    find_classes(a);
    begin_set(a);
    (void)add_set(a, NULL); /* LEDE_DFA_DEAD */
    if (a->base.status != LEDE_OK)
        return false;
    add_state(a, start);
    a->base.start = fresh_state(a);
    return a->base.status == LEDE_OK;
}

lede_status lede_nfa_determine(lede_dfa **out, lede_nfa *nfa, uint32_t start,
                               uint32_t max_states)
{
    const lede_allocator *allocator;
    lede_status status = nfa->status;
    automaton *a;

    if (status != LEDE_OK) {
        lede_arena_free(nfa->arena);
        return status;
    }
    allocator = lede_arena_allocator(nfa->arena);
    a = lede_alloc_zero(allocator, sizeof *a);
    if (!a) {
        lede_arena_free(nfa->arena);
        return LEDE_ERR_NOMEM;
    }
    a->allocator = allocator;
    a->nfa = *nfa;
    a->max_states = max_states;
    a->items_left = (uint64_t)max_states * SET_SHARE;
    lede_map_init(&a->by_items, allocator);
    if (!prepare(a, start)) {
        status = a->base.status != LEDE_OK ? a->base.status : LEDE_ERR_NOMEM;
        lede_dfa_free(&a->base);
        return status;
    }
    *out = &a->base;
    return LEDE_OK;
}

void lede_dfa_free(lede_dfa *dfa)
{
    automaton *a = (automaton *)(void *)dfa;

    if (!a)
        return;
    lede_map_fini(&a->by_items);
    lede_release(a->allocator, a->sets, a->capacity * sizeof *a->sets);
    lede_release(a->allocator, a->rows, a->rows_capacity * sizeof *a->rows);
    lede_release(a->allocator, a->live, a->live_capacity * sizeof *a->live);
    lede_release(a->allocator, a->trail, a->trail_capacity * sizeof *a->trail);
    lede_arena_free(a->nfa.arena);
    lede_release(a->allocator, a, sizeof *a);
}

static inline uint32_t step(automaton *a, uint32_t state, uint8_t byte)
{
    uint32_t next = a->rows[(size_t)state * a->classes + a->class_of[byte]];

    if (a->base.status != LEDE_OK)
        return LEDE_DFA_DEAD;
    return next != UNKNOWN ? next : make_step(a, state, byte);
}

uint32_t lede_dfa_step(lede_dfa *dfa, uint32_t state, uint8_t byte)
{
    return step((automaton *)(void *)dfa, state, byte);
}

uint32_t lede_dfa_accept(lede_dfa *dfa, uint32_t state)
{
    return ((const automaton *)(const void *)dfa)->sets[state].accept;
}

uint32_t lede_dfa_run(lede_dfa *dfa, uint32_t state, lede_bytes bytes)
{
    automaton *a = (automaton *)(void *)dfa;
    const uint32_t *rows = a->rows;
    size_t classes = a->classes;

    if (dfa->status != LEDE_OK)
        return LEDE_DFA_DEAD;
    for (size_t i = 0; i < bytes.len && state != LEDE_DFA_DEAD; i++) {
        uint8_t byte = bytes.at[i];
        uint32_t next = rows[state * classes + a->class_of[byte]];

        if (next == UNKNOWN) {
            next = make_step(a, state, byte);
            rows = a->rows;
        }
        state = next;
    }
    return state;
}

/* The first class from `from` on of bytes that lead on; a->classes: none. */
static uint32_t live_class(const automaton *a, uint32_t state, uint32_t from)
{
    const uint64_t *live = &a->live[(size_t)state * a->live_words];
    uint64_t word;

    if (from >= a->classes)
        return a->classes;
    word = live[from / WORD] >> (from % WORD);
    if (word)
        return from + (uint32_t)__builtin_ctzll(word);
    for (uint32_t i = from / WORD + 1; i < a->live_words; i++)
        if (live[i])
            return i * WORD + (uint32_t)__builtin_ctzll(live[i]);
    return a->classes;
}

/* Finds the smallest byte from `from` up that is not dead and moves *state over
 * it; false if there is none. */
static bool take_live_byte(automaton *a, uint32_t *state, uint32_t from,
                           uint8_t *byte)
{
    uint32_t least, live;

    if (from > UINT8_MAX)
        return false;
    least = a->class_of[from];
    live = live_class(a, *state, least);
    if (live == a->classes)
        return false;
    if (live > least)
        from = a->class_last[live - 1] + 1U;
    *byte = (uint8_t)from;
    *state = step(a, *state, *byte);
    return *state != LEDE_DFA_DEAD;
}

/* Fills the trail with the states after each byte, up to the last live one,
 * and returns how many bytes that takes. */
static bool follow(automaton *a, lede_bytes bytes, size_t *live)
{
    if (!lede_grow(a->allocator, &a->trail, &a->trail_capacity, bytes.len + 1,
                   sizeof *a->trail)) {
        fail(a, LEDE_ERR_NOMEM);
        return false;
    }
    a->trail[0] = a->base.start;
    for (*live = 0; *live < bytes.len; ++*live) {
        uint32_t next = step(a, a->trail[*live], bytes.at[*live]);

        if (next == LEDE_DFA_DEAD)
            break;
        a->trail[*live + 1] = next;
    }
    return true;
}

bool lede_dfa_seek(lede_dfa *dfa, lede_bytes after, lede_buffer *out)
{
    automaton *a = (automaton *)(void *)dfa;
    size_t at;
    uint32_t state;
    uint8_t *to;
    bool found;

    lede_buffer_clear(out);
    to = lede_buffer_reserve(out, after.len + 1 + SEEK_AHEAD);
    if (!to || !follow(a, after, &at))
        return false;
    if (at > 0)
        memcpy(to, after.at, at);
    state = a->trail[at];
    found = take_live_byte(a, &state, at < after.len ? after.at[at] + 1U : 0,
                           to + at);
    while (!found && at > 0) {
        at--;
        state = a->trail[at];
        found = take_live_byte(a, &state, after.at[at] + 1U, to + at);
    }
    at++;
    for (int i = 0; found && i < SEEK_AHEAD; i++, at++)
        if (lede_dfa_accept(dfa, state) != LEDE_DFA_REJECT ||
            !take_live_byte(a, &state, 0, to + at))
            break;
    out->len = at;
    return found && dfa->status == LEDE_OK;
}
