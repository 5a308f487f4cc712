#include "native/match/words.h"

#include "native/match/term.h"
#include "native/match/union.h"

/* Leaves that the segment has lists of. */
typedef struct words {
    lede_leaf *leaves;
    uint32_t count;
    double weights;
} words;

static bool are_nodes_words(const lede_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->nodes[i]->kind != LEDE_PLAN_WORD)
            return false;
    return true;
}

/* How many words there are in a WORD, a BEST of such, or an OR of both; 0: it is
 * none of these. */
static uint32_t count_words(const lede_plan *plan)
{
    uint32_t count = 0;

    if (plan->kind == LEDE_PLAN_WORD)
        return 1;
    if (plan->kind == LEDE_PLAN_BEST)
        return are_nodes_words(plan) ? plan->count : 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];
        uint32_t own = node->kind == LEDE_PLAN_OR ? 0 : count_words(node);

        if (own == 0)
            return 0;
        count += own;
    }
    return plan->kind == LEDE_PLAN_OR ? count : 0;
}

static lede_status open_word(words *w, lede_matcher *matcher,
                             const lede_plan *word, const lede_plan *best)
{
    lede_leaf *leaf = &w->leaves[w->count];
    lede_status status = lede_leaf_open(leaf, matcher, word);

    if (status != LEDE_OK || leaf->count == 0)
        return status;
    leaf->best = best;
    if (leaf->score->weight > 0)
        w->weights += leaf->score->weight;
    w->count++;
    return LEDE_OK;
}

/* The words of one BEST stand together. */
static lede_status open_nodes(words *w, lede_matcher *matcher,
                              const lede_plan *plan)
{
    const lede_plan *best = plan->kind == LEDE_PLAN_BEST ? plan : NULL;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];

        status = node->kind == LEDE_PLAN_BEST
                     ? open_nodes(w, matcher, node)
                     : open_word(w, matcher, node, best);
    }
    return status;
}

static lede_status open_words(words *w, lede_matcher *matcher,
                              const lede_plan *plan, uint32_t count)
{
    *w = (words){ .count = 0 };
    w->leaves = lede_arena_array(matcher->arena, count, sizeof *w->leaves);
    if (!w->leaves)
        return lede_arena_status(matcher->arena);
    return plan->kind == LEDE_PLAN_WORD ? open_word(w, matcher, plan, NULL)
                                        : open_nodes(w, matcher, plan);
}

/* Of each leaf its normals: those of an earlier one like it, or new ones.
 * *found is false where there are no floors. */
static lede_status set_leaves(bool *found, words *w, lede_matcher *matcher,
                              const lede_quanta *quanta)
{
    *found = true;
    for (uint32_t i = 0; *found && i < w->count; i++) {
        lede_normals *normals = NULL;
        lede_status status = LEDE_OK;
        uint32_t like = 0;

        while (like < i && !lede_lengths_are_alike(w->leaves[like].score,
                                                   w->leaves[i].score))
            like++;
        if (like == i) {
            normals = lede_arena_alloc(matcher->arena, sizeof *normals);
            if (!normals)
                return lede_arena_status(matcher->arena);
            status = lede_normals_init(normals, matcher, w->leaves[i].score);
            *found = status == LEDE_OK && normals->floors;
        }
        if (status == LEDE_OK && *found)
            status = lede_leaf_set(&w->leaves[i], matcher, quanta,
                                   normals ? normals : w->leaves[like].normals);
        if (status != LEDE_OK)
            return status;
    }
    return LEDE_OK;
}

static bool is_short(const words *w)
{
    return w->count == 1 && w->leaves[0].count == 1 &&
           w->leaves[0].documents <= LEDE_POSTINGS_SHORT;
}

/* What the best documents of each word have by themselves. */
static void expect(const words *w, const lede_matcher *matcher, lede_sink *sink)
{
    uint32_t quorum = lede_sink_quorum(sink);

    for (uint32_t i = 0; i < w->count && quorum > 0; i++)
        lede_sink_expect(sink, lede_leaf_mark(&w->leaves[i], matcher, quorum));
}

static lede_status find(bool *done, words *w, lede_matcher *matcher,
                        lede_sink *sink)
{
    lede_quanta quanta;
    lede_status status;

    *done = true;
    if (w->count == 0)
        return LEDE_OK;
    if (is_short(w))
        return lede_term_find_short(&w->leaves[0], matcher, sink);
    *done = lede_quanta_init(&quanta, matcher->rule, w->weights, w->count);
    if (!*done)
        return LEDE_OK;
    expect(w, matcher, sink);
    status = set_leaves(done, w, matcher, &quanta);
    if (status != LEDE_OK || !*done)
        return status;
    if (w->count == 1 && w->leaves[0].count == 1)
        return lede_term_find(&w->leaves[0], matcher, &quanta, sink);
    return lede_union_find(w->leaves, w->count, matcher, &quanta, sink);
}

lede_status lede_words_find(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, lede_sink *sink)
{
    uint32_t count = count_words(plan);
    lede_status status;
    words w;

    *done = false;
    if (count == 0 || count > LEDE_CEILING_LEAVES)
        return LEDE_OK;
    status = open_words(&w, matcher, plan, count);
    return status == LEDE_OK ? find(done, &w, matcher, sink) : status;
}

lede_status lede_words_count(bool *done, lede_matcher *matcher,
                             const lede_plan *plan, const lede_live *live,
                             uint64_t *count)
{
    words w;
    lede_status status;

    *done = false;
    if (live || plan->kind != LEDE_PLAN_WORD)
        return LEDE_OK;
    status = open_words(&w, matcher, plan, 1);
    if (status != LEDE_OK || (w.count > 0 && w.leaves[0].count > 1))
        return status;
    *done = true;
    *count = w.count > 0 ? w.leaves[0].documents : 0;
    return LEDE_OK;
}
