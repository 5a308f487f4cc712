#include "article/term_list.h"

#include <stdatomic.h>

#include "base/error.h"

/* What is left of the memory of a query, over what lists may take. */
#define MEMORY_SHARE 8U

/* Terms looked at, for one look at the budget. */
#define STRIDE 64U

#define TEXT_ROOM ((size_t)16384)

typedef struct listed_term {
    const uint8_t *text;
    uint64_t documents;
    uint32_t len;
    uint16_t shared; /* bytes, with the term before */
    bool name;
} listed_term;

/* A walk over a list. */
typedef struct list_walk {
    lede_term_walk base;
    lede_term_list *list;
    lede_term_lists *lists;
    lede_dfa *dfa;
    size_t at; /* of the next term */
    uint64_t looked_at;
    const uint8_t *by; /* the text of the states */
    uint32_t known;    /* states[0 .. known] */
    uint32_t *states;  /* before each byte, and behind the last */
} list_walk;

struct lede_term_list {
    lede_term_place place;
    lede_term_list *next;
    uint64_t looked_at; /* terms, by walks of the engine */
    bool made;
    bool refused; /* too large */
    listed_term *terms;
    size_t count;
    size_t capacity;
    uint32_t longest; /* bytes */
    uint8_t *room;    /* for texts */
    size_t room_left;
    list_walk walk;
};

void lede_term_lists_init(lede_term_lists *lists, const lede_view *view,
                          const lede_limits *limits, lede_budget *budget,
                          lede_arena *arena)
{
    *lists = (lede_term_lists){
        .view = view, .limits = limits, .budget = budget, .arena = arena
    };
    lede_buffer_init(&lists->target, view->allocator);
}

void lede_term_lists_fini(lede_term_lists *lists)
{
    lede_buffer_fini(&lists->target);
}

/* ---- Making ------------------------------------------------------------- */

static uint32_t common_len(const uint8_t *a, const uint8_t *b, uint32_t most)
{
    uint32_t len = 0;

    while (len < most && a[len] == b[len])
        len++;
    return len;
}

static uint8_t *keep_text(lede_term_list *list, lede_bytes text,
                          lede_arena *arena)
{
    uint8_t *kept;

    if (list->room_left < text.len) {
        list->room = lede_arena_alloc(arena, TEXT_ROOM + text.len);
        if (!list->room)
            return NULL;
        list->room_left = TEXT_ROOM + text.len;
    }
    kept = list->room;
    if (text.len)
        memcpy(kept, text.at, text.len);
    list->room += text.len;
    list->room_left -= text.len;
    return kept;
}

static lede_status add_term(lede_term_list *list, const lede_term_walk *walk,
                            lede_arena *arena)
{
    uint32_t len = (uint32_t)walk->term.len, shared = 0;
    uint8_t *text = keep_text(list, walk->term, arena);

    if (!text || !lede_arena_grow(arena, &list->terms, &list->capacity,
                                  list->count + 1, sizeof *list->terms))
        return lede_arena_status(arena);
    if (list->count > 0) {
        const listed_term *before = &list->terms[list->count - 1];

        shared = common_len(before->text, text,
                            before->len < len ? before->len : len);
    }
    list->terms[list->count++] = (listed_term){
        .text = text,
        .documents = walk->stats.documents,
        .len = len,
        .shared = (uint16_t)(shared < UINT16_MAX ? shared : UINT16_MAX),
        .name = walk->stats.name
    };
    list->longest = len > list->longest ? len : list->longest;
    return LEDE_OK;
}

/* Takes the dictionary out; refused where it is too large. */
static lede_status make(lede_term_list *list, lede_term_lists *lists,
                        lede_error *err)
{
    lede_arena *arena = lists->arena;
    const lede_view *view = lists->view;
    uint64_t before = lede_arena_bytes(arena);
    uint64_t most = lists->limits->query_memory_bytes;
    lede_term_walk *walk;
    lede_status status =
        view->engine->walk(&walk, view->snapshot, list->place.field,
                           list->place.space, NULL, lists->budget, arena, err);

    most = most > before ? (most - before) / MEMORY_SHARE : 0;
    while (status == LEDE_OK && !list->refused && walk->next(walk)) {
        /* It grows by doubling. */
        list->refused = list->count == LEDE_TERM_LIST_MAX ||
                        lede_arena_bytes(arena) - before +
                                2 * list->capacity * sizeof *list->terms >
                            most;
        if (!list->refused)
            status = add_term(list, walk, arena);
    }
    if (status == LEDE_OK)
        status = walk->status;
    if (status == LEDE_OK && !list->refused) {
        list->walk.states = lede_arena_array(arena, list->longest + 1,
                                             sizeof *list->walk.states);
        if (!list->walk.states)
            status = lede_arena_status(arena);
    }
    list->made = true;
    list->refused = list->refused || status != LEDE_OK;
    return status == LEDE_OK ? status : lede_fail_plain(err, status);
}

/* ---- Walking ------------------------------------------------------------ */

/* The state behind a term, or LEDE_DFA_DEAD; `known` bytes lead on. */
static uint32_t run(list_walk *w, const listed_term *term)
{
    uint32_t state = w->states[w->known];

    w->by = term->text;
    while (w->known < term->len) {
        state = lede_dfa_step(w->dfa, state, term->text[w->known]);
        if (state == LEDE_DFA_DEAD)
            return LEDE_DFA_DEAD;
        w->states[++w->known] = state;
    }
    return state;
}

static bool is_below(const listed_term *term, lede_bytes target)
{
    return lede_bytes_compare(lede_bytes_of(term->text, term->len), target) < 0;
}

/* Goes to the first term from the next one on that is not below; most are
 * near. */
static void pass(list_walk *w, lede_bytes target)
{
    const lede_term_list *list = w->list;
    size_t low = w->at, high, ahead = 1;

    while (low + ahead <= list->count &&
           is_below(&list->terms[low + ahead - 1], target)) {
        low += ahead;
        ahead *= 2;
    }
    high = low + ahead - 1 < list->count ? low + ahead - 1 : list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (is_below(&list->terms[middle], target))
            low = middle + 1;
        else
            high = middle;
    }
    w->at = low;
}

/* Over all that dies as this term does, and what else the automaton has no way
 * to. */
static lede_status jump(list_walk *w, const listed_term *term)
{
    const lede_term_list *list = w->list;
    lede_buffer *target = &w->lists->target;

    if (w->at == list->count || list->terms[w->at].shared <= w->known)
        return LEDE_OK;
    if (!lede_dfa_seek(w->dfa, lede_bytes_of(term->text, term->len), target)) {
        w->at = list->count;
        return w->dfa->status != LEDE_OK ? w->dfa->status : target->status;
    }
    pass(w, lede_buffer_bytes(target));
    if (w->at < list->count) {
        const listed_term *to = &list->terms[w->at];

        w->known = common_len(w->by, to->text,
                              w->known < to->len ? w->known : to->len);
    }
    return LEDE_OK;
}

static bool next(lede_term_walk *base)
{
    list_walk *w = (list_walk *)base;
    const lede_term_list *list = w->list;

    while (base->status == LEDE_OK && w->at < list->count) {
        const listed_term *term = &list->terms[w->at];
        uint32_t state;

        w->at++;
        if (w->looked_at++ % STRIDE == 0)
            base->status = lede_budget_spend(w->lists->budget, STRIDE);
        if (base->status != LEDE_OK)
            break;
        state = run(w, term);
        base->distance = state == LEDE_DFA_DEAD
                             ? LEDE_DFA_REJECT
                             : lede_dfa_accept(w->dfa, state);
        base->status = w->dfa->status;
        if (base->status == LEDE_OK && state == LEDE_DFA_DEAD)
            base->status = jump(w, term);
        if (w->at < list->count && list->terms[w->at].shared < w->known)
            w->known = list->terms[w->at].shared;
        if (base->status == LEDE_OK && base->distance != LEDE_DFA_REJECT) {
            base->term = lede_bytes_of(term->text, term->len);
            base->stats = (lede_term_stats){ .documents = term->documents,
                                             .name = term->name };
            return true;
        }
    }
    return false;
}

static lede_term_walk *begin(lede_term_list *list, lede_term_lists *lists,
                             lede_dfa *dfa)
{
    list_walk *w = &list->walk;

    *w = (list_walk){ .base = { .next = next },
                      .list = list,
                      .lists = lists,
                      .dfa = dfa,
                      .states = w->states };
    w->states[0] = dfa->start;
    return &w->base;
}

/* ---- Lists -------------------------------------------------------------- */

static lede_term_list *find(lede_term_lists *lists, lede_term_place place)
{
    lede_term_list *list = lists->first;

    while (list && (list->place.field != place.field ||
                    list->place.space != place.space))
        list = list->next;
    if (!list) {
        list = lede_arena_zero(lists->arena, sizeof *list);
        if (!list)
            return NULL;
        list->place = place;
        list->next = lists->first;
        lists->first = list;
    }
    return list;
}

lede_status lede_term_lists_listed(lede_term_walk **out, lede_term_lists *lists,
                                   lede_term_place place, lede_dfa *dfa,
                                   lede_error *err)
{
    lede_term_list *list = find(lists, place);
    lede_status status = LEDE_OK;

    if (!list)
        return lede_fail_plain(err, lede_arena_status(lists->arena));
    if (!list->made)
        status = make(list, lists, err);
    if (status == LEDE_OK)
        *out = list->refused ? NULL : begin(list, lists, dfa);
    return status;
}

/* What was spent since the engine's last walk began is taken for its. */
static uint64_t settle(lede_term_lists *lists)
{
    uint64_t steps = atomic_load(&lists->budget->steps);

    if (lists->last)
        lists->last->looked_at += steps - lists->before;
    lists->last = NULL;
    return steps;
}

lede_status lede_term_lists_walk(lede_term_walk **out, lede_term_lists *lists,
                                 lede_term_place place, lede_dfa *dfa,
                                 lede_error *err)
{
    const lede_view *view = lists->view;

    if (lists->budget) {
        uint64_t steps = settle(lists);
        lede_term_list *list = find(lists, place);
        lede_status status;

        if (!list)
            return lede_fail_plain(err, lede_arena_status(lists->arena));
        if (list->looked_at >= LEDE_TERM_LIST_MAX && !list->refused) {
            status = lede_term_lists_listed(out, lists, place, dfa, err);
            if (status != LEDE_OK || *out)
                return status;
        }
        lists->last = list;
        lists->before = steps;
    }
    return view->engine->walk(out, view->snapshot, place.field, place.space,
                              dfa, lists->budget, lists->arena, err);
}
