#include "fuzz/questions.h"

#include <assert.h>

#include "native/index/statistics.h"
#include "native/index/stored.h"
#include "native/index/vocabulary.h"
#include "native/match/search.h"

#define SEARCH_BYTES ((uint64_t)32 << 20)
#define LEAVES       6U
#define WALKED_MAX   5000U

typedef struct asking {
    const lede_native_snapshot *snapshot;
    lede_arena *arena;
    lede_status status; /* the first failure, which is in err too */
    lede_error *err;
    const lede_plan *leaves[LEAVES];
} asking;

/* Where an error of the next call goes: to the caller, if it is the first. */
static lede_error *fault(const asking *a)
{
    return a->status == LEDE_OK ? a->err : NULL;
}

static void note(asking *a, lede_status status)
{
    if (a->status == LEDE_OK)
        a->status = status;
}

static void *some(const asking *a, size_t count, size_t size)
{
    void *made = lede_arena_array(a->arena, count, size);

    assert(made);
    return made;
}

/* ---- The dictionary ---- */

static void walk_space(asking *a, uint32_t field, lede_space space)
{
    lede_vocabulary_scope scope = { field, space, NULL };
    lede_term_walk *walk;
    uint32_t seen = 0;
    lede_status status = lede_vocabulary_walk(&walk, a->snapshot, &scope, NULL,
                                              a->arena, fault(a));

    if (status != LEDE_OK) {
        note(a, status);
        return;
    }
    while (seen++ < WALKED_MAX && walk->next(walk))
        assert(walk->stats.documents > 0 && walk->term.len <= LEDE_KEY_MAX);
    note(a, walk->status);
}

static void ask_dictionary(asking *a)
{
    lede_plan_term term = { .weight = LEDE_WEIGHT_ONE };
    lede_vocabulary_question question = { &term, 1, NULL };
    lede_term_stats stats;
    lede_stats all = { 0 };

    for (uint32_t field = 0; field < SPECIMEN_FIELDS; field++) {
        walk_space(a, field, LEDE_SPACE_WORDS);
        walk_space(a, field, LEDE_SPACE_VALUES);
    }
    for (uint32_t i = 0; i < SPECIMEN_WORDS; i++) {
        term.term = lede_bytes_of_text(specimen_word(i));
        term.field = i % 3;
        note(a, lede_vocabulary_lookup(&stats, a->snapshot, &question, NULL,
                                       fault(a)));
        for (uint32_t kind = 0; kind < 3; kind++) {
            lede_segment_words words = { .arena = a->arena };

            note(a, lede_vocabulary_forms(&words, a->snapshot, kind, term.term,
                                          fault(a)));
        }
    }
    note(a, lede_native_stats(&all, a->snapshot, a->arena, fault(a)));
}

/* ---- Plans ---- */

static lede_plan *new_plan(const asking *a, lede_plan_kind kind)
{
    lede_plan *plan = some(a, 1, sizeof *plan);

    plan->kind = kind;
    plan->tie = 100;
    plan->slop = 2;
    plan->score.weight = 1;
    return plan;
}

/* A word in title and body. */
static const lede_plan *word(const asking *a, uint32_t at)
{
    static const uint32_t fields[] = { SPECIMEN_TITLE, SPECIMEN_BODY };
    static const uint32_t weights[] = { 512, 256 };
    lede_plan *plan = new_plan(a, LEDE_PLAN_WORD);
    lede_plan_term *terms = some(a, 2, sizeof *terms);

    for (uint32_t i = 0; i < 2; i++)
        terms[i] =
            (lede_plan_term){ fields[i], weights[i] * 256,
                              lede_bytes_of_text(specimen_word(at)), NULL };
    plan->terms = terms;
    plan->term_count = 2;
    plan->score = (lede_plan_score){ 1.5, 20, fields, weights, 2 };
    return plan;
}

static const lede_plan *join(const asking *a, lede_plan_kind kind,
                             const lede_plan *first, const lede_plan *second)
{
    lede_plan *plan = new_plan(a, kind);
    const lede_plan **nodes = some(a, 2, sizeof(lede_plan *));

    nodes[0] = first;
    nodes[1] = second;
    plan->nodes = nodes;
    plan->count = second ? 2 : 1;
    if (first->kind == LEDE_PLAN_WORD)
        plan->score = first->score;
    return plan;
}

static const lede_plan *range(const asking *a, uint32_t field, lede_kind kind)
{
    lede_plan *plan = new_plan(a, LEDE_PLAN_RANGE);

    plan->field = field;
    plan->min = (lede_value){ .kind = kind, .text = "sea", .len = 3 };
    return plan;
}

static const lede_plan *value(const asking *a, lede_plan_kind kind,
                              uint32_t field, const char *bytes)
{
    lede_plan *plan = new_plan(a, kind);

    plan->field = field;
    plan->bytes = lede_bytes_of_text(bytes);
    return plan;
}

/* ---- Searches ---- */

static void search_for(asking *a, const lede_engine_search *asked)
{
    lede_engine_search search = *asked;
    lede_engine_results results;
    lede_budget budget;

    lede_budget_init(&budget, 0, NULL, SEARCH_BYTES);
    search.budget = &budget;
    note(a, lede_native_search(&results, a->snapshot, &search, a->arena,
                               fault(a)));
}

static lede_engine_search plain(const lede_plan *plan)
{
    return (lede_engine_search){ .plan = plan,
                                 .rule = { 1.2, 0.75, 16 },
                                 .recency = { .field = LEDE_NO_FIELD },
                                 .want = 10,
                                 .collapse = LEDE_NO_FIELD,
                                 .collapse_limit = 1,
                                 .count_all = true };
}

static void find(asking *a, const lede_plan *plan)
{
    lede_engine_search search = plain(plan);

    search_for(a, &search);
}

static void ask_words(asking *a)
{
    for (uint32_t i = 0; i < LEAVES; i++)
        find(a, a->leaves[i]);
}

static void ask_pairs(asking *a, const lede_plan_kind kinds[3])
{
    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t at = 1; at < 3; at++)
            find(a, join(a, kinds[i], a->leaves[0], a->leaves[at]));
}

static void ask_spans(asking *a)
{
    static const lede_plan_kind kinds[] = { LEDE_PLAN_PHRASE, LEDE_PLAN_NEAR,
                                            LEDE_PLAN_EITHER };

    ask_pairs(a, kinds);
}

static void ask_joins(asking *a)
{
    static const lede_plan_kind pairs[] = { LEDE_PLAN_AND, LEDE_PLAN_OR,
                                            LEDE_PLAN_BEST };
    static const lede_plan_kind ones[] = { LEDE_PLAN_NOT, LEDE_PLAN_OPTIONAL,
                                           LEDE_PLAN_CONSTANT };

    ask_pairs(a, pairs);
    for (uint32_t i = 0; i < 3; i++)
        find(a, join(a, ones[i], a->leaves[1], NULL));
}

static void ask_values(asking *a)
{
    static const lede_kind kinds[] = { LEDE_KEYWORD, LEDE_INT, LEDE_DOUBLE,
                                       LEDE_DATE };

    for (uint32_t i = 0; i < 4; i++)
        find(a, range(a, SPECIMEN_TAGS + i, kinds[i]));
    for (uint32_t field = 0; field < SPECIMEN_FIELDS; field++)
        find(a, value(a, LEDE_PLAN_EXISTS, field, ""));
    find(a, value(a, LEDE_PLAN_EQUALS, SPECIMEN_TAGS, "sea"));
    find(a, value(a, LEDE_PLAN_EQUALS, SPECIMEN_BARE, "harbour"));
    find(a, value(a, LEDE_PLAN_KEY, 0, "k0"));
    find(a, value(a, LEDE_PLAN_KEY, 0, "k7919"));
}

static void ask_orders(asking *a)
{
    lede_engine_search search = plain(new_plan(a, LEDE_PLAN_EVERYTHING));
    lede_value text = { .kind = LEDE_KEYWORD, .text = "seal", .len = 4 };
    lede_engine_hit after = { .values = &text,
                              .key = lede_bytes_of_text("k1") };
    lede_sort_key sort = { 0 };
    lede_facet_key facets[2] = { { 0, LEDE_BUCKET_VALUE, 9 },
                                 { SPECIMEN_DATE, LEDE_BUCKET_MONTH, 9 } };

    search.facets = facets;
    search.facet_count = 2;
    search.sort = &sort;
    search.sort_count = 1;
    for (uint32_t field = SPECIMEN_TAGS; field <= SPECIMEN_DATE; field++) {
        sort = (lede_sort_key){ field, field % 2 == 0 };
        facets[0].field = field;
        search.collapse = field;
        search.ties = (lede_ties)(field % 3);
        search.after = field == SPECIMEN_TAGS ? &after : NULL;
        search_for(a, &search);
    }
    search.sort_count = 0;
    search.collapse = LEDE_NO_FIELD;
    search.ties = LEDE_TIES_KEY;
    search.recency = (lede_recency){ SPECIMEN_DATE, 0.5, 86400, 1 << 30 };
    search_for(a, &search);
}

/* ---- Articles ---- */

static void ask_articles(asking *a)
{
    uint64_t most = a->snapshot->documents < 40 ? a->snapshot->documents : 40;

    for (lede_doc doc = 0; doc < most; doc++) {
        lede_document *document = NULL;
        uint64_t sequence;
        lede_engine_load load = { .docs = &doc,
                                  .count = 1,
                                  .allocator = a->snapshot->allocator };
        lede_status status = lede_stored_load(&document, &sequence, a->snapshot,
                                              &load, fault(a));

        note(a, status);
        if (status == LEDE_OK)
            lede_document_free(document);
    }
}

static void (*const questions[])(asking *a) = {
    ask_dictionary, ask_words,  ask_spans,    ask_joins,
    ask_values,     ask_orders, ask_articles,
};

lede_status questions_ask(const lede_native_snapshot *snapshot, unsigned asked,
                          const lede_allocator *allocator, lede_error *err)
{
    asking a = { .snapshot = snapshot, .status = LEDE_OK, .err = err };

    a.arena = lede_arena_new(allocator);
    assert(a.arena);
    for (uint32_t i = 0; i < LEAVES; i++)
        a.leaves[i] = word(&a, i * 3);
    for (uint32_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (asked >> i & 1)
            questions[i](&a);
    lede_arena_free(a.arena);
    return a.status;
}
