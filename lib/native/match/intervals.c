#include "native/match/intervals.h"

#include <stdlib.h>

#include "engine/span.h"
#include "native/match/group.h"
#include "native/match/join.h"

/* One field in which the span may match. */
typedef struct scope {
    uint32_t field;
    lede_finder *words;     /* documents that have the words in it */
    lede_group_list *lists; /* by the address of the term */
    size_t capacity;
    size_t count;
    uint64_t weight; /* of the field, n / LEDE_WEIGHT_ONE */
    lede_matcher *matcher;
    uint32_t doc; /* being looked at */
} scope;

typedef struct intervals {
    lede_finder finder;
    const lede_plan *span;
    scope *scopes;
    size_t capacity;
    size_t count;
    lede_lengths lengths; /* score NULL: without points */
} intervals;

/* ---- Finding ------------------------------------------------------------ */

static uint32_t seek_scopes(lede_finder *finder, uint32_t target)
{
    intervals *v = (intervals *)finder;
    uint32_t least = LEDE_DOC_END;

    for (size_t i = 0; i < v->count; i++) {
        uint32_t doc = lede_finder_seek(v->scopes[i].words, target);

        if (doc < least)
            least = doc;
    }
    return least;
}

static int by_term(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t)((const lede_group_list *)left)->term;
    uintptr_t b = (uintptr_t)((const lede_group_list *)right)->term;

    return (a > b) - (a < b);
}

static uint32_t find_positions(void *ctx, const lede_plan_term *term,
                               const uint32_t **positions)
{
    scope *in = ctx;
    lede_group_list sought = { .term = term };
    const lede_group_list *list =
        bsearch(&sought, in->lists, in->count, sizeof *in->lists, by_term);
    lede_matcher *m = in->matcher;
    uint32_t *read;

    /* A list of a phrase that cannot match in the field was never moved. */
    if (!list || list->postings->frequency == 0 ||
        list->postings->doc != in->doc)
        return 0;
    read =
        lede_arena_array(m->scratch, list->postings->frequency, sizeof *read);
    if (!read) {
        (void)lede_matcher_fail(m, lede_arena_status(m->scratch));
        return 0;
    }
    if (!lede_postings_positions(list->postings, read)) {
        (void)lede_matcher_fail(m, list->postings->status != LEDE_OK
                                       ? list->postings->status
                                       : LEDE_ERR_CORRUPT);
        return 0;
    }
    *positions = read;
    return list->postings->frequency;
}

/* How often the span is in one field of the document. */
static uint32_t frequency_in(scope *in, const lede_plan *span, uint32_t doc)
{
    lede_matcher *m = in->matcher;
    lede_occurrences occurrences = { find_positions, in, in->field };
    lede_intervals found = { NULL, 0 };
    lede_status status;

    in->doc = doc;
    status = lede_span_match(&found, span, &occurrences, m->budget, m->scratch);
    if (status != LEDE_OK) {
        (void)lede_matcher_fail(m, status);
        return 0;
    }
    return m->status == LEDE_OK ? lede_span_frequency(&found) : 0;
}

static bool check_scopes(lede_finder *finder)
{
    intervals *v = (intervals *)finder;
    uint64_t tf = 0;
    bool found = false;

    lede_arena_clear(finder->matcher->scratch);
    for (size_t i = 0; i < v->count; i++) {
        scope *in = &v->scopes[i];
        uint32_t frequency;

        if (in->words->doc != finder->doc)
            continue;
        frequency = frequency_in(in, v->span, finder->doc);
        found = found || frequency > 0;
        tf += in->weight * frequency;
    }
    finder->points =
        found && v->lengths.score
            ? lede_lengths_points(&v->lengths, finder->matcher, finder->doc, tf)
            : 0;
    return found;
}

/* ---- Making ------------------------------------------------------------- */

/* Documents that have the words of a span in the field; NULL: none can. As deep
 * as the query is, which its limits bound. */
static lede_status find_words(lede_finder **out, scope *in,
                              const lede_plan *span);

static lede_status find_word(lede_finder **out, scope *in,
                             const lede_plan *word)
{
    lede_arena *arena = in->matcher->arena;
    lede_group *group;
    lede_status status = lede_group_new(&group, in->matcher, word, in->field);

    if (status != LEDE_OK || group->count == 0)
        return status;
    if (!lede_arena_grow(arena, &in->lists, &in->capacity,
                         in->count + group->count, sizeof *in->lists))
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < group->count; i++)
        in->lists[in->count++] = group->lists[i];
    *out = &group->finder;
    return LEDE_OK;
}

static lede_status find_words(lede_finder **out, scope *in,
                              const lede_plan *span)
{
    lede_matcher *m = in->matcher;
    lede_finder **parts;
    uint32_t count = 0;

    *out = NULL;
    if (span->kind == LEDE_PLAN_WORD)
        return find_word(out, in, span);
    parts = lede_arena_array(m->arena, span->count, sizeof(lede_finder *));
    if (!parts)
        return lede_arena_status(m->arena);
    for (uint32_t i = 0; i < span->count; i++) {
        lede_status status = find_words(&parts[count], in, span->nodes[i]);

        if (status != LEDE_OK)
            return status;
        if (parts[count])
            count++;
        else if (span->kind != LEDE_PLAN_EITHER)
            return LEDE_OK;
    }
    return count ? lede_join_new(out, m, span, parts, count) : LEDE_OK;
}

static uint64_t weight_of(const lede_plan_score *score, uint32_t field)
{
    for (uint32_t i = 0; i < score->field_count; i++)
        if (score->fields[i] == field)
            return (uint64_t)score->field_weights[i] * (LEDE_WEIGHT_ONE / 256);
    return 0;
}

static lede_status add_scope(intervals *v, uint32_t field)
{
    lede_matcher *m = v->finder.matcher;
    scope made = { .field = field,
                   .weight = weight_of(&v->span->score, field),
                   .matcher = m };
    lede_status status = find_words(&made.words, &made, v->span);

    if (status != LEDE_OK || !made.words)
        return status;
    qsort(made.lists, made.count, sizeof *made.lists, by_term);
    if (!lede_arena_grow(m->arena, &v->scopes, &v->capacity, v->count + 1,
                         sizeof *v->scopes))
        return lede_arena_status(m->arena);
    v->scopes[v->count++] = made;
    v->finder.cost += made.words->cost;
    return LEDE_OK;
}

/* Marks the fields of the terms of a span; as deep as the query. */
static void mark_fields(const lede_plan *span, bool *marked, uint32_t fields)
{
    for (uint32_t i = 0; i < span->term_count; i++)
        if (span->terms[i].field < fields)
            marked[span->terms[i].field] = true;
    for (uint32_t i = 0; i < span->count; i++)
        mark_fields(span->nodes[i], marked, fields);
}

lede_status lede_intervals_new(lede_finder **out, lede_matcher *matcher,
                               const lede_plan *span)
{
    uint32_t fields = lede_schema_count(matcher->schema);
    bool *marked = lede_arena_array(matcher->arena, fields, sizeof *marked);
    intervals *v = lede_finder_room(matcher, sizeof *v);
    lede_status status = LEDE_OK;

    if (!marked || !v)
        return lede_arena_status(matcher->arena);
    v->span = span;
    v->finder.seek = seek_scopes;
    v->finder.check = check_scopes;
    mark_fields(span, marked, fields);
    for (uint32_t field = 0; status == LEDE_OK && field < fields; field++)
        if (marked[field])
            status = add_scope(v, field);
    if (status == LEDE_OK && matcher->scores && span->score.weight > 0)
        status = lede_lengths_init(&v->lengths, &span->score, matcher);
    if (status == LEDE_OK)
        *out = &v->finder;
    return status;
}
