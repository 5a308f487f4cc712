#include "memory/match.h"

#include "base/error.h"
#include "engine/span.h"

/* As deep as the query is, which its limits bound; so are those below. */
static lede_status check(const lede_plan *plan, const lede_schema *schema,
                         bool inside, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; inside && i < plan->term_count; i++) {
        const lede_field *field =
            lede_schema_field(schema, plan->terms[i].field);

        if (field && !lede_field_has_positions(field))
            return lede_fail(err, LEDE_ERR_UNSUPPORTED, field->name,
                             "the field has no positions");
    }
    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++)
        status = check(plan->nodes[i], schema, lede_plan_is_span(plan), err);
    return status;
}

lede_status lede_memory_match_check(const lede_plan *plan,
                                    const lede_schema *schema, lede_error *err)
{
    return check(plan, schema, false, err);
}

/* ---- Leaves of words ---------------------------------------------------- */

static uint32_t points_of(const lede_memory_matcher *m, const lede_plan *leaf,
                          const lede_memory_article *article, uint64_t tf)
{
    const lede_plan_score *score = &leaf->score;
    uint64_t length = 0;

    for (uint32_t i = 0; i < score->field_count; i++)
        if (score->fields[i] < article->field_count)
            length += (uint64_t)score->field_weights[i] *
                      article->fields[score->fields[i]].length;
    return lede_score_points(m->rule, score, tf, length);
}

static lede_status match_word(const lede_memory_matcher *m,
                              const lede_plan *word,
                              const lede_memory_article *article,
                              lede_memory_answer *answer)
{
    uint64_t tf = 0;

    for (uint32_t i = 0; i < word->term_count; i++) {
        const lede_plan_term *asked = &word->terms[i];
        const lede_memory_term *term =
            lede_memory_article_find(article, asked->field, asked->term);

        if (term) {
            answer->matches = true;
            tf += (uint64_t)asked->weight * term->count;
        }
    }
    if (answer->matches)
        answer->points = points_of(m, word, article, tf);
    return lede_budget_spend(m->budget, word->term_count);
}

static uint32_t find_positions(void *ctx, const lede_plan_term *asked,
                               const uint32_t **positions)
{
    const lede_memory_article *article = *(const lede_memory_article **)ctx;
    const lede_memory_term *term =
        lede_memory_article_find(article, asked->field, asked->term);

    if (!term)
        return 0;
    *positions = term->positions;
    return term->count;
}

/* The weight of a field in a leaf's tf. */
static uint64_t field_weight(const lede_plan_score *score, uint32_t field)
{
    for (uint32_t i = 0; i < score->field_count; i++)
        if (score->fields[i] == field)
            return (uint64_t)score->field_weights[i] * (LEDE_WEIGHT_ONE / 256);
    return 0;
}

static lede_status match_span(const lede_memory_matcher *m,
                              const lede_plan *span,
                              const lede_memory_article *article,
                              lede_memory_answer *answer)
{
    lede_status status = LEDE_OK;
    uint64_t tf = 0;

    for (uint32_t field = 0; status == LEDE_OK && field < article->field_count;
         field++) {
        lede_occurrences occurrences = { find_positions, &article, field };
        lede_intervals found = { NULL, 0 };

        if (article->fields[field].count == 0)
            continue;
        status =
            lede_span_match(&found, span, &occurrences, m->budget, m->arena);
        if (status == LEDE_OK && found.count) {
            answer->matches = true;
            tf +=
                field_weight(&span->score, field) * lede_span_frequency(&found);
        }
    }
    if (answer->matches)
        answer->points = points_of(m, span, article, tf);
    return status;
}

/* ---- Leaves of values --------------------------------------------------- */

static bool in_range(const lede_plan *range, const lede_value *value)
{
    return (range->min.kind == LEDE_NONE ||
            lede_value_compare(value, &range->min) >= 0) &&
           (range->max.kind == LEDE_NONE ||
            lede_value_compare(value, &range->max) <= 0);
}

static bool match_value(const lede_memory_matcher *m, const lede_plan *leaf,
                        const lede_memory_article *article)
{
    const lede_field *field = lede_schema_field(m->schema, leaf->field);
    const lede_value *value;
    size_t at = 0;

    while ((value = lede_memory_article_value(article, field, &at)))
        if (leaf->kind == LEDE_PLAN_EXISTS ||
            (leaf->kind == LEDE_PLAN_RANGE && in_range(leaf, value)) ||
            (leaf->kind == LEDE_PLAN_EQUALS &&
             lede_bytes_equal(lede_bytes_of(value->text, value->len),
                              leaf->bytes)))
            return true;
    return false;
}

/* ---- Joins -------------------------------------------------------------- */

static lede_status match(const lede_memory_matcher *m, const lede_plan *plan,
                         const lede_memory_article *article,
                         lede_memory_answer *answer);

/* AND, OR and BEST. */
static lede_status match_join(const lede_memory_matcher *m,
                              const lede_plan *join,
                              const lede_memory_article *article,
                              lede_memory_answer *answer)
{
    uint32_t matching = 0, best = 0, sum = 0;

    for (uint32_t i = 0; i < join->count; i++) {
        lede_memory_answer one;
        lede_status status = match(m, join->nodes[i], article, &one);

        if (status != LEDE_OK)
            return status;
        matching += one.matches;
        sum += one.points;
        if (one.points > best)
            best = one.points;
    }
    answer->matches =
        join->kind == LEDE_PLAN_AND ? matching == join->count : matching > 0;
    if (answer->matches)
        answer->points = join->kind == LEDE_PLAN_BEST
                             ? lede_score_best(best, sum, join->tie)
                             : sum;
    return LEDE_OK;
}

/* NOT, OPTIONAL and CONSTANT. */
static lede_status match_one(const lede_memory_matcher *m,
                             const lede_plan *plan,
                             const lede_memory_article *article,
                             lede_memory_answer *answer)
{
    lede_memory_answer one;
    lede_status status = match(m, plan->nodes[0], article, &one);

    if (status != LEDE_OK)
        return status;
    answer->matches = plan->kind == LEDE_PLAN_NOT ? !one.matches : one.matches;
    if (plan->kind == LEDE_PLAN_OPTIONAL) {
        answer->matches = true;
        answer->points = one.points;
    } else if (plan->kind == LEDE_PLAN_CONSTANT && one.matches) {
        answer->points = lede_score_constant(m->rule, plan->score.weight);
    }
    return LEDE_OK;
}

static lede_status match(const lede_memory_matcher *m, const lede_plan *plan,
                         const lede_memory_article *article,
                         lede_memory_answer *answer)
{
    *answer = (lede_memory_answer){ false, 0 };
    switch (plan->kind) {
    case LEDE_PLAN_NOTHING:
        break;
    case LEDE_PLAN_EVERYTHING:
        answer->matches = true;
        break;
    case LEDE_PLAN_WORD:
        return match_word(m, plan, article, answer);
    case LEDE_PLAN_PHRASE:
    case LEDE_PLAN_NEAR:
    case LEDE_PLAN_EITHER:
        return match_span(m, plan, article, answer);
    case LEDE_PLAN_EQUALS:
    case LEDE_PLAN_RANGE:
    case LEDE_PLAN_EXISTS:
        answer->matches = match_value(m, plan, article);
        break;
    case LEDE_PLAN_KEY:
        answer->matches = lede_bytes_equal(article->key, plan->bytes);
        break;
    case LEDE_PLAN_AND:
    case LEDE_PLAN_OR:
    case LEDE_PLAN_BEST:
        return match_join(m, plan, article, answer);
    case LEDE_PLAN_NOT:
    case LEDE_PLAN_OPTIONAL:
    case LEDE_PLAN_CONSTANT:
        return match_one(m, plan, article, answer);
    }
    return lede_budget_spend(m->budget, 1);
}

lede_status lede_memory_match(const lede_memory_matcher *matcher,
                              const lede_plan *plan,
                              const lede_memory_article *article,
                              lede_memory_answer *answer)
{
    lede_arena_clear(matcher->arena);
    return match(matcher, plan, article, answer);
}
