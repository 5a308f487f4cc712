/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xapian/exact.c - leaves as lists of the articles they match, with the scores
 * that engine/score.h gives them.
 *
 * Scores are points over a power of two, so libxapian's sums of them are exact
 * in any order.
 */
#include <stdlib.h>

#include "xapian/article.h"
#include "xapian/translate.h"

/* Postings between two looks at the budget. */
#define STRIDE 64U

/* An article of a list that is being made. */
typedef struct occurrence {
    uint32_t id;
    uint32_t best; /* of the points of BEST's nodes */
    uint64_t tf; /* weighted: n / LEDE_WEIGHT_ONE; of BEST the sum of points */
} occurrence;

typedef struct occurrences {
    occurrence *at;
    size_t count;
} occurrences;

static int by_id(const void *left, const void *right)
{
    const occurrence *a = left, *b = right;

    return (a->id > b->id) - (a->id < b->id);
}

/* One for each article, by rising id. */
static void merge(occurrences *all)
{
    size_t used = 0;

    if (all->count)
        qsort(all->at, all->count, sizeof *all->at, by_id);
    for (size_t i = 0; i < all->count; i++) {
        occurrence *last = used ? &all->at[used - 1] : NULL;

        if (!last || last->id != all->at[i].id) {
            all->at[used++] = all->at[i];
            continue;
        }
        last->tf += all->at[i].tf;
        if (all->at[i].best > last->best)
            last->best = all->at[i].best;
    }
    all->count = used;
}

static bool spend(lede_xapian_translator *t, size_t done)
{
    if (done % STRIDE == 0)
        (void)lede_xapian_stop(
            t, lede_budget_spend(t->s.budget, (uint64_t)STRIDE * 32));
    return t->status == LEDE_OK;
}

/* How often a joined word stands in an article: it has no wdf. */
static uint64_t count_positions(lede_xapian_translator *t, uint32_t id,
                                const lede_xapian_name *name)
{
    xapian_positions positions = { NULL, 0 };
    xapian_error fault;
    size_t count;

    if (!xapian_positions_get(t->s.all->db, id, name->text, name->len,
                              &positions, &fault))
        (void)lede_xapian_fault(t, &fault);
    count = positions.count;
    xapian_positions_free(&positions);
    return count;
}

static void read_term(lede_xapian_translator *t, const lede_plan_term *term,
                      occurrences *all, size_t room)
{
    bool joined = lede_term_span((const char *)term->term.at,
                                 (uint32_t)term->term.len) > 1;
    xapian_error fault = { .kind = XAPIAN_ERROR_NONE };
    xapian_postings *postings;
    lede_xapian_name name;
    uint32_t id, wdf;

    if (!lede_xapian_word(&name, term->field, term->term))
        return;
    postings = xapian_postings_open(t->s.all->db, name.text, name.len, &fault);
    while (postings && all->count < room && spend(t, all->count) &&
           xapian_postings_next(postings, &id, &wdf, &fault)) {
        uint64_t count = joined ? count_positions(t, id, &name) : wdf;

        all->at[all->count++] = (occurrence){ id, 0, term->weight * count };
    }
    xapian_postings_free(postings);
    if (fault.kind != XAPIAN_ERROR_NONE)
        (void)lede_xapian_fault(t, &fault);
}

static bool make_room(lede_xapian_translator *t, occurrences *all, size_t room)
{
    lede_status status = lede_budget_take(
        t->s.budget, room * (sizeof *all->at + sizeof(double)));

    if (status == LEDE_OK) {
        all->at = lede_arena_array(t->s.arena, room, sizeof *all->at);
        if (!all->at)
            status = lede_arena_status(t->s.arena);
    }
    (void)lede_xapian_stop(t, status);
    return status == LEDE_OK;
}

/* The query of articles that have tf; the lengths are in a list by id too. */
static xapian_query *score_all(lede_xapian_translator *t, const lede_plan *leaf,
                               const occurrences *all)
{
    double *weights = lede_arena_array(t->s.arena, all->count, sizeof *weights);
    uint32_t *ids = lede_arena_array(t->s.arena, all->count, sizeof *ids);
    bool lengths = leaf->score.average_length > 0 && t->s.rule->b > 0;
    xapian_values *numbers = NULL;
    xapian_error fault;

    if (!weights || !ids)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    if (lengths) {
        numbers =
            xapian_values_open(t->s.all->db, LEDE_XAPIAN_SLOT_NUMBERS, &fault);
        if (!numbers)
            return lede_xapian_fault(t, &fault);
    }
    for (size_t i = 0; i < all->count && spend(t, i); i++) {
        const char *text = NULL;
        size_t len = 0;
        uint64_t length;

        if (lengths &&
            !xapian_values_at(numbers, all->at[i].id, &text, &len, &fault)) {
            (void)lede_xapian_fault(t, &fault);
            break;
        }
        length = lede_xapian_length(lede_bytes_of(text, len), &leaf->score);
        ids[i] = all->at[i].id;
        weights[i] =
            lede_score_of(t->s.rule, lede_score_points(t->s.rule, &leaf->score,
                                                       all->at[i].tf, length));
    }
    xapian_values_free(numbers);
    if (t->status != LEDE_OK)
        return NULL;
    return lede_xapian_keep(
        t,
        xapian_query_weighted(t->s.all->db, ids, weights, all->count, &fault),
        &fault);
}

/* The same with one weight for all. */
static xapian_query *list_all(lede_xapian_translator *t, const occurrences *all,
                              double weight)
{
    double *weights = lede_arena_array(t->s.arena, all->count, sizeof *weights);
    uint32_t *ids = lede_arena_array(t->s.arena, all->count, sizeof *ids);
    xapian_error fault;

    if (!weights || !ids)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (size_t i = 0; i < all->count; i++) {
        ids[i] = all->at[i].id;
        weights[i] = weight;
    }
    return lede_xapian_keep(
        t,
        xapian_query_weighted(t->s.all->db, ids, weights, all->count, &fault),
        &fault);
}

xapian_query *lede_xapian_list_word(lede_xapian_translator *t,
                                    const lede_plan *word)
{
    occurrences all = { NULL, 0 };
    size_t room = 0;

    for (uint32_t i = 0; i < word->term_count; i++)
        room +=
            lede_xapian_documents(t, word->terms[i].field, word->terms[i].term);
    if (t->status != LEDE_OK || !make_room(t, &all, room))
        return NULL;
    for (uint32_t i = 0; i < word->term_count && t->status == LEDE_OK; i++)
        read_term(t, &word->terms[i], &all, room);
    merge(&all);
    return t->status == LEDE_OK ? score_all(t, word, &all) : NULL;
}

/* Sum over fields of field weight x frequency. */
static uint64_t frequency_of(lede_xapian_translator *t, const lede_plan *span,
                             uint32_t id, lede_arena *arena)
{
    const lede_plan_score *score = &span->score;
    lede_intervals found;
    uint64_t tf = 0;

    for (uint32_t i = 0; i < score->field_count; i++)
        if (lede_xapian_intervals(t, span, score->fields[i], id, arena, &found))
            tf += (uint64_t)score->field_weights[i] * (LEDE_WEIGHT_ONE / 256) *
                  lede_span_frequency(&found);
    return tf;
}

/* Adds the articles of an answer, and the points they have there. */
static bool read_items(lede_xapian_translator *t, const xapian_mset *mset,
                       occurrences *all)
{
    size_t size = xapian_mset_size(mset);
    uint64_t points;
    xapian_error fault;
    xapian_item item;

    for (size_t i = 0; i < size && spend(t, i); i++) {
        if (!xapian_mset_item(mset, i, &item, &fault)) {
            (void)lede_xapian_fault(t, &fault);
            return false;
        }
        points = lede_xapian_points(t->s.rule, item.weight);
        all->at[all->count++] =
            (occurrence){ item.id, (uint32_t)points, points };
    }
    return t->status == LEDE_OK;
}

xapian_query *lede_xapian_list_span(lede_xapian_translator *t,
                                    const lede_plan *span,
                                    const xapian_query *matching)
{
    xapian_mset *mset = lede_xapian_articles(t, matching, false);
    lede_arena *arena = lede_arena_new(t->s.snapshot->allocator);
    occurrences all = { NULL, 0 };

    if (!arena)
        (void)lede_xapian_stop(t, LEDE_ERR_NOMEM);
    if (arena && mset && make_room(t, &all, xapian_mset_size(mset)) &&
        read_items(t, mset, &all))
        merge(&all);
    for (size_t i = 0; i < all.count && spend(t, i); i++)
        all.at[i].tf = frequency_of(t, span, all.at[i].id, arena);
    xapian_mset_free(mset);
    lede_arena_free(arena);
    return t->status == LEDE_OK ? score_all(t, span, &all) : NULL;
}

xapian_query *lede_xapian_list_constant(lede_xapian_translator *t,
                                        const lede_plan *constant,
                                        const xapian_query *matching)
{
    const lede_score_rule *rule = t->s.rule;
    double weight =
        lede_score_of(rule, lede_score_constant(rule, constant->score.weight));
    xapian_mset *mset = lede_xapian_articles(t, matching, false);
    occurrences all = { NULL, 0 };
    xapian_query *query = NULL;

    if (mset && make_room(t, &all, xapian_mset_size(mset)) &&
        read_items(t, mset, &all)) {
        merge(&all);
        query = list_all(t, &all, weight);
    }
    xapian_mset_free(mset);
    return query;
}

/* libxapian's MAX and OR could say it, but nested ones score wrongly. */
xapian_query *lede_xapian_list_best(lede_xapian_translator *t,
                                    const lede_plan *best,
                                    xapian_query *const *parts)
{
    occurrences all = { NULL, 0 };
    uint32_t *ids;
    double *weights;
    xapian_error fault;
    size_t room = 0;
    xapian_mset **answers =
        lede_arena_array(t->s.arena, best->count, sizeof(xapian_mset *));

    if (!answers)
        return lede_xapian_stop(t, lede_arena_status(t->s.arena));
    for (uint32_t i = 0; i < best->count && t->status == LEDE_OK; i++) {
        answers[i] = lede_xapian_articles(t, parts[i], true);
        room += answers[i] ? xapian_mset_size(answers[i]) : 0;
    }
    if (t->status == LEDE_OK && make_room(t, &all, room))
        for (uint32_t i = 0; i < best->count; i++)
            (void)read_items(t, answers[i], &all);
    for (uint32_t i = 0; i < best->count; i++)
        xapian_mset_free(answers[i]);
    merge(&all);
    ids = lede_arena_array(t->s.arena, all.count, sizeof *ids);
    weights = lede_arena_array(t->s.arena, all.count, sizeof *weights);
    if (!ids || !weights)
        (void)lede_xapian_stop(t, lede_arena_status(t->s.arena));
    if (t->status != LEDE_OK)
        return NULL;
    for (size_t i = 0; i < all.count; i++) {
        ids[i] = all.at[i].id;
        weights[i] =
            lede_score_of(t->s.rule, lede_score_best(all.at[i].best,
                                                     all.at[i].tf, best->tie));
    }
    return lede_xapian_keep(
        t, xapian_query_weighted(t->s.all->db, ids, weights, all.count, &fault),
        &fault);
}
