#include "native/match/group.h"

#include "native/index/vocabulary.h"

/* ---- Scores ------------------------------------------------------------- */

lede_status lede_lengths_init(lede_lengths *lengths,
                              const lede_plan_score *score,
                              lede_matcher *matcher)
{
    *lengths = (lede_lengths){ .score = score };
    lengths->columns = lede_arena_array(matcher->arena, score->field_count,
                                        sizeof(const lede_column *));
    if (!lengths->columns)
        return lede_arena_status(matcher->arena);
    for (uint32_t i = 0; i < score->field_count; i++) {
        lede_status status =
            lede_segment_lengths(matcher->segment, score->fields[i],
                                 &lengths->columns[i], matcher->err);

        if (status != LEDE_OK)
            return status;
    }
    return LEDE_OK;
}

uint32_t lede_lengths_points(const lede_lengths *lengths,
                             const lede_matcher *matcher, uint32_t doc,
                             uint64_t tf)
{
    const lede_plan_score *score = lengths->score;
    uint64_t length = 0;

    for (uint32_t i = 0; i < score->field_count; i++)
        if (lengths->columns[i])
            length += score->field_weights[i] *
                      lede_column_at(lengths->columns[i], doc);
    return lede_score_points(matcher->rule, score, tf, length);
}

/* ---- Lists -------------------------------------------------------------- */

lede_status lede_group_open(lede_postings **out, lede_matcher *matcher,
                            uint32_t space, lede_bytes term)
{
    const lede_postings_source *source =
        lede_segment_source(matcher->segment, space);
    lede_terms_entry entry;
    lede_status status;

    *out = NULL;
    if (!source)
        return LEDE_OK;
    status = lede_terms_find(matcher->cursor, space, term, &entry);
    if (status == LEDE_ERR_NOT_FOUND)
        return LEDE_OK;
    if (status != LEDE_OK)
        return status;
    *out = lede_arena_alloc(matcher->arena, sizeof **out);
    if (!*out)
        return lede_arena_status(matcher->arena);
    lede_postings_open(*out, source, &entry);
    return LEDE_OK;
}

static uint32_t seek_list(lede_group *g, uint32_t list, uint32_t target)
{
    lede_postings *postings = g->lists[list].postings;
    uint32_t doc = lede_postings_seek(postings, target);

    if (postings->status != LEDE_OK)
        return lede_matcher_fail(g->finder.matcher, postings->status);
    return doc;
}

static uint32_t seek_group(lede_finder *finder, uint32_t target)
{
    lede_group *g = (lede_group *)finder;
    uint64_t steps = 0;

    if (target == 0) {
        for (uint32_t i = 0; i < g->count; i++)
            g->queue.docs[i] = seek_list(g, i, 0);
        lede_queue_order(&g->queue);
    }
    for (; lede_queue_least(&g->queue) < target; steps++)
        lede_queue_move(&g->queue,
                        seek_list(g, lede_queue_top(&g->queue), target));
    return lede_matcher_spend(finder->matcher, steps + 1)
               ? lede_queue_least(&g->queue)
               : LEDE_DOC_END;
}

static bool check_group(lede_finder *finder)
{
    lede_group *g = (lede_group *)finder;
    uint32_t count;
    uint64_t tf = 0;

    finder->points = 0;
    if (!g->lengths.score || !finder->matcher->scores)
        return true;
    count = lede_queue_gather(&g->queue);
    for (uint32_t i = 0; i < count; i++) {
        const lede_group_list *list = &g->lists[g->queue.found[i]];

        tf += (uint64_t)list->term->weight * list->postings->frequency;
    }
    finder->points =
        lede_lengths_points(&g->lengths, finder->matcher, finder->doc, tf);
    return true;
}

static lede_status open_lists(lede_group *g, const lede_plan *word,
                              uint32_t field)
{
    lede_matcher *m = g->finder.matcher;
    lede_status status = LEDE_OK;

    g->lists = lede_arena_array(m->arena, word->term_count, sizeof *g->lists);
    if (!g->lists)
        return lede_arena_status(m->arena);
    for (uint32_t i = 0; status == LEDE_OK && i < word->term_count; i++) {
        const lede_plan_term *term = &word->terms[i];
        lede_group_list *list = &g->lists[g->count];

        if ((field != LEDE_NO_FIELD && term->field != field) ||
            term->field >= lede_schema_count(m->schema))
            continue;
        list->term = term;
        status = lede_group_open(
            &list->postings, m,
            lede_space_number(term->field, LEDE_SPACE_WORDS), term->term);
        if (status == LEDE_OK && list->postings) {
            g->finder.cost += list->postings->documents;
            g->count++;
        }
        if (status == LEDE_OK)
            status = lede_budget_spend(m->budget, 10);
    }
    return status;
}

lede_status lede_group_new(lede_group **out, lede_matcher *matcher,
                           const lede_plan *word, uint32_t field)
{
    lede_group *g = lede_finder_room(matcher, sizeof *g);
    lede_status status;

    if (!g)
        return matcher->status;
    g->finder.seek = seek_group;
    g->finder.check = check_group;
    status = open_lists(g, word, field);
    if (status == LEDE_OK &&
        !lede_queue_init(&g->queue, g->count, matcher->arena))
        status = lede_arena_status(matcher->arena);
    if (status == LEDE_OK && matcher->scores && field == LEDE_NO_FIELD &&
        word->score.weight > 0)
        status = lede_lengths_init(&g->lengths, &word->score, matcher);
    if (status == LEDE_OK)
        *out = g;
    return status;
}
