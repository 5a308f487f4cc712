#include "article/pattern.h"

#include <assert.h>
#include <stdlib.h>

#include "article/spelling.h"
#include "base/error.h"
#include "document/schema.h"

/* Weights of fuzzy words by edits, n/256. */
static const uint32_t edit_weights[] = { 256, 192, 144 };

/* ---- The best terms of one walk ----------------------------------------- */

typedef struct kept_term {
    char *term; /* in a room of its own that the next one may take over */
    size_t len;
    uint64_t documents;
    uint32_t distance;
    uint32_t place; /* of the field in the scope */
} kept_term;

/* A heap with the worst term on top, once it is full. */
typedef struct best_terms {
    kept_term *at;
    size_t count;
    size_t capacity;
    size_t limit;
    size_t room; /* bytes of a term */
    bool overflowed;
} best_terms;

static lede_bytes term_of(const kept_term *item)
{
    return lede_bytes_of(item->term, item->len);
}

/* Whether `a` is to be given up before `b`: fewer documents, or the same and
 * later in the order of bytes. */
static bool is_worse(const kept_term *a, const kept_term *b)
{
    if (a->documents != b->documents)
        return a->documents < b->documents;
    return lede_bytes_compare(term_of(a), term_of(b)) > 0;
}

static void sift_down(best_terms *best, size_t at)
{
    for (;;) {
        size_t worst = at;
        kept_term swap;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < best->count &&
                is_worse(&best->at[child], &best->at[worst]))
                worst = child;
        if (worst == at)
            return;
        swap = best->at[at];
        best->at[at] = best->at[worst];
        best->at[worst] = swap;
        at = worst;
    }
}

static void write_item(kept_term *to, const lede_term_walk *walk)
{
    to->len = walk->term.len;
    memcpy(to->term, walk->term.at, walk->term.len);
    to->documents = walk->stats.documents;
    to->distance = walk->distance;
}

static lede_status append(best_terms *best, const lede_term_walk *walk,
                          lede_arena *arena)
{
    kept_term *added;

    if (!lede_arena_grow(arena, &best->at, &best->capacity, best->count + 1,
                         sizeof *best->at))
        return lede_arena_status(arena);
    added = &best->at[best->count];
    *added = (kept_term){ .term = lede_arena_alloc(
                              arena, best->limit == SIZE_MAX ? walk->term.len
                                                             : best->room) };
    if (!added->term)
        return lede_arena_status(arena);
    best->count++;
    write_item(added, walk);
    if (best->count == best->limit)
        for (size_t i = best->count / 2; i-- > 0;)
            sift_down(best, i);
    return LEDE_OK;
}

static lede_status offer(best_terms *best, const lede_term_walk *walk,
                         lede_arena *arena)
{
    const kept_term *top = best->at;

    if (walk->term.len > best->room)
        return LEDE_OK;
    if (best->count < best->limit)
        return append(best, walk, arena);
    assert(top); /* limits are never 0 */
    best->overflowed = true;
    if (walk->stats.documents < top->documents ||
        (walk->stats.documents == top->documents &&
         lede_bytes_compare(walk->term, term_of(top)) > 0))
        return LEDE_OK;
    write_item(best->at, walk);
    sift_down(best, 0);
    return LEDE_OK;
}

static lede_status collect(best_terms *best, const lede_pattern_search *search,
                           lede_term_place place, lede_dfa *dfa,
                           lede_error *err)
{
    lede_term_walk *walk;
    lede_status status =
        lede_term_lists_walk(&walk, search->lists, place, dfa, err);

    while (status == LEDE_OK && walk->next(walk))
        status = offer(best, walk, search->arena);
    if (status == LEDE_OK)
        status = walk->status;
    if (dfa->status == LEDE_ERR_LIMIT)
        return lede_fail(err, dfa->status, "automaton_states",
                         "the pattern is too large");
    return status == LEDE_OK ? dfa->status : status;
}

/* ---- Automata ----------------------------------------------------------- */

static lede_status fail_pattern(lede_status status, const char *why,
                                lede_error *err)
{
    if (status == LEDE_ERR_INVALID)
        return lede_fail(err, status, "", "%s", why);
    if (status == LEDE_ERR_LIMIT)
        return lede_fail(err, status, "automaton_states",
                         "the pattern is too large");
    return status;
}

static lede_status new_dfa(lede_dfa **out, const lede_pattern_search *search,
                           const lede_pattern *pattern, bool words,
                           lede_error *err)
{
    const lede_allocator *allocator = search->view->allocator;
    uint32_t most = search->limits->automaton_states;
    const char *why = "";
    size_t bad;
    lede_status status;

    switch (pattern->kind) {
    case LEDE_PATTERN_PREFIX:
        status = words
                     ? lede_dfa_new_word(out, pattern->text, true, allocator)
                     : lede_dfa_new_bytes(out, pattern->text, true, allocator);
        break;
    case LEDE_PATTERN_FUZZY:
        status = lede_dfa_new_fuzzy(out, pattern->text, pattern->edits,
                                    pattern->prefix, most, allocator);
        break;
    case LEDE_PATTERN_WILDCARD:
        status = lede_dfa_new_wildcard(out, pattern->text, most, allocator);
        break;
    default:
        status =
            lede_dfa_new_regex(out, pattern->text, most, &bad, &why, allocator);
    }
    return status == LEDE_OK ? status : fail_pattern(status, why, err);
}

/* ---- All fields together ------------------------------------------------ */

typedef struct merge {
    const lede_scope *scope;
    const best_terms *fields;
    lede_arena *arena;
} merge;

static int by_term(const void *left, const void *right)
{
    const kept_term *a = left, *b = right;
    int order = lede_bytes_compare(term_of(a), term_of(b));

    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static lede_status list_items(kept_term **out, size_t *count, const merge *m)
{
    size_t sum = 0;

    for (uint32_t i = 0; i < m->scope->count; i++)
        sum += m->fields[i].count;
    *out = lede_arena_array(m->arena, sum, sizeof **out);
    *count = sum;
    if (!*out)
        return lede_arena_status(m->arena);
    sum = 0;
    for (uint32_t i = 0; i < m->scope->count; i++)
        for (size_t k = 0; k < m->fields[i].count; k++) {
            (*out)[sum] = m->fields[i].at[k];
            (*out)[sum++].place = i;
        }
    if (sum > 0)
        qsort(*out, sum, sizeof **out, by_term);
    return LEDE_OK;
}

/* A term from its items, one a field. What a field may have given up is not
 * known. */
static lede_status put_term(lede_word_term *term, const kept_term *items,
                            size_t count, const merge *m)
{
    uint32_t fields = m->scope->count;
    size_t at = 0;

    *term = (lede_word_term){
        .term = term_of(items),
        .scope = m->scope,
        .documents =
            lede_arena_array(m->arena, fields, sizeof *term->documents),
        .weight = edit_weights[items->distance],
    };
    if (!term->documents)
        return lede_arena_status(m->arena);
    for (uint32_t i = 0; i < fields; i++) {
        if (at < count && items[at].place == i)
            term->documents[i] = items[at++].documents;
        else if (m->fields[i].overflowed)
            term->documents[i] = UINT64_MAX;
    }
    return LEDE_OK;
}

static uint64_t most_documents(const lede_word_term *term)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < term->scope->count; i++)
        if (term->documents[i] != UINT64_MAX && term->documents[i] > most)
            most = term->documents[i];
    return most;
}

static int by_documents(const void *left, const void *right)
{
    const lede_word_term *a = left, *b = right;
    uint64_t x = most_documents(a), y = most_documents(b);

    if (x != y)
        return x > y ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

static int by_bytes(const void *left, const void *right)
{
    const lede_word_term *a = left, *b = right;

    return lede_bytes_compare(a->term, b->term);
}

static void forget_unknown(lede_word_term *term)
{
    for (uint32_t i = 0; term->documents && i < term->scope->count; i++)
        if (term->documents[i] == UINT64_MAX)
            term->documents = NULL;
}

static lede_status unite(lede_pattern_terms *out, const merge *m, size_t limit)
{
    lede_status status;
    size_t count;
    kept_term *items;

    status = list_items(&items, &count, m);
    if (status != LEDE_OK)
        return status;
    out->terms = lede_arena_array(m->arena, count, sizeof *out->terms);
    if (!out->terms)
        return lede_arena_status(m->arena);
    for (size_t at = 0, n; status == LEDE_OK && at < count; at += n) {
        for (n = 1; at + n < count && lede_bytes_equal(term_of(&items[at]),
                                                       term_of(&items[at + n]));
             n++)
            ;
        status = put_term(&out->terms[out->count++], &items[at], n, m);
    }
    if (status != LEDE_OK)
        return status;
    if (out->count > limit) {
        qsort(out->terms, out->count, sizeof *out->terms, by_documents);
        out->count = (uint32_t)limit;
        qsort(out->terms, out->count, sizeof *out->terms, by_bytes);
        out->capped = true;
    }
    for (uint32_t i = 0; i < out->count; i++)
        forget_unknown(&out->terms[i]);
    return LEDE_OK;
}

lede_status lede_pattern_find(lede_pattern_terms *out,
                              const lede_pattern_search *search,
                              const lede_pattern *pattern,
                              const lede_scope *scope, lede_error *err)
{
    lede_pattern normal = *pattern;
    merge m = { .scope = scope, .arena = search->arena };
    size_t limit =
        pattern->unlimited ? SIZE_MAX : search->limits->expansion_terms;
    lede_pattern_terms found = { 0 };
    lede_dfa *dfa = NULL;
    best_terms *fields =
        lede_arena_array(m.arena, scope->count, sizeof *fields);
    lede_status status = LEDE_OK;

    if (!fields)
        return lede_arena_status(m.arena);
    m.fields = fields;
    if (pattern->kind >= LEDE_PATTERN_WILDCARD)
        status = lede_spelling_normal(&normal.text, pattern->text,
                                      pattern->kind == LEDE_PATTERN_REGEX,
                                      search->view, m.arena);
    if (status == LEDE_OK)
        status = new_dfa(&dfa, search, &normal, true, err);
    for (uint32_t i = 0; i < scope->count && status == LEDE_OK; i++) {
        lede_term_place place = { scope->fields[i], LEDE_SPACE_WORDS };

        fields[i].limit = limit;
        fields[i].room = LEDE_TERM_BYTES_MAX;
        status = collect(&fields[i], search, place, dfa, err);
        found.capped = found.capped || fields[i].overflowed;
    }
    lede_dfa_free(dfa);
    if (status == LEDE_OK)
        status = unite(&found, &m, limit);
    if (status == LEDE_OK)
        *out = found;
    return status;
}

lede_status lede_pattern_find_values(lede_pattern_terms *out,
                                     const lede_pattern_search *search,
                                     const lede_pattern *pattern,
                                     uint32_t field, lede_error *err)
{
    lede_arena *arena = search->arena;
    best_terms found = { .limit = search->limits->expansion_terms,
                         .room = LEDE_KEYWORD_MAX };
    lede_term_place place = { field, LEDE_SPACE_VALUES };
    lede_word_term *terms;
    lede_dfa *dfa;
    lede_status status = new_dfa(&dfa, search, pattern, false, err);

    if (status != LEDE_OK)
        return status;
    status = collect(&found, search, place, dfa, err);
    lede_dfa_free(dfa);
    if (status != LEDE_OK)
        return status;
    terms = lede_arena_array(arena, found.count, sizeof *terms);
    if (!terms)
        return lede_arena_status(arena);
    if (found.count > 0)
        qsort(found.at, found.count, sizeof *found.at, by_term);
    for (size_t i = 0; i < found.count; i++)
        terms[i].term = term_of(&found.at[i]);
    *out = (lede_pattern_terms){ .terms = terms,
                                 .count = (uint32_t)found.count,
                                 .capped = found.overflowed };
    return LEDE_OK;
}
