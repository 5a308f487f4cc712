#include "article/expand.h"

#include <math.h>

#include "article/clause.h"
#include "article/parts.h"
#include "base/error.h"
#include "document/schema.h"

#define ALL_FORMS \
    (LEDE_FORM_EXACT | LEDE_FORM_FOLD | LEDE_FORM_STEM | LEDE_FORM_NAME)
#define TIE_ONE 256

/* What the nodes above say about a node, and what became of it. */
typedef struct node_state {
    bool reached;
    uint32_t forms;
    double boost;
    lede_plan *plan;
} node_state;

typedef struct expander {
    const lede_query *query;
    const lede_expand_options *options;
    lede_clause_maker maker;
    node_state *states; /* by node */
    lede_node root;
} expander;

static bool is_clause(lede_node_kind kind)
{
    return kind < LEDE_NODE_AND || kind == LEDE_NODE_GROUP ||
           kind == LEDE_NODE_NEAR;
}

/* ---- From the root down: forms and boosts ------------------------------- */

static void reach_children(const expander *e, const lede_query_node *node,
                           const node_state *above)
{
    node_state below = { .reached = true,
                         .forms = above->forms,
                         .boost = above->boost };

    switch (node->kind) {
    case LEDE_NODE_NOT:
    case LEDE_NODE_FILTER:
    case LEDE_NODE_CONSTANT:
        below.boost = 0;
        break;
    case LEDE_NODE_BOOST:
        below.boost *= node->real;
        break;
    case LEDE_NODE_FORMS:
        below.forms = node->number;
        if (e->options->forms)
            below.forms &= e->options->forms;
        break;
    default:
        break;
    }
    for (uint32_t i = 0; i < node->count; i++)
        e->states[node->children[i]] = below;
}

static lede_status reach_all(expander *e)
{
    uint32_t count = lede_query_count(e->query), clauses = 0;
    lede_clause_maker *maker = &e->maker;
    uint32_t most = maker->search.limits->clauses;

    e->states = lede_arena_array(maker->search.arena, (size_t)count + 1,
                                 sizeof *e->states);
    if (!e->states)
        return lede_arena_status(maker->search.arena);
    e->states[e->root].reached = true;
    e->states[e->root].boost = 1;
    e->states[e->root].forms =
        e->options->forms ? e->options->forms : ALL_FORMS;
    for (lede_node id = e->root; id > 0; id--) {
        const lede_query_node *node = lede_query_node_at(e->query, id);

        if (!e->states[id].reached)
            continue;
        if (!is_clause(node->kind))
            reach_children(e, node, &e->states[id]);
        else if (++clauses > most)
            return lede_fail_at(maker->err, LEDE_ERR_LIMIT, "clauses",
                                node->end ? node->begin : LEDE_NO_POSITION,
                                "the query has more than %u", most);
    }
    return LEDE_OK;
}

/* ---- From the leaves up: plans ------------------------------------------ */

static lede_plan_kind kind_of_join(lede_node_kind kind)
{
    switch (kind) {
    case LEDE_NODE_AND:
        return LEDE_PLAN_AND;
    case LEDE_NODE_OR:
        return LEDE_PLAN_OR;
    case LEDE_NODE_BEST:
        return LEDE_PLAN_BEST;
    case LEDE_NODE_NOT:
        return LEDE_PLAN_NOT;
    case LEDE_NODE_OPTIONAL:
        return LEDE_PLAN_OPTIONAL;
    default:
        return LEDE_PLAN_CONSTANT;
    }
}

static lede_status plan_join(const expander *e, lede_node id,
                             const lede_query_node *node)
{
    node_state *state = &e->states[id];
    const lede_plan **nodes = NULL;

    if (node->kind == LEDE_NODE_FILTER || node->kind == LEDE_NODE_BOOST ||
        node->kind == LEDE_NODE_FORMS) {
        state->plan = e->states[node->children[0]].plan;
        return LEDE_OK;
    }
    state->plan = lede_plan_new(e->maker.search.arena, kind_of_join(node->kind),
                                node->count, &nodes);
    if (!state->plan)
        return lede_arena_status(e->maker.search.arena);
    state->plan->source = id;
    for (uint32_t i = 0; i < node->count; i++)
        nodes[i] = e->states[node->children[i]].plan;
    if (node->kind == LEDE_NODE_BEST)
        state->plan->tie = (uint32_t)(node->real * TIE_ONE + 0.5);
    if (node->kind == LEDE_NODE_CONSTANT)
        state->plan->score.weight = node->real * state->boost;
    return LEDE_OK;
}

/* An error of a clause is told with its place in the text, if it has one. */
static lede_status at_clause(const expander *e, const lede_query_node *node,
                             lede_status status)
{
    lede_error *err = e->maker.err;

    if (status != LEDE_OK && err && err->status == status && node->end > 0 &&
        err->position == LEDE_NO_POSITION)
        err->position = node->begin;
    return status;
}

static lede_status plan_all(expander *e)
{
    lede_status status = LEDE_OK;

    for (lede_node id = 1; id <= e->root && status == LEDE_OK; id++) {
        const lede_query_node *node = lede_query_node_at(e->query, id);
        lede_clause clause = { id, e->states[id].forms };

        if (!e->states[id].reached)
            continue;
        status = lede_budget_spend(e->maker.search.budget, 1);
        if (status != LEDE_OK)
            break;
        if (is_clause(node->kind))
            status = at_clause(
                e, node,
                lede_clause_plan(&e->states[id].plan, &e->maker, &clause));
        else
            status = plan_join(e, id, node);
    }
    return status;
}

/* ---- Weights ------------------------------------------------------------ */

/* Plans are const to those who read them; these were made here. */
static lede_plan *own(const lede_plan *plan)
{
    lede_plan *made;

    memcpy(&made, &plan, sizeof(void *));
    return made;
}

/* The idf of a span whose words have theirs; spans are at most four deep. */
static double weigh_span(lede_plan *span)
{
    double sum = 0;

    if (span->kind == LEDE_PLAN_WORD)
        return span->score.weight;
    for (uint32_t i = 0; i < span->count; i++) {
        lede_plan *node = own(span->nodes[i]);
        double idf = weigh_span(node);

        if (i == 0)
            span->score = node->score;
        if (i == 0 || span->kind != LEDE_PLAN_EITHER)
            sum += idf;
    }
    span->score.weight = sum;
    return sum;
}

/* Weighs the leaves of a clause, and returns the sum. */
static double weigh_clause(lede_plan *plan, double boost)
{
    double sum = 0;

    if (lede_plan_is_span(plan)) {
        plan->score.weight = boost * weigh_span(plan);
        return plan->score.weight;
    }
    /* Of joins only those that SIMILAR makes score. */
    if (plan->kind == LEDE_PLAN_AND || plan->kind == LEDE_PLAN_OR)
        for (uint32_t i = 0; i < plan->count; i++)
            sum += weigh_clause(own(plan->nodes[i]), boost);
    return sum;
}

/* The nodes of an OR are weighed: words that were cut in parts rank by them. */
static lede_status lift_parts(const expander *e, node_state *state,
                              double *weights)
{
    const lede_plan *join = state->plan;
    const lede_plan *const *nodes = join->nodes;
    uint32_t count = join->count;
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; i < count && status == LEDE_OK; i++) {
        lede_node source = nodes[i]->source;
        double boost = e->states[source].boost, whole;

        if (lede_query_node_at(e->query, source)->kind != LEDE_NODE_TERM)
            continue;
        whole = nodes[i]->score.weight;
        if (nodes[i]->kind == LEDE_PLAN_PHRASE ||
            nodes[i]->kind == LEDE_PLAN_EITHER) {
            own(nodes[i])->score.weight = whole * LEDE_ROW_SHARE;
            *weights -= whole - whole * LEDE_ROW_SHARE;
        }
        status = lede_parts_lift(state->plan, nodes[i], boost, weights,
                                 e->maker.search.arena);
    }
    return status;
}

static lede_status weigh_all(const expander *e, double *weights)
{
    lede_status status = LEDE_OK;

    *weights = 0;
    for (lede_node id = 1; id <= e->root && status == LEDE_OK; id++) {
        const lede_query_node *node = lede_query_node_at(e->query, id);
        node_state *state = &e->states[id];

        if (!state->reached)
            continue;
        if (is_clause(node->kind))
            *weights += weigh_clause(state->plan, state->boost);
        else if (node->kind == LEDE_NODE_CONSTANT)
            *weights += state->plan->score.weight;
        else if (node->kind == LEDE_NODE_OR)
            status = lift_parts(e, state, weights);
    }
    if (status == LEDE_OK && !isfinite(*weights))
        return lede_fail(e->maker.err, LEDE_ERR_INVALID, "",
                         "the boosts are too large");
    return status;
}

/* ---- All ---------------------------------------------------------------- */

static lede_status check_query(const lede_query *query, lede_node root,
                               const lede_limits *limits, lede_error *err)
{
    lede_status status = lede_query_status(query);

    if (status != LEDE_OK)
        return lede_fail(err, status, "", "a call that built the query failed");
    if (root && lede_query_node_at(query, root)->height > limits->query_depth)
        return lede_fail(err, LEDE_ERR_LIMIT, "query_depth",
                         "the query is more than %u levels deep",
                         limits->query_depth);
    return LEDE_OK;
}

static lede_status plan_nothing(lede_expansion *out, lede_arena *arena)
{
    lede_plan *plan = lede_arena_zero(arena, sizeof *plan);

    if (!plan)
        return lede_arena_status(arena);
    plan->kind = LEDE_PLAN_NOTHING;
    *out = (lede_expansion){ .plan = plan };
    return LEDE_OK;
}

lede_status lede_expand(lede_expansion *out, const lede_view *view,
                        const lede_query *query,
                        const lede_expand_options *options, lede_arena *arena,
                        lede_error *err)
{
    expander e = {
        .query = query,
        .options = options,
        .maker = { .search = { .view = view,
                               .limits = options->limits,
                               .budget = options->budget,
                               .arena = arena },
                   .reader = { .view = view },
                   .query = query,
                   .now_seconds = options->now_seconds,
                   .err = err },
        .root = lede_query_root(query),
    };
    lede_term_lists lists;
    double weights;
    lede_status status = check_query(query, e.root, options->limits, err);

    if (status != LEDE_OK)
        return status;
    if (!e.root)
        return plan_nothing(out, arena);
    lede_term_lists_init(&lists, view, options->limits, options->budget, arena);
    e.maker.search.lists = &lists;
    status = lede_word_set_new(&e.maker.words, view, ALL_FORMS, options->budget,
                               arena);
    if (status == LEDE_OK)
        status = reach_all(&e);
    if (status == LEDE_OK)
        status = plan_all(&e);
    if (status == LEDE_OK)
        status = lede_word_set_finish(e.maker.words, err);
    if (status == LEDE_OK)
        status = weigh_all(&e, &weights);
    lede_tokenizer_free(e.maker.reader.tokenizer);
    lede_word_set_free(e.maker.words);
    lede_term_lists_fini(&lists);
    if (status != LEDE_OK)
        return status;
    *out = (lede_expansion){ .plan = e.states[e.root].plan,
                             .weights = weights,
                             .capped = e.maker.capped };
    return LEDE_OK;
}
