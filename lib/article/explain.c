#include "article/explain.h"

#include <inttypes.h>
#include <math.h>

#include "base/buffer.h"
#include "query/tree.h"

/* Points of scores between 0 and 1 that frequency and length are read from. */
#define PROBE_SCALE 30

typedef struct explainer {
    const lede_view *view;
    const lede_explain_request *request;
    lede_arena *arena;
    lede_error *err;
    lede_explanation *lines;
    size_t count;
    size_t capacity;
} explainer;

/* What one plan gives for the article. */
typedef struct verdict {
    bool matched;
    double score;
    bool exact;
} verdict;

static lede_status judge(verdict *out, const explainer *e,
                         const lede_plan *plan, const lede_score_rule *rule,
                         bool recency)
{
    lede_plan key = { .kind = LEDE_PLAN_KEY, .bytes = e->request->key };
    const lede_plan *nodes[2] = { &key, plan };
    lede_plan both = { .kind = LEDE_PLAN_AND, .count = 2, .nodes = nodes };
    lede_engine_search search = {
        .plan = &both,
        .rule = *rule,
        .recency = { .field = LEDE_NO_FIELD },
        .want = 1,
        .collapse = LEDE_NO_FIELD,
        .budget = e->request->search->budget,
    };
    lede_engine_results results;
    lede_status status;

    if (recency)
        search.recency = e->request->search->recency;
    status = e->view->engine->search(&results, e->view->snapshot, &search,
                                     e->arena, e->err);
    if (status != LEDE_OK)
        return status;
    out->matched = results.count > 0;
    out->score = results.count > 0 ? results.hits[0].score : 0;
    out->exact = results.scores_exact;
    return LEDE_OK;
}

/* The words of the query that a leaf came from. */
static void put_label(lede_buffer *out, const explainer *e,
                      const lede_plan *plan)
{
    const lede_query_node *node = NULL;

    if (plan->source > 0 && plan->source <= lede_query_count(e->request->query))
        node = lede_query_node_at(e->request->query, plan->source);
    if (!node || !node->text || node->len == 0) {
        lede_put_text(out, node && node->field ? node->field : "clause");
        return;
    }
    if (node->field) {
        lede_put_text(out, node->field);
        lede_put_u8(out, ':');
    }
    lede_put(out, node->text, node->len);
}

static bool is_leaf(const lede_plan *plan)
{
    return lede_plan_is_span(plan) || plan->count == 0;
}

static const char *join_name(lede_plan_kind kind)
{
    switch (kind) {
    case LEDE_PLAN_AND:
        return "all of";
    case LEDE_PLAN_OR:
        return "any of";
    case LEDE_PLAN_BEST:
        return "best of";
    case LEDE_PLAN_NOT:
        return "not";
    case LEDE_PLAN_OPTIONAL:
        return "optional";
    case LEDE_PLAN_CONSTANT:
        return "constant score";
    case LEDE_PLAN_NOTHING:
        return "nothing";
    case LEDE_PLAN_EVERYTHING:
        return "everything";
    case LEDE_PLAN_PHRASE:
        return "in order";
    case LEDE_PLAN_NEAR:
        return "near";
    case LEDE_PLAN_EITHER:
        return "either";
    default:
        return "";
    }
}

/* Frequency and length of a leaf, from scores with b = 0 and with b = k1 = 1:
 * tf / (tf + 1) and tf / (tf + length / average). */
static lede_status measure(double *tf, double *length, const explainer *e,
                           const lede_plan *leaf)
{
    lede_score_rule plain = { .k1 = 1, .b = 0, .scale = PROBE_SCALE };
    lede_score_rule ratio = { .k1 = 1, .b = 1, .scale = PROBE_SCALE };
    lede_plan probe = *leaf;
    verdict of_tf, of_length;
    lede_status status;

    probe.score.weight = 1;
    status = judge(&of_tf, e, &probe, &plain, false);
    if (status == LEDE_OK)
        status = judge(&of_length, e, &probe, &ratio, false);
    if (status != LEDE_OK)
        return status;
    *tf = of_tf.score / (1 - of_tf.score);
    *tf = nearbyint(*tf * 1000) / 1000;
    *length = of_length.score > 0
                  ? *tf * (1 - of_length.score) / of_length.score *
                        leaf->score.average_length
                  : 0;
    return LEDE_OK;
}

/* df by the rule of a group: over forms the sum of the most over fields. */
static lede_status find_documents(uint64_t *documents, const explainer *e,
                                  const lede_plan *word)
{
    const lede_plan_term *terms = word->terms;
    lede_term_stats *stats =
        lede_arena_array(e->arena, word->term_count, sizeof *stats);
    uint64_t sum = 0, top = 0;
    lede_status status;

    if (!stats)
        return lede_arena_status(e->arena);
    status = e->view->engine->lookup(stats, e->view->snapshot, terms,
                                     word->term_count,
                                     e->request->search->budget, NULL, e->err);
    if (status != LEDE_OK)
        return status;
    for (uint32_t i = 0; i < word->term_count; i++) {
        uint64_t most = stats[i].documents;
        bool first = true;

        for (uint32_t j = 0; j < word->term_count; j++) {
            if (!lede_bytes_equal(terms[i].term, terms[j].term))
                continue;
            first = first && j >= i;
            if (stats[j].documents > most)
                most = stats[j].documents;
        }
        sum += first ? most : 0;
        top = most > top ? most : top;
    }
    sum = lede_score_documents(sum, top);
    *documents = sum < e->view->description->documents
                     ? sum
                     : e->view->description->documents;
    return LEDE_OK;
}

static lede_status put_numbers(lede_buffer *out, const explainer *e,
                               const lede_plan *leaf)
{
    double tf, length;
    uint64_t documents = 0;
    lede_status status = measure(&tf, &length, e, leaf);

    if (status != LEDE_OK)
        return status;
    lede_put_format(out, ": tf %g", tf);
    if (leaf->kind == LEDE_PLAN_WORD) {
        status = find_documents(&documents, e, leaf);
        if (status != LEDE_OK)
            return status;
        lede_put_format(out, ", df %" PRIu64 " of %" PRIu64, documents,
                        e->view->description->documents);
    }
    lede_put_format(out, ", weight %g, length %.0f of %.1f on average",
                    leaf->score.weight, length, leaf->score.average_length);
    return LEDE_OK;
}

static lede_status put_leaf(lede_buffer *out, const explainer *e,
                            const lede_plan *plan, const verdict *found)
{
    if (plan->kind == LEDE_PLAN_NOTHING || plan->kind == LEDE_PLAN_EVERYTHING) {
        lede_put_text(out, join_name(plan->kind));
        return LEDE_OK;
    }
    put_label(out, e, plan);
    if (plan->kind == LEDE_PLAN_WORD && plan->term_count == 0)
        lede_put_text(out, ": the index has no such word");
    else if (!found->matched)
        lede_put_text(out, ": not in this article");
    else if (lede_plan_is_span(plan) && found->exact && found->score > 0)
        return put_numbers(out, e, plan);
    else
        lede_put_text(out, ": matches");
    return LEDE_OK;
}

static void put_join(lede_buffer *out, const lede_plan *plan,
                     const verdict *found)
{
    lede_put_format(out, "%s", join_name(plan->kind));
    if (plan->kind == LEDE_PLAN_CONSTANT)
        lede_put_format(out, " %g", plan->score.weight);
    if (plan->kind == LEDE_PLAN_BEST)
        lede_put_format(out, ", and %u/256 of the others", plan->tie);
    if (!found->matched)
        lede_put_text(out, plan->kind == LEDE_PLAN_NOT
                               ? ": lost, since what is excluded matches"
                               : ": lost");
}

/* Appends a line whose text is in `text`. */
static lede_status add_line(explainer *e, uint32_t depth, const verdict *found,
                            const lede_buffer *text)
{
    char *copy;

    if (text->status != LEDE_OK)
        return text->status;
    copy = lede_arena_text(e->arena, text->at, text->len);
    if (!copy || !lede_arena_grow(e->arena, &e->lines, &e->capacity,
                                  e->count + 1, sizeof *e->lines))
        return lede_arena_status(e->arena);
    e->lines[e->count++] = (lede_explanation){
        .depth = depth,
        .matched = found->matched,
        .score = found->score,
        .text = copy,
    };
    return LEDE_OK;
}

static lede_status explain_node(explainer *e, const lede_plan *plan,
                                uint32_t depth)
{
    lede_buffer text;
    verdict found;
    lede_status status =
        judge(&found, e, plan, &e->request->search->rule, false);

    if (status != LEDE_OK)
        return status;
    lede_buffer_init(&text, lede_arena_allocator(e->arena));
    if (is_leaf(plan))
        status = put_leaf(&text, e, plan, &found);
    else
        put_join(&text, plan, &found);
    if (status == LEDE_OK)
        status = add_line(e, depth, &found, &text);
    lede_buffer_fini(&text);
    return status;
}

/* The inner parts of a phrase match by themselves but have no score. */
static lede_status explain_part(explainer *e, const lede_plan *span,
                                uint32_t depth)
{
    lede_plan part = { .kind = LEDE_PLAN_CONSTANT, .count = 1, .nodes = &span };
    lede_buffer text;
    verdict found;
    lede_status status =
        judge(&found, e, &part, &e->request->search->rule, false);

    if (status != LEDE_OK)
        return status;
    lede_buffer_init(&text, lede_arena_allocator(e->arena));
    if (span->kind == LEDE_PLAN_WORD && span->term_count > 0)
        lede_put(&text, span->terms[0].term.at,
                 span->terms[0].term.len -
                     (lede_term_span((const char *)span->terms[0].term.at,
                                     (uint32_t)span->terms[0].term.len) > 1));
    else
        lede_put_text(&text, span->kind == LEDE_PLAN_WORD
                                 ? "a word the index does not have"
                                 : join_name(span->kind));
    lede_put_text(&text, found.matched ? ": stands in this article"
                                       : ": not in this article");
    status = add_line(e, depth, &found, &text);
    lede_buffer_fini(&text);
    return status;
}

/* Depth is bounded as the query's was. */
static lede_status explain_tree(explainer *e, const lede_plan *plan,
                                uint32_t depth, bool part)
{
    lede_status status =
        part ? explain_part(e, plan, depth) : explain_node(e, plan, depth);

    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++)
        status =
            explain_tree(e, plan->nodes[i], depth + 1, lede_plan_is_span(plan));
    return status;
}

static lede_status explain_recency(explainer *e)
{
    const lede_engine_search *search = e->request->search;
    lede_buffer text;
    verdict found;
    lede_status status = judge(&found, e, search->plan, &search->rule, true);

    if (status != LEDE_OK)
        return status;
    lede_buffer_init(&text, lede_arena_allocator(e->arena));
    lede_put_format(&text,
                    "recency: %g of the score halves every %g seconds of age",
                    search->recency.weight, search->recency.half_life_seconds);
    status = add_line(e, 0, &found, &text);
    lede_buffer_fini(&text);
    return status;
}

lede_status lede_explain(lede_explain_lines *out, const lede_view *view,
                         const lede_explain_request *request, lede_arena *arena,
                         lede_error *err)
{
    explainer e = { view, request, arena, err, NULL, 0, 0 };
    uint32_t depth = 0;
    lede_status status = LEDE_OK;

    if (request->search->recency.field != LEDE_NO_FIELD) {
        status = explain_recency(&e);
        depth = 1;
    }
    if (status == LEDE_OK)
        status = explain_tree(&e, request->search->plan, depth, false);
    if (status != LEDE_OK)
        return status;
    out->at = e.lines;
    out->count = (uint32_t)e.count;
    return LEDE_OK;
}
