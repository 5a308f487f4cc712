#include "support/planner.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "text/token.h"

#define NODES_MAX 16
#define TERMS_MAX 64

typedef struct reader {
    const char *at;
    const uint32_t *fields;
    uint32_t field_count;
    lede_arena *arena;
} reader;

static int by_term(const void *a, const void *b)
{
    const lede_plan_term *left = a, *right = b;

    if (left->field != right->field)
        return left->field < right->field ? -1 : 1;
    return lede_bytes_compare(left->term, right->term);
}

static void skip(reader *r)
{
    while (*r->at == ' ')
        r->at++;
}

static lede_bytes read_term(reader *r)
{
    size_t len = strcspn(r->at, "|)+");
    char *text = lede_arena_text(r->arena, r->at, len + 1);

    ck_assert_msg(len > 0, "no term at %s", r->at);
    ck_assert_ptr_nonnull(text);
    r->at += len;
    if (*r->at != '+')
        return lede_bytes_of(text, len);
    text[len] = (char)(LEDE_JOINED_MARK + strtoul(r->at + 1, NULL, 10));
    r->at += strcspn(r->at, "|)");
    return lede_bytes_of(text, len + 1);
}

static void read_terms(lede_plan *plan, reader *r)
{
    lede_plan_term terms[TERMS_MAX];
    lede_plan_term *kept;

    do {
        lede_bytes term = read_term(r);

        for (uint32_t i = 0; i < r->field_count; i++) {
            ck_assert_uint_lt(plan->term_count, TERMS_MAX);
            terms[plan->term_count++] =
                (lede_plan_term){ r->fields[i], LEDE_WEIGHT_ONE, term, NULL };
        }
    } while (*r->at == '|' && r->at++);
    qsort(terms, plan->term_count, sizeof *terms, by_term);
    kept = lede_arena_array(r->arena, plan->term_count, sizeof *kept);
    ck_assert_ptr_nonnull(kept);
    memcpy(kept, terms, plan->term_count * sizeof *kept);
    plan->terms = kept;
}

static const lede_plan *read_plan(reader *r);

static void read_nodes(lede_plan *plan, reader *r)
{
    const lede_plan **nodes =
        lede_arena_array(r->arena, NODES_MAX, sizeof(lede_plan *));

    ck_assert_ptr_nonnull(nodes);
    for (skip(r); *r->at != ')'; skip(r)) {
        ck_assert_uint_lt(plan->count, NODES_MAX);
        nodes[plan->count++] = read_plan(r);
    }
    plan->nodes = nodes;
}

static lede_plan_kind read_kind(reader *r)
{
    static const struct {
        const char *name;
        lede_plan_kind kind;
    } kinds[] = {
        { "w", LEDE_PLAN_WORD },         { "p", LEDE_PLAN_PHRASE },
        { "n", LEDE_PLAN_NEAR },         { "e", LEDE_PLAN_EITHER },
        { "and", LEDE_PLAN_AND },        { "or", LEDE_PLAN_OR },
        { "best", LEDE_PLAN_BEST },      { "not", LEDE_PLAN_NOT },
        { "opt", LEDE_PLAN_OPTIONAL },   { "const", LEDE_PLAN_CONSTANT },
        { "all", LEDE_PLAN_EVERYTHING }, { "none", LEDE_PLAN_NOTHING },
    };
    size_t len = strspn(r->at, "abcdefghijklmnopqrstuvwxyz");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].name) == len &&
            strncmp(kinds[i].name, r->at, len) == 0) {
            r->at += len;
            return kinds[i].kind;
        }
    ck_abort_msg("no plan at %s", r->at);
    return LEDE_PLAN_NOTHING;
}

static const lede_plan *read_plan(reader *r)
{
    lede_plan *plan = lede_arena_zero(r->arena, sizeof *plan);
    char *end;

    ck_assert_ptr_nonnull(plan);
    plan->kind = read_kind(r);
    plan->score.weight = 1;
    plan->slop = (uint32_t)strtoul(r->at, &end, 10);
    r->at = end;
    if (*r->at == '*') {
        plan->score.weight = strtod(r->at + 1, &end);
        r->at = end;
    }
    if (*r->at != '(')
        return plan;
    r->at++;
    if (plan->kind == LEDE_PLAN_WORD)
        read_terms(plan, r);
    else
        read_nodes(plan, r);
    ck_assert_msg(*r->at == ')', "no ) at %s", r->at);
    r->at++;
    return plan;
}

const lede_plan *planner_read(const char *text, const uint32_t *fields,
                              uint32_t field_count, lede_arena *arena)
{
    reader r = { text, fields, field_count, arena };
    const lede_plan *plan = read_plan(&r);

    skip(&r);
    ck_assert_msg(*r.at == '\0', "more than a plan: %s", r.at);
    return plan;
}
