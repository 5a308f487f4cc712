#include "native/match/intervals.h"

#include <stdlib.h>

#include "engine/span.h"
#include "native/match/group.h"
#include "native/match/join.h"
#include "native/match/row.h"
#include "text/token.h"

/* One field in which the span may match. */
typedef struct scope {
    uint32_t field;
    lede_finder *words;     /* documents that have the words in it */
    lede_group_list *lists; /* by the address of the term */
    size_t capacity;
    size_t count;
    uint64_t weight;        /* of the field, n / LEDE_WEIGHT_ONE */
    uint32_t length_weight; /* of bounds of its lists */
    lede_matcher *matcher;
    uint32_t doc;        /* being looked at */
    lede_postings **row; /* of a plain phrase its words, by place; else NULL */
    lede_row *rows;      /* to count them with */
} scope;

typedef struct intervals {
    lede_finder finder;
    const lede_plan *span;
    scope *scopes;
    size_t capacity;
    size_t count;
    lede_lengths lengths; /* score NULL: without points */
    uint32_t needed;
    uint64_t covered; /* documents below have at most ... */
    uint32_t covered_points;
} intervals;

static int by_term(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t)((const lede_group_list *)left)->term;
    uintptr_t b = (uintptr_t)((const lede_group_list *)right)->term;

    return (a > b) - (a < b);
}

static const lede_group_list *list_of(const scope *in,
                                      const lede_plan_term *term)
{
    lede_group_list sought = { .term = term };

    return bsearch(&sought, in->lists, in->count, sizeof *in->lists, by_term);
}

/* ---- Bounds ------------------------------------------------------------- */

/* No document holds more of a phrase than of each of its words. */
typedef struct most {
    uint64_t frequency;
    uint64_t length; /* least, as bounds have it */
    uint32_t until;
} most;

/* What of a term may be in documents from target on, or is in the document. */
typedef void most_of(most *m, scope *in, const lede_plan_term *term,
                     uint32_t target);

static void take_bound(most *m, const scope *in, lede_postings *list, bool some,
                       const lede_bound *bound)
{
    if (some)
        *m = (most){ bound->frequencies[bound->count - 1], bound->lengths[0],
                     bound->last };
    else if (list->status != LEDE_OK)
        (void)lede_matcher_fail(in->matcher, list->status);
}

static void most_in_block(most *m, scope *in, const lede_plan_term *term,
                          uint32_t target)
{
    const lede_group_list *list = list_of(in, term);
    lede_bound bound;

    *m = (most){ 0, UINT64_MAX, LEDE_DOC_END };
    if (list)
        take_bound(m, in, list->postings,
                   lede_postings_bound(list->postings, target, &bound), &bound);
}

static void most_in_list(most *m, scope *in, const lede_plan_term *term,
                         uint32_t target)
{
    const lede_group_list *list = list_of(in, term);
    lede_bound bound;

    (void)target;
    *m = (most){ 0, UINT64_MAX, LEDE_DOC_END };
    if (list)
        take_bound(m, in, list->postings,
                   lede_postings_most(list->postings, &bound), &bound);
}

static void most_here(most *m, scope *in, const lede_plan_term *term,
                      uint32_t doc)
{
    const lede_group_list *list = list_of(in, term);

    *m = (most){ 0, 0, doc };
    if (list && list->postings->doc == doc)
        m->frequency = list->postings->frequency;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Of what holds any of the parts, or all of them. */
static void add_part(most *m, const most *part, bool any)
{
    m->until = part->until < m->until ? part->until : m->until;
    if (any) {
        m->frequency += part->frequency;
        m->length = lesser(m->length, part->length);
    } else {
        m->frequency = lesser(m->frequency, part->frequency);
        m->length = part->length > m->length ? part->length : m->length;
    }
}

/* As deep as the query is, which its limits bound. */
static void most_of_span(most *m, scope *in, const lede_plan *span, most_of *of,
                         uint32_t target)
{
    bool any = span->kind == LEDE_PLAN_WORD || span->kind == LEDE_PLAN_EITHER;
    most part;

    *m = (most){ any ? 0 : UINT64_MAX, any ? UINT64_MAX : 0, LEDE_DOC_END };
    for (uint32_t i = 0; i < span->count; i++) {
        most_of_span(&part, in, span->nodes[i], of, target);
        add_part(m, &part, any);
    }
    for (uint32_t i = 0; i < span->term_count; i++)
        if (span->terms[i].field == in->field) {
            of(&part, in, &span->terms[i], target);
            add_part(m, &part, any);
        }
}

/* The most points of documents of which so much is known. */
static uint32_t bound_by(intervals *v, most_of *of, uint32_t target,
                         uint32_t *until)
{
    uint64_t tf = 0, length = UINT64_MAX;

    *until = LEDE_DOC_END;
    for (size_t i = 0; i < v->count; i++) {
        scope *in = &v->scopes[i];
        most m;

        most_of_span(&m, in, v->span, of, target);
        *until = m.until < *until ? m.until : *until;
        if (m.frequency == 0)
            continue;
        m.length *= in->length_weight;
        tf += in->weight * m.frequency;
        length = m.length < length ? m.length : length;
    }
    return lede_score_points(v->finder.matcher->rule, v->lengths.score, tf,
                             length);
}

static uint32_t bound_scopes(lede_finder *finder, uint32_t target,
                             uint32_t *until)
{
    intervals *v = (intervals *)finder;

    if (target >= v->covered) {
        v->covered_points = bound_by(v, most_in_block, target, until);
        v->covered = (uint64_t)*until + 1;
    }
    *until = (uint32_t)(v->covered - 1);
    return v->covered_points;
}

static void demand_scopes(lede_finder *finder, uint32_t needed)
{
    ((intervals *)finder)->needed = needed;
}

/* Whether the document may have what is needed, before positions are read. */
static bool may_reach(intervals *v, uint32_t doc)
{
    uint64_t tf = 0;

    for (size_t i = 0; i < v->count; i++) {
        most m;

        most_of_span(&m, &v->scopes[i], v->span, most_here, doc);
        tf += v->scopes[i].weight * m.frequency;
    }
    return lede_lengths_points(&v->lengths, v->finder.matcher, doc, tf) >=
           v->needed;
}

/* ---- Finding ------------------------------------------------------------ */

static uint32_t seek_scopes(lede_finder *finder, uint32_t target)
{
    intervals *v = (intervals *)finder;
    uint32_t least = LEDE_DOC_END;

    if (v->needed > 0)
        target = lede_finder_pass(finder, target, v->needed);
    for (size_t i = 0; i < v->count; i++) {
        uint32_t doc = lede_finder_seek(v->scopes[i].words, target);

        if (doc < least)
            least = doc;
    }
    return least;
}

/* The positions of the present document of a list; NULL on failure. */
static uint32_t *read_positions(lede_matcher *m, lede_postings *list)
{
    uint32_t *read =
        lede_arena_array(m->scratch, list->frequency, sizeof *read);

    if (!read) {
        (void)lede_matcher_fail(m, lede_arena_status(m->scratch));
        return NULL;
    }
    if (lede_postings_positions(list, read))
        return read;
    (void)lede_matcher_fail(m, list->status != LEDE_OK ? list->status
                                                       : LEDE_ERR_CORRUPT);
    return NULL;
}

static uint32_t find_positions(void *ctx, const lede_plan_term *term,
                               const uint32_t **positions)
{
    scope *in = ctx;
    const lede_group_list *list = list_of(in, term);

    /* A list of a phrase that cannot match in the field was never moved. */
    if (!list || list->postings->frequency == 0 ||
        list->postings->doc != in->doc)
        return 0;
    *positions = read_positions(in->matcher, list->postings);
    return *positions ? list->postings->frequency : 0;
}

/* Positions of the word that stands there least often are read first, those of
 * others only while there is a row. False for positions that are too far. */
static bool count_rows(const scope *in, uint32_t count, uint32_t *frequency)
{
    lede_matcher *m = in->matcher;
    uint32_t rarest = 0, left;
    uint32_t *begins;

    *frequency = 0;
    for (uint32_t i = 1; i < count; i++)
        if (in->row[i]->frequency < in->row[rarest]->frequency)
            rarest = i;
    left = in->row[rarest]->frequency;
    begins = read_positions(m, in->row[rarest]);
    if (!begins || begins[left - 1] >= LEDE_ROW_END)
        return !begins;
    left = lede_row_begin(begins, begins, left, rarest);
    for (uint32_t i = 0; i < count && left > 0; i++) {
        uint32_t at = in->row[i]->frequency;
        uint32_t *positions =
            i == rarest ? begins : read_positions(m, in->row[i]);

        if (!positions || !lede_matcher_spend(m, left + 1))
            return true;
        if (i == rarest)
            continue;
        if (positions[at - 1] >= LEDE_ROW_END)
            return false;
        left = lede_row_keep(in->rows, begins, left, positions, at, i);
    }
    *frequency = lede_row_disjoint(begins, left, count);
    return true;
}

/* How often the span is in one field of the document. */
static uint32_t frequency_in(scope *in, const lede_plan *span, uint32_t doc)
{
    lede_matcher *m = in->matcher;
    lede_occurrences occurrences = { find_positions, in, in->field };
    lede_intervals found = { NULL, 0 };
    lede_status status;
    uint32_t frequency;

    if (in->row && count_rows(in, span->count, &frequency))
        return frequency;
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

    if (v->needed > 0 && !may_reach(v, finder->doc))
        return false;
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

/* The list of a word that has one term in the field, which covers one position;
 * NULL for others. */
static lede_postings *only_list(const scope *in, const lede_plan *word)
{
    const lede_group_list *list = NULL;
    uint32_t count = 0;

    if (word->kind != LEDE_PLAN_WORD)
        return NULL;
    for (uint32_t i = 0; i < word->term_count; i++) {
        const lede_plan_term *term = &word->terms[i];
        const lede_group_list *held =
            term->field == in->field ? list_of(in, term) : NULL;

        if (held && lede_term_span((const char *)term->term.at,
                                   (uint32_t)term->term.len) == 1) {
            list = held;
            count++;
        } else if (held) {
            return NULL;
        }
    }
    return count == 1 ? list->postings : NULL;
}

/* A phrase of such words, one directly behind the other, is a row. */
static lede_status find_row(scope *in, const lede_plan *span)
{
    lede_arena *arena = in->matcher->arena;
    lede_postings **row;

    if (span->kind != LEDE_PLAN_PHRASE || span->slop > 0 || span->count < 2)
        return LEDE_OK;
    row = lede_arena_array(arena, span->count, sizeof(lede_postings *));
    if (!row)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < span->count; i++) {
        row[i] = only_list(in, span->nodes[i]);
        if (!row[i])
            return LEDE_OK;
    }
    in->rows = lede_arena_alloc(arena, sizeof *in->rows);
    if (!in->rows)
        return lede_arena_status(arena);
    lede_row_init(in->rows, arena);
    in->row = row;
    return LEDE_OK;
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
    status = find_row(&made, v->span);
    if (status != LEDE_OK)
        return status;
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

static void begin_bounds(intervals *v)
{
    lede_finder *finder = &v->finder;
    uint32_t until;

    finder->bound = bound_scopes;
    finder->demand = demand_scopes;
    for (size_t i = 0; i < v->count; i++)
        v->scopes[i].length_weight = lede_lengths_weight(
            &v->lengths, finder->matcher, v->scopes[i].field);
    finder->most = bound_by(v, most_in_list, 0, &until);
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
    v->finder.effort = LEDE_EFFORT_POSITIONS;
    v->finder.most = 0;
    if (status == LEDE_OK && v->lengths.score)
        begin_bounds(v);
    if (status == LEDE_OK)
        *out = &v->finder;
    return status;
}
