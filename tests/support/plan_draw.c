#include "support/plan_draw.h"

#include <math.h>
#include <stdlib.h>

#include "support/chance.h"

#define TERMS_MAX  24U
#define NODES_MAX  9U
#define FIELDS_MAX 16U

uint32_t plan_draw_chance(void *ctx, uint32_t n)
{
    return chance_below(ctx, n);
}

static uint32_t below(const plan_draw *d, uint32_t n)
{
    return d->below(d->ctx, n);
}

static bool one_in(const plan_draw *d, uint32_t n)
{
    return below(d, n) == 0;
}

static lede_plan *new_plan(const plan_draw *d, lede_plan_kind kind)
{
    lede_plan *plan = lede_arena_zero(d->arena, sizeof *plan);

    if (plan)
        plan->kind = kind;
    return plan;
}

/* ---- Scores ------------------------------------------------------------- */

/* Equal ones often, so that many articles score the same. */
static double any_weight(const plan_draw *d)
{
    static const double odd[] = { 0, 1e-300, 1e-9, 1e6, -1 };

    if (one_in(d, 12))
        return odd[below(d, 5)];
    if (one_in(d, 400))
        return nan("");
    return one_in(d, 3) ? 1 : 0.05 + below(d, 1000) / 100.0;
}

static double any_average(const plan_draw *d)
{
    static const double odd[] = { 0, 1e-6, 0.5, 1e9 };

    return one_in(d, 12) ? odd[below(d, 4)] : 1 + below(d, 4000) / 40.0;
}

static bool has_field(const lede_plan *span, uint32_t field)
{
    for (uint32_t i = 0; i < span->term_count; i++)
        if (span->terms[i].field == field)
            return true;
    for (uint32_t i = 0; i < span->count; i++)
        if (has_field(span->nodes[i], field))
            return true;
    return false;
}

/* The fields of its terms, and sometimes one more. */
static bool set_score(const plan_draw *d, lede_plan *leaf)
{
    static const uint32_t odd[] = { 1, 100, 65536 };
    uint32_t *fields = lede_arena_array(d->arena, FIELDS_MAX, sizeof *fields);
    uint32_t *weights = lede_arena_array(d->arena, FIELDS_MAX, sizeof *weights);
    lede_plan_score *score = &leaf->score;

    if (!fields || !weights)
        return false;
    for (uint32_t i = 0;
         i < lede_schema_count(d->stock->schema) && i < FIELDS_MAX; i++) {
        const lede_field *field = lede_schema_field(d->stock->schema, i);

        if (!lede_field_has_words(field) ||
            !(has_field(leaf, i) || one_in(d, 20)))
            continue;
        fields[score->field_count] = i;
        weights[score->field_count++] =
            one_in(d, 9) ? odd[below(d, 3)] : lede_field_weight(field);
    }
    score->fields = fields;
    score->field_weights = weights;
    score->weight = any_weight(d);
    score->average_length = any_average(d);
    return true;
}

static double weights_of(const lede_plan *plan)
{
    double sum = plan->score.weight > 0 ? plan->score.weight : 0;

    for (uint32_t i = 0; i < plan->count; i++)
        sum += weights_of(plan->nodes[i]);
    return sum;
}

lede_score_rule plan_draw_rule(const plan_draw *draw, const lede_plan *plan)
{
    static const double k1s[] = { 0, 0.01, 0.5, 3, 100, 1e9 };
    static const double bs[] = { 0, 0, 0.3, 1 }; /* by 0 bounds are exact */
    lede_score_rule rule = { 1.2, 0.75, lede_score_scale(weights_of(plan)) };

    if (one_in(draw, 4))
        rule.k1 = k1s[below(draw, 6)];
    if (one_in(draw, 3))
        rule.b = bs[below(draw, 4)];
    return rule;
}

/* ---- Words -------------------------------------------------------------- */

/* Frequent ones more often than rare ones. */
static lede_bytes any_word(const plan_draw *d)
{
    uint32_t count = d->stock->word_count;

    if (one_in(d, 40))
        return lede_bytes_of_text("nowhere");
    return d->stock->words[below(d, one_in(d, 2) ? count / 4 + 1 : count)];
}

static uint32_t any_field(const plan_draw *d, bool positions)
{
    uint32_t at = below(d, lede_schema_count(d->stock->schema));
    const lede_field *field = lede_schema_field(d->stock->schema, at);

    while (!lede_field_has_words(field) ||
           (positions && !lede_field_has_positions(field))) {
        at = (at + 1) % lede_schema_count(d->stock->schema);
        field = lede_schema_field(d->stock->schema, at);
    }
    return at;
}

static int by_field_then_term(const void *left, const void *right)
{
    const lede_plan_term *a = left, *b = right;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

/* Sorts them and drops those that stand twice. */
static uint32_t put_in_order(lede_plan_term *terms, uint32_t count)
{
    uint32_t kept = 0;

    qsort(terms, count, sizeof *terms, by_field_then_term);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || by_field_then_term(&terms[kept - 1], &terms[i]) != 0)
            terms[kept++] = terms[i];
    return kept;
}

/* Of one word in a field or some, and of other words beside it, as forms. */
static lede_plan *word_of(const plan_draw *d, lede_bytes first, uint32_t field,
                          bool positions)
{
    static const uint32_t forms[] = { 256, 205, 154, 1 };
    lede_plan *plan = new_plan(d, LEDE_PLAN_WORD);
    lede_plan_term *terms =
        lede_arena_array(d->arena, TERMS_MAX, sizeof *terms);
    uint32_t words = one_in(d, 3) ? 1 + below(d, 4) : 1;
    uint32_t fields = one_in(d, 3) ? 1 + below(d, 4) : 1, count = 0;

    if (!plan || !terms)
        return NULL;
    for (uint32_t i = 0; i < words; i++) {
        lede_bytes term = i ? any_word(d) : first;

        for (uint32_t j = 0; j < fields && count < TERMS_MAX; j++) {
            uint32_t at = j ? any_field(d, positions) : field;

            terms[count++] = (lede_plan_term){
                at,
                forms[i ? below(d, 4) : 0] *
                    lede_field_weight(lede_schema_field(d->stock->schema, at)),
                term, NULL
            };
        }
    }
    plan->terms = terms;
    plan->term_count = put_in_order(terms, count);
    return plan;
}

/* ---- Spans -------------------------------------------------------------- */

static const lede_plan *any_span(const plan_draw *d, uint32_t depth,
                                 uint32_t field);

static lede_plan *any_pair(const plan_draw *d, uint32_t depth, uint32_t field)
{
    static const lede_plan_kind kinds[] = { LEDE_PLAN_PHRASE, LEDE_PLAN_PHRASE,
                                            LEDE_PLAN_NEAR, LEDE_PLAN_EITHER };
    lede_plan *plan = new_plan(d, kinds[below(d, 4)]);
    const lede_plan **nodes =
        lede_arena_array(d->arena, STOCK_RUN, sizeof(lede_plan *));
    uint32_t run = below(d, d->stock->run_count);
    uint32_t count = one_in(d, 9) ? 1 : 2 + below(d, 2), from = below(d, 2);

    if (!plan || !nodes)
        return NULL;
    plan->slop = one_in(d, 2) ? below(d, 6) : 0;
    from = from + count <= STOCK_RUN ? from : 0;
    for (uint32_t i = 0; i < count; i++) {
        lede_bytes word = d->stock->run_count ? d->stock->runs[run][from + i]
                                              : lede_bytes_of_text("nowhere");

        nodes[i] = one_in(d, 4) ? any_span(d, depth, field)
                                : word_of(d, word, field, true);
        if (!nodes[i])
            return NULL;
    }
    plan->nodes = nodes;
    plan->count = count;
    return plan;
}

static const lede_plan *any_span(const plan_draw *d, uint32_t depth,
                                 uint32_t field)
{
    return depth > 0 ? any_pair(d, depth - 1, field)
                     : word_of(d, any_word(d), field, true);
}

static const lede_plan *scored(const plan_draw *d, lede_plan *leaf)
{
    return leaf && set_score(d, leaf) ? leaf : NULL;
}

/* ---- Values ------------------------------------------------------------- */

static lede_value any_bound(const plan_draw *d, lede_kind kind, bool upper)
{
    uint32_t most = (uint32_t)d->stock->number_most;
    int64_t number = (int64_t)below(d, 2 * most + 1) - most;
    lede_value value = { .kind = kind, .text = "" };

    if (one_in(d, 4) || (kind == LEDE_KEYWORD && d->stock->tag_count == 0))
        return (lede_value){ .kind = LEDE_NONE, .text = "" };
    if (kind == LEDE_KEYWORD) {
        lede_bytes tag = d->stock->tags[below(d, d->stock->tag_count)];

        value.text = (const char *)tag.at;
        value.len = tag.len;
    } else if (kind == LEDE_DOUBLE) {
        value.real = (double)number / 4 + (upper ? 0.5 : 0);
    } else {
        value.number = kind == LEDE_DATE ? number * 86400 : number;
    }
    return value;
}

static bool is_searchable(const lede_field *field)
{
    return field->kind != LEDE_STORED;
}

/* The next field from `at` that has, or LEDE_NO_FIELD. */
static uint32_t field_with(const plan_draw *d, uint32_t at,
                           bool (*has)(const lede_field *field))
{
    uint32_t count = lede_schema_count(d->stock->schema);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t field = (at + i) % count;

        if (has(lede_schema_field(d->stock->schema, field)))
            return field;
    }
    return LEDE_NO_FIELD;
}

static bool is_keyword(const lede_field *field)
{
    return field->kind == LEDE_KEYWORD;
}

static const lede_plan *any_value(const plan_draw *d)
{
    static const lede_plan_kind kinds[] = { LEDE_PLAN_RANGE, LEDE_PLAN_RANGE,
                                            LEDE_PLAN_EQUALS,
                                            LEDE_PLAN_EXISTS };
    lede_plan *plan = new_plan(d, kinds[below(d, 4)]);
    uint32_t at = below(d, lede_schema_count(d->stock->schema));

    if (!plan)
        return NULL;
    plan->field =
        field_with(d, at,
                   plan->kind == LEDE_PLAN_EQUALS  ? is_keyword
                   : plan->kind == LEDE_PLAN_RANGE ? lede_field_has_column
                                                   : is_searchable);
    if (plan->field == LEDE_NO_FIELD) {
        plan->kind = LEDE_PLAN_EVERYTHING;
    } else if (plan->kind == LEDE_PLAN_EQUALS) {
        plan->bytes = d->stock->tag_count
                          ? d->stock->tags[below(d, d->stock->tag_count)]
                          : lede_bytes_of_text("x");
    } else if (plan->kind == LEDE_PLAN_RANGE) {
        lede_kind kind = lede_schema_field(d->stock->schema, plan->field)->kind;

        plan->min = any_bound(d, kind, false);
        plan->max = any_bound(d, kind, true);
    }
    return plan;
}

/* ---- Trees -------------------------------------------------------------- */

static const lede_plan *any_leaf(const plan_draw *d)
{
    switch (below(d, 16)) {
    case 0:
    case 1:
    case 2:
        return scored(d, any_pair(d, below(d, 2), any_field(d, true)));
    case 3:
    case 4:
        return any_value(d);
    case 5:
        return new_plan(d, one_in(d, 3) ? LEDE_PLAN_NOTHING
                                        : LEDE_PLAN_EVERYTHING);
    default:
        return scored(d, word_of(d, any_word(d), any_field(d, false), false));
    }
}

static const lede_plan *any_join(const plan_draw *d, uint32_t depth)
{
    static const lede_plan_kind kinds[] = {
        LEDE_PLAN_OR,       LEDE_PLAN_OR,       LEDE_PLAN_OR,
        LEDE_PLAN_OR,       LEDE_PLAN_AND,      LEDE_PLAN_AND,
        LEDE_PLAN_AND,      LEDE_PLAN_AND,      LEDE_PLAN_NOT,
        LEDE_PLAN_BEST,     LEDE_PLAN_BEST,     LEDE_PLAN_OPTIONAL,
        LEDE_PLAN_OPTIONAL, LEDE_PLAN_CONSTANT,
    };
    lede_plan *plan = new_plan(d, kinds[below(d, 14)]);
    const lede_plan **nodes =
        lede_arena_array(d->arena, NODES_MAX, sizeof(lede_plan *));
    uint32_t count = 1 + below(d, one_in(d, 4) ? NODES_MAX : 4);

    if (!plan || !nodes)
        return NULL;
    if (plan->kind == LEDE_PLAN_NOT || plan->kind == LEDE_PLAN_OPTIONAL ||
        plan->kind == LEDE_PLAN_CONSTANT)
        count = 1;
    if (plan->kind == LEDE_PLAN_CONSTANT)
        plan->score.weight = any_weight(d);
    if (plan->kind == LEDE_PLAN_BEST)
        plan->tie = one_in(d, 2) ? below(d, 257) : 0;
    for (uint32_t i = 0; i < count; i++) {
        nodes[i] = plan_draw_any(d, depth - 1);
        if (!nodes[i])
            return NULL;
    }
    plan->nodes = nodes;
    plan->count = count;
    return plan;
}

const lede_plan *plan_draw_any(const plan_draw *draw, uint32_t depth)
{
    return depth > 0 && !one_in(draw, 3) ? any_join(draw, depth)
                                         : any_leaf(draw);
}

/* ---- Printing ----------------------------------------------------------- */

static const char *const names[] = {
    [LEDE_PLAN_NOTHING] = "nothing",   [LEDE_PLAN_EVERYTHING] = "all",
    [LEDE_PLAN_WORD] = "word",         [LEDE_PLAN_PHRASE] = "phrase",
    [LEDE_PLAN_NEAR] = "near",         [LEDE_PLAN_EITHER] = "either",
    [LEDE_PLAN_EQUALS] = "equals",     [LEDE_PLAN_RANGE] = "range",
    [LEDE_PLAN_EXISTS] = "exists",     [LEDE_PLAN_KEY] = "key",
    [LEDE_PLAN_AND] = "and",           [LEDE_PLAN_OR] = "or",
    [LEDE_PLAN_BEST] = "best",         [LEDE_PLAN_NOT] = "not",
    [LEDE_PLAN_OPTIONAL] = "optional", [LEDE_PLAN_CONSTANT] = "constant",
};

static const char *name_of(const lede_schema *schema, uint32_t field)
{
    const lede_field *found = lede_schema_field(schema, field);

    return found ? found->name : "?";
}

static void print_value(FILE *out, const lede_value *value)
{
    if (value->kind == LEDE_NONE)
        fprintf(out, " *");
    else if (value->kind == LEDE_DOUBLE)
        fprintf(out, " %g", value->real);
    else if (value->kind == LEDE_KEYWORD)
        fprintf(out, " %.*s", (int)value->len, value->text);
    else
        fprintf(out, " %lld", (long long)value->number);
}

void plan_draw_print(FILE *out, const lede_plan *plan,
                     const lede_schema *schema)
{
    fprintf(out, "(%s", names[plan->kind]);
    if (plan->slop || plan->tie)
        fprintf(out, " slop %u tie %u", plan->slop, plan->tie);
    for (uint32_t i = 0; i < plan->term_count; i++)
        fprintf(out, " %s.%.*s@%u", name_of(schema, plan->terms[i].field),
                (int)plan->terms[i].term.len,
                (const char *)plan->terms[i].term.at, plan->terms[i].weight);
    if (plan->kind == LEDE_PLAN_RANGE || plan->kind == LEDE_PLAN_EQUALS ||
        plan->kind == LEDE_PLAN_EXISTS)
        fprintf(out, " %s", name_of(schema, plan->field));
    if (plan->kind == LEDE_PLAN_RANGE) {
        print_value(out, &plan->min);
        print_value(out, &plan->max);
    }
    fprintf(out, " %.*s", (int)plan->bytes.len, (const char *)plan->bytes.at);
    for (uint32_t i = 0; i < plan->count; i++)
        plan_draw_print(out, plan->nodes[i], schema);
    if (plan->score.weight > 0 || plan->score.field_count)
        fprintf(out, " *%.17g/%.17g", plan->score.weight,
                plan->score.average_length);
    for (uint32_t i = 0; i < plan->score.field_count; i++)
        fprintf(out, " %s^%u", name_of(schema, plan->score.fields[i]),
                plan->score.field_weights[i]);
    fprintf(out, ")");
}
