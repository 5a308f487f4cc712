#include "support/plans.h"

#include <check.h>
#include <stdlib.h>

#include "support/tokens.h"

#define NODES_MAX  16
#define TERMS_MAX  16
#define FIELDS_MAX 32

typedef struct reader {
    const char *at;
    const char *text;
    const lede_engine *engine;
    const lede_engine_snapshot *snapshot;
    const lede_engine_description *description;
    lede_arena *arena;
} reader;

static void *some(const reader *r, size_t count, size_t size)
{
    void *made = lede_arena_array(r->arena, count, size);

    ck_assert_ptr_nonnull(made);
    return made;
}

static void skip_spaces(reader *r)
{
    r->at += strspn(r->at, " ");
}

/* Reads up to one of `ends`. */
static lede_bytes take_until(reader *r, const char *ends)
{
    lede_bytes taken = lede_bytes_of(r->at, strcspn(r->at, ends));

    r->at += taken.len;
    return taken;
}

static double take_number(reader *r)
{
    char *end;
    double number = strtod(r->at, &end);

    ck_assert_msg(end != r->at, "no number: %s", r->at);
    r->at = end;
    skip_spaces(r);
    return number;
}

static uint32_t take_field(reader *r, const char *ends)
{
    lede_bytes name = take_until(r, ends);
    char *text = lede_arena_text(r->arena, name.at, name.len);
    uint32_t place = lede_schema_place(r->description->schema, text);

    ck_assert_msg(place != LEDE_NO_FIELD, "no field %s in %s", text, r->text);
    return place;
}

/* ---- Scores ------------------------------------------------------------- */

/* Documents with any of a word's terms, as groups count them. */
static uint64_t group_df(const reader *r, const lede_plan *word)
{
    lede_term_stats stats[TERMS_MAX];
    uint64_t df = 0;

    ck_assert_int_eq(r->engine->lookup(stats, r->snapshot, word->terms,
                                       word->term_count, NULL, NULL, NULL),
                     LEDE_OK);
    for (uint32_t i = 0; i < word->term_count; i++) {
        uint64_t most = 0;
        bool first = true;

        for (uint32_t j = 0; j < word->term_count; j++)
            if (lede_bytes_equal(word->terms[i].term, word->terms[j].term)) {
                first = first && j >= i;
                if (stats[j].documents > most)
                    most = stats[j].documents;
            }
        if (first)
            df += most;
    }
    return df;
}

static double idf_of(const reader *r, const lede_plan *span)
{
    double sum = 0;

    if (span->kind == LEDE_PLAN_WORD)
        return lede_score_idf(r->description->documents, group_df(r, span));
    for (uint32_t i = 0; i < span->count; i++)
        if (i == 0 || span->kind != LEDE_PLAN_EITHER)
            sum += idf_of(r, span->nodes[i]);
    return sum;
}

static void mark_fields(const lede_plan *span, bool used[FIELDS_MAX])
{
    for (uint32_t i = 0; i < span->term_count; i++)
        used[span->terms[i].field] = true;
    for (uint32_t i = 0; i < span->count; i++)
        mark_fields(span->nodes[i], used);
}

static void set_score(const reader *r, lede_plan *leaf)
{
    const lede_engine_description *d = r->description;
    uint32_t *fields = some(r, FIELDS_MAX, sizeof *fields);
    uint32_t *weights = some(r, FIELDS_MAX, sizeof *weights);
    bool used[FIELDS_MAX] = { false };
    lede_plan_score *score = &leaf->score;

    score->weight = idf_of(r, leaf);
    score->fields = fields;
    score->field_weights = weights;
    mark_fields(leaf, used);
    for (uint32_t i = 0; i < FIELDS_MAX && i < d->field_count; i++)
        if (used[i]) {
            uint32_t weight =
                lede_field_weight(lede_schema_field(d->schema, i));

            fields[score->field_count] = i;
            weights[score->field_count++] = weight;
            score->average_length +=
                weight / 256.0 * (double)d->field_tokens[i];
        }
    if (d->documents)
        score->average_length /= (double)d->documents;
}

/* ---- Leaves ------------------------------------------------------------- */

static int by_field_then_term(const void *left, const void *right)
{
    const lede_plan_term *a = left, *b = right;

    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return lede_bytes_compare(a->term, b->term);
}

static void read_word(reader *r, lede_plan *plan)
{
    lede_plan_term *terms = some(r, TERMS_MAX, sizeof *terms);

    plan->kind = LEDE_PLAN_WORD;
    plan->terms = terms;
    do {
        lede_plan_term *term = &terms[plan->term_count++];
        lede_bytes word;
        char text[LEDE_TERM_BYTES_MAX];
        const lede_field *field;

        ck_assert_uint_le(plan->term_count, TERMS_MAX);
        term->field = take_field(r, ".");
        r->at++;
        word = take_until(r, " )+@");
        term->term.len = word_term(text, (const char *)word.at, word.len);
        term->term.at =
            (uint8_t *)lede_arena_text(r->arena, text, term->term.len);
        term->weight = 256;
        if (*r->at == '@') {
            r->at++;
            term->weight = (uint32_t)strtoul(
                (const char *)take_until(r, " )+").at, NULL, 10);
        }
        field = lede_schema_field(r->description->schema, term->field);
        term->weight *= lede_field_weight(field);
    } while (*r->at++ == '+');
    r->at--;
    qsort(terms, plan->term_count, sizeof *terms, by_field_then_term);
}

static lede_value take_bound(reader *r, uint32_t field)
{
    lede_kind kind = lede_schema_field(r->description->schema, field)->kind;
    lede_bytes text = take_until(r, " )");
    lede_value value = { .kind = kind, .text = "" };

    skip_spaces(r);
    if (text.len == 1 && *text.at == '*')
        value.kind = LEDE_NONE;
    else if (kind == LEDE_DOUBLE)
        value.real = strtod((const char *)text.at, NULL);
    else if (kind == LEDE_INT || kind == LEDE_DATE)
        value.number = strtoll((const char *)text.at, NULL, 10);
    else {
        value.text = lede_arena_text(r->arena, text.at, text.len);
        value.len = text.len;
    }
    return value;
}

/* ---- Trees -------------------------------------------------------------- */

static const struct {
    const char *name;
    lede_plan_kind kind;
} kinds[] = {
    { "phrase", LEDE_PLAN_PHRASE },     { "near", LEDE_PLAN_NEAR },
    { "either", LEDE_PLAN_EITHER },     { "range", LEDE_PLAN_RANGE },
    { "exists", LEDE_PLAN_EXISTS },     { "key", LEDE_PLAN_KEY },
    { "and", LEDE_PLAN_AND },           { "or", LEDE_PLAN_OR },
    { "best", LEDE_PLAN_BEST },         { "not", LEDE_PLAN_NOT },
    { "optional", LEDE_PLAN_OPTIONAL }, { "constant", LEDE_PLAN_CONSTANT },
};

static lede_plan_kind take_kind(reader *r)
{
    lede_bytes name = take_until(r, " )");

    skip_spaces(r);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (lede_bytes_equal(name, lede_bytes_of_text(kinds[i].name)))
            return kinds[i].kind;
    ck_abort_msg("no kind of plan: %s", (const char *)name.at);
    return LEDE_PLAN_NOTHING;
}

static const lede_plan *read_plan(reader *r, bool inside);

static void read_node(reader *r, lede_plan *plan, bool inside)
{
    const lede_plan **nodes = some(r, NODES_MAX, sizeof(lede_plan *));

    plan->kind = take_kind(r);
    plan->nodes = nodes;
    if (plan->kind == LEDE_PLAN_PHRASE || plan->kind == LEDE_PLAN_NEAR)
        plan->slop = (uint32_t)take_number(r);
    if (plan->kind == LEDE_PLAN_BEST)
        plan->tie = (uint32_t)take_number(r);
    if (plan->kind == LEDE_PLAN_CONSTANT)
        plan->score.weight = take_number(r);
    if (plan->kind == LEDE_PLAN_RANGE || plan->kind == LEDE_PLAN_EXISTS) {
        plan->field = take_field(r, " )");
        skip_spaces(r);
    }
    if (plan->kind == LEDE_PLAN_KEY)
        plan->bytes = take_until(r, ")");
    if (plan->kind == LEDE_PLAN_RANGE) {
        plan->min = take_bound(r, plan->field);
        plan->max = take_bound(r, plan->field);
    }
    while (*r->at != ')') {
        ck_assert_uint_lt(plan->count, NODES_MAX);
        nodes[plan->count++] = read_plan(r, inside || lede_plan_is_span(plan));
        skip_spaces(r);
    }
    r->at++;
}

static const lede_plan *read_plan(reader *r, bool inside)
{
    lede_plan *plan = some(r, 1, sizeof *plan);
    size_t len;

    skip_spaces(r);
    len = strcspn(r->at, " )");
    if (*r->at == '(') {
        r->at++;
        read_node(r, plan, inside);
    } else if (len == 3 && strncmp(r->at, "all", 3) == 0) {
        plan->kind = LEDE_PLAN_EVERYTHING;
        r->at += len;
    } else if (len == 7 && strncmp(r->at, "nothing", 7) == 0) {
        plan->kind = LEDE_PLAN_NOTHING;
        r->at += len;
    } else if (strcspn(r->at, ":") < len) {
        plan->kind = LEDE_PLAN_EQUALS;
        plan->field = take_field(r, ":");
        r->at++;
        plan->bytes = take_until(r, " )");
    } else {
        read_word(r, plan);
    }
    if (lede_plan_is_span(plan) && !inside)
        set_score(r, plan);
    return plan;
}

const lede_plan *plan_read(const char *text, const lede_engine *engine,
                           const lede_engine_snapshot *snapshot,
                           lede_arena *arena)
{
    reader r = {
        text, text, engine, snapshot, engine->describe(snapshot), arena
    };
    const lede_plan *plan;

    /* What it borrows shall live as long as the plan. */
    r.at = r.text = lede_arena_text(arena, text, strlen(text));
    plan = read_plan(&r, false);
    ck_assert_msg(*r.at == '\0', "left over: %s", r.at);
    return plan;
}

double plan_weights(const lede_plan *plan)
{
    double sum = plan->score.weight;

    for (uint32_t i = 0; i < plan->count; i++)
        sum += plan_weights(plan->nodes[i]);
    return sum;
}
