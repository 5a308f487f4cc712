#include "native/match/group.h"

#include "native/index/vocabulary.h"

/* ---- Lists -------------------------------------------------------------- */

lede_status lede_group_open(lede_postings **out, lede_matcher *matcher,
                            lede_space space, const lede_plan_term *term)
{
    const lede_postings_source *source = lede_segment_source(
        matcher->segment, lede_space_number(term->field, space));
    lede_terms_entry entry;
    lede_status status;

    *out = NULL;
    if (!source)
        return LEDE_OK;
    status = lede_matcher_find(matcher, space, term, &entry);
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

/* ---- Bounds ------------------------------------------------------------- */

/* Most points of documents with these bounds; lists add up. */
static uint32_t points_of_corners(const lede_group *g,
                                  const lede_group_list *list,
                                  const lede_bound *bound)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < bound->count; i++) {
        uint32_t points = lede_score_points(
            g->finder.matcher->rule, g->lengths.score,
            (uint64_t)list->term->weight * bound->frequencies[i],
            list->length_weight * bound->lengths[i]);

        if (points > most)
            most = points;
    }
    /* Between two corners a score may be rounded up. */
    return most + (bound->count > 1);
}

/* What lists that are bounded one by one have together at most. */
typedef struct together {
    const lede_group_list *alone; /* the only one so far */
    lede_bound bound;             /* of it */
    uint64_t tf;
    uint64_t length;
    uint32_t count;
} together;

static void add_bound(together *t, const lede_group_list *list,
                      const lede_bound *bound)
{
    uint64_t length = list->length_weight * bound->lengths[0];

    t->alone = list;
    t->bound = *bound;
    t->tf +=
        (uint64_t)list->term->weight * bound->frequencies[bound->count - 1];
    t->length = t->count == 0 || length < t->length ? length : t->length;
    t->count++;
}

static uint32_t points_together(const lede_group *g, const together *t)
{
    if (t->count == 0)
        return 0;
    if (t->count == 1)
        return points_of_corners(g, t->alone, &t->bound);
    return lede_score_points(g->finder.matcher->rule, g->lengths.score, t->tf,
                             t->length);
}

static uint32_t bound_group(lede_finder *finder, uint32_t target,
                            uint32_t *until)
{
    lede_group *g = (lede_group *)finder;
    together t = { .count = 0 };
    uint32_t last = LEDE_DOC_END;

    if (target >= g->covered) {
        for (uint32_t i = 0; i < g->count; i++) {
            lede_postings *list = g->lists[i].postings;
            lede_bound bound;

            if (lede_postings_bound(list, target, &bound)) {
                add_bound(&t, &g->lists[i], &bound);
                last = bound.last < last ? bound.last : last;
            } else if (list->status != LEDE_OK) {
                (void)lede_matcher_fail(finder->matcher, list->status);
            }
        }
        g->covered = (uint64_t)last + 1;
        g->covered_points = points_together(g, &t);
    }
    *until = (uint32_t)(g->covered - 1);
    return g->covered_points;
}

static void demand_group(lede_finder *finder, uint32_t needed)
{
    ((lede_group *)finder)->needed = needed;
}

/* Bounds are for points. */
static lede_status begin_bounds(lede_group *g)
{
    lede_finder *finder = &g->finder;
    together t = { .count = 0 };

    finder->most = 0;
    if (!g->lengths.score)
        return LEDE_OK;
    finder->bound = bound_group;
    finder->demand = demand_group;
    for (uint32_t i = 0; i < g->count; i++) {
        lede_group_list *list = &g->lists[i];
        lede_bound bound;

        list->length_weight = lede_lengths_weight(&g->lengths, finder->matcher,
                                                  list->term->field);
        if (!lede_postings_most(list->postings, &bound))
            return list->postings->status;
        add_bound(&t, list, &bound);
    }
    finder->most = points_together(g, &t);
    return LEDE_OK;
}

/* ---- Finding ------------------------------------------------------------ */

/* Of so many lists the least is found by looking at each; a heap costs more. */
#define FEW 4U

static uint32_t seek_few(lede_group *g, uint32_t target)
{
    uint32_t *docs = g->queue.docs, least = LEDE_DOC_END;

    for (uint32_t i = 0; i < g->count; i++) {
        if (docs[i] < target || !g->begun)
            docs[i] = seek_list(g, i, target);
        least = docs[i] < least ? docs[i] : least;
    }
    g->begun = true;
    return lede_matcher_spend(g->finder.matcher, g->count) ? least
                                                           : LEDE_DOC_END;
}

static uint32_t seek_group(lede_finder *finder, uint32_t target)
{
    lede_group *g = (lede_group *)finder;
    uint64_t steps = 0;

    if (g->needed > 0)
        target = lede_finder_pass(finder, target, g->needed);
    if (g->count <= FEW)
        return seek_few(g, target);
    if (!g->begun) {
        g->begun = true;
        for (uint32_t i = 0; i < g->count; i++)
            g->queue.docs[i] = seek_list(g, i, target);
        lede_queue_order(&g->queue);
    }
    for (; lede_queue_least(&g->queue) < target; steps++)
        lede_queue_move(&g->queue,
                        seek_list(g, lede_queue_top(&g->queue), target));
    return lede_matcher_spend(finder->matcher, steps + 1)
               ? lede_queue_least(&g->queue)
               : LEDE_DOC_END;
}

static uint64_t tf_of(const lede_group *g, uint32_t list)
{
    return (uint64_t)g->lists[list].term->weight *
           g->lists[list].postings->frequency;
}

static bool check_group(lede_finder *finder)
{
    lede_group *g = (lede_group *)finder;
    uint64_t tf = 0;

    finder->points = 0;
    if (!g->lengths.score || !finder->matcher->scores)
        return true;
    if (g->count <= FEW) {
        for (uint32_t i = 0; i < g->count; i++)
            tf += g->queue.docs[i] == finder->doc ? tf_of(g, i) : 0;
    } else {
        uint32_t count = lede_queue_gather(&g->queue);

        for (uint32_t i = 0; i < count; i++)
            tf += tf_of(g, g->queue.found[i]);
    }
    finder->points =
        lede_lengths_points(&g->lengths, finder->matcher, finder->doc, tf);
    return true;
}

/* ---- Windows ------------------------------------------------------------ */

/* So few documents are looked for one by one. */
#define SPARSE 12U

/* Of more lists all documents are marked at once: most of them are short. */
#define LISTS_MANY 16U

static uint32_t keep_sparse(lede_matcher *matcher, lede_postings *list,
                            uint32_t base, uint64_t *words)
{
    for (uint32_t bit = lede_window_next(words, 0); bit < LEDE_WINDOW;
         bit = lede_window_next(words, bit + 1))
        if (lede_postings_seek(list, base + bit) != base + bit)
            lede_window_clear(words, bit);
    if (list->status != LEDE_OK)
        return lede_matcher_fail(matcher, list->status);
    return list->doc > lede_window_end(base) ? list->doc
                                             : lede_window_end(base);
}

/* Marks the documents of a list from base on to `end`, and returns the first
 * one from there on. */
static uint32_t mark_list(lede_matcher *matcher, lede_postings *list,
                          uint32_t base, uint32_t end, uint64_t *words)
{
    uint32_t target = base, steps = 1;

    for (; lede_postings_block(list, target);
         target = list->docs[list->n - 1] + 1, steps++) {
        uint32_t i = 0;

        while (i < list->n && list->docs[i] < base)
            i++;
        for (; i < list->n && list->docs[i] < end; i++)
            lede_window_set(words, list->docs[i] - base);
        if (i < list->n)
            return lede_matcher_spend(matcher, steps) ? list->docs[i]
                                                      : LEDE_DOC_END;
    }
    if (list->status != LEDE_OK)
        return lede_matcher_fail(matcher, list->status);
    (void)lede_matcher_spend(matcher, steps);
    return LEDE_DOC_END;
}

uint32_t lede_group_keep_list(lede_matcher *matcher, lede_postings *list,
                              uint32_t base, uint64_t *words)
{
    uint64_t marked[LEDE_WINDOW_WORDS] = { 0 };
    uint32_t next;

    if (!lede_window_some(words, SPARSE))
        return keep_sparse(matcher, list, base, words);
    next = mark_list(matcher, list, base, lede_window_end(base), marked);
    lede_window_and(words, marked);
    return next;
}

static bool mark_all(lede_group *g)
{
    lede_matcher *m = g->finder.matcher;
    size_t words = ((size_t)m->documents / LEDE_WINDOW + 1) * LEDE_WINDOW_WORDS;

    g->marked = lede_arena_array(m->arena, words, sizeof *g->marked);
    if (!g->marked) {
        (void)lede_matcher_fail(m, lede_arena_status(m->arena));
        return false;
    }
    for (uint32_t i = 0; i < g->count && m->status == LEDE_OK; i++)
        (void)mark_list(m, g->lists[i].postings, 0, LEDE_DOC_END, g->marked);
    return m->status == LEDE_OK;
}

static uint32_t keep_group(lede_finder *finder, uint32_t base, uint64_t *words)
{
    lede_group *g = (lede_group *)finder;
    uint64_t marked[LEDE_WINDOW_WORDS] = { 0 };
    uint32_t next = LEDE_DOC_END;

    if (g->count == 1)
        return lede_group_keep_list(finder->matcher, g->lists[0].postings, base,
                                    words);
    if (g->count > LISTS_MANY) {
        if (!g->marked && !mark_all(g))
            return LEDE_DOC_END;
        lede_window_and(words, g->marked + base / 64);
        return lede_window_end(base);
    }
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t from = mark_list(finder->matcher, g->lists[i].postings, base,
                                  lede_window_end(base), marked);

        next = from < next ? from : next;
    }
    lede_window_and(words, marked);
    return next;
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
        status = lede_group_open(&list->postings, m, LEDE_SPACE_WORDS, term);
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
    g->finder.keep = keep_group;
    status = open_lists(g, word, field);
    if (status == LEDE_OK &&
        !lede_queue_init(&g->queue, g->count, matcher->arena))
        status = lede_arena_status(matcher->arena);
    if (status == LEDE_OK && matcher->scores && field == LEDE_NO_FIELD &&
        word->score.weight > 0)
        status = lede_lengths_init(&g->lengths, &word->score, matcher);
    if (status == LEDE_OK)
        status = begin_bounds(g);
    if (status == LEDE_OK)
        *out = g;
    return status;
}
