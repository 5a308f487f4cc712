#include "native/match/mixed.h"

#include "native/match/overlap.h"

/* Where one of so many documents or more is refused, what is taken one by one
 * finds its hits too late. */
#define REFUSED_SHARE 2U

/* More than one of so many documents hold a frequent word. */
#define DENSE_SHARE 8U

typedef struct mixed {
    lede_sieve sieve;
    lede_refused refused;
    uint64_t refused_cost;
} mixed;

static bool is_word(const lede_plan *node)
{
    return node->kind == LEDE_PLAN_WORD && node->term_count == 1 &&
           node->score.weight > 0;
}

/* Whether all nodes are such; words alone are intersected otherwise. */
static bool fits(const lede_plan *plan)
{
    uint32_t required = 0, optional = 0, refused = 0;

    if (plan->kind != LEDE_PLAN_AND)
        return false;
    for (uint32_t i = 0; i < plan->count; i++) {
        const lede_plan *node = plan->nodes[i];

        if (is_word(node))
            required++;
        else if (node->kind == LEDE_PLAN_OPTIONAL && is_word(node->nodes[0]))
            optional++;
        else if (node->kind == LEDE_PLAN_NOT)
            refused++;
        else
            return false;
    }
    return required > 0 && optional + refused > 0 &&
           required + optional <= LEDE_CONJUNCTION_WORDS;
}

static lede_status refuse(mixed *m, const lede_plan *node)
{
    lede_matcher *matcher = m->sieve.matcher;
    lede_refused *r = &m->refused;
    uint32_t at = r->count;
    lede_finder *made;
    lede_status status;

    matcher->scores = false;
    status = lede_finder_new(&made, matcher, node);
    matcher->scores = true;
    if (status != LEDE_OK)
        return status;
    for (; at > 0 && r->finders[at - 1]->effort > made->effort; at--)
        r->finders[at] = r->finders[at - 1];
    r->finders[at] = made;
    r->count++;
    m->refused_cost += made->cost;
    return LEDE_OK;
}

static lede_status add_node(mixed *m, const lede_plan *node)
{
    if (node->kind == LEDE_PLAN_WORD)
        return lede_sieve_add_word(&m->sieve, node);
    if (node->kind == LEDE_PLAN_OPTIONAL)
        return lede_sieve_add_optional(&m->sieve, node->nodes[0]);
    return refuse(m, node->nodes[0]);
}

static lede_status take_apart(mixed *m, lede_matcher *matcher,
                              const lede_plan *plan)
{
    lede_status status = LEDE_OK;

    m->refused = (lede_refused){ .count = 0 };
    m->refused_cost = 0;
    m->refused.finders =
        lede_arena_array(matcher->arena, plan->count, sizeof(lede_finder *));
    if (!m->refused.finders)
        return lede_arena_status(matcher->arena);
    lede_sieve_init(&m->sieve, matcher);
    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++)
        status = add_node(m, plan->nodes[i]);
    if (status == LEDE_OK)
        lede_conjunction_order(&m->sieve.words);
    return status;
}

/* Where an optional word is rarer than all that are required, the best documents
 * have it: a union finds these first. One frequent word alone is less work under
 * a mask. */
static bool leads(const lede_sieve *sieve)
{
    const lede_conjunction *c = &sieve->words;

    return (sieve->optional >> c->order[0] & 1) == 0 &&
           (c->count > 1 ||
            c->words[0].cost * DENSE_SHARE < sieve->matcher->documents);
}

lede_status lede_mixed_find(bool *done, lede_matcher *matcher,
                            const lede_plan *plan, lede_sink *sink)
{
    lede_status status;
    mixed *m;

    *done = false;
    if (sink->every || !matcher->scores || !fits(plan))
        return matcher->status;
    m = lede_arena_alloc(matcher->arena, sizeof *m);
    if (!m)
        return lede_arena_status(matcher->arena);
    status = take_apart(m, matcher, plan);
    if (status != LEDE_OK || !leads(&m->sieve) ||
        m->refused_cost * REFUSED_SHARE > matcher->documents)
        return status;
    status = lede_sieve_begin(&m->sieve, 0, 0);
    if (status != LEDE_OK || !lede_overlap_fits(&m->sieve))
        return status;
    *done = true;
    return lede_overlap_find(&m->sieve, &m->refused, sink);
}
