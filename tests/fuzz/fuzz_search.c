/* A plan drawn from the input, put to a segment that the input has changed,
 * checksums right: the search ends, in bounded memory and steps, with an answer
 * or CORRUPT. Where a check of the segment finds nothing wrong, the best hits
 * are the first of all that match, found without skipping anything.
 *
 *     input   specimen:u8 count:u8 (change:8 bytes) * count % 8  plan
 *
 * Of the plan's bytes each decides one thing; where they end, 0 does. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/damage.h"
#include "fuzz/hostile.h"
#include "native/match/search.h"
#include "support/likeness.h"
#include "support/plan_draw.h"

#define SEARCH_BYTES ((uint64_t)32 << 20)
#define DEPTH        3U

/* No plan of this depth needs more in a specimen: what spends it does not end.
 */
#define STEPS_MAX ((uint64_t)1 << 27)

static uint32_t below(void *ctx, uint32_t n)
{
    lede_bytes *in = ctx;
    uint32_t number = 0;
    uint8_t byte;

    for (uint32_t most = 1; most<n; most = most<n>> 8 ? most << 8 : n) {
        if (!lede_take_u8(in, &byte))
            byte = 0;
        number = number << 8 | byte;
    }
    return n ? number % n : 0;
}

static const plan_stock *stock_of(const specimen *s)
{
    static plan_stock stock;

    stock = (plan_stock){ .schema = s->schema, .number_most = 9 };
    while (stock.word_count < SPECIMEN_WORDS) {
        stock.words[stock.word_count] =
            lede_bytes_of_text(specimen_word(stock.word_count));
        stock.word_count++;
    }
    for (; stock.run_count < SPECIMEN_WORDS; stock.run_count++)
        for (uint32_t i = 0; i < STOCK_RUN; i++)
            stock.runs[stock.run_count][i] =
                lede_bytes_of_text(specimen_word(stock.run_count * i / 2));
    stock.tags[0] = lede_bytes_of_text("sea");
    stock.tags[1] = lede_bytes_of_text("harbour");
    stock.tag_count = 2;
    return &stock;
}

/* ---- Searches ---- */

typedef struct orders {
    lede_sort_key sort;
    lede_facet_key facets[1];
} orders;

static void draw_order(const plan_draw *d, lede_engine_search *search,
                       orders *o)
{
    uint32_t column = SPECIMEN_TAGS + d->below(d->ctx, 4);

    o->sort = (lede_sort_key){ column, d->below(d->ctx, 2) };
    o->facets[0] = (lede_facet_key){ column, LEDE_BUCKET_VALUE, 5 };
    search->sort = &o->sort;
    search->facets = o->facets;
    search->want = 1 + d->below(d->ctx, 20);
    search->ties = (lede_ties)d->below(d->ctx, 3);
    search->sort_count = d->below(d->ctx, 4) == 3;
    search->facet_count = d->below(d->ctx, 4) == 3;
    search->count_all = d->below(d->ctx, 4) == 3;
    if (d->below(d->ctx, 8) == 7)
        search->collapse = column;
    if (d->below(d->ctx, 8) == 7)
        search->recency = (lede_recency){ SPECIMEN_DATE, 0.5, 86400, 1 << 30 };
}

static lede_status answer(lede_engine_results *results, const hostile *h,
                          const lede_engine_search *asked, lede_arena *arena,
                          lede_error *err)
{
    lede_engine_search search = *asked;
    lede_budget budget;
    lede_status status;

    lede_budget_init(&budget, 0, NULL, SEARCH_BYTES);
    search.budget = &budget;
    status = lede_native_search(results, h->snapshot, &search, arena, err);
    assert(atomic_load(&budget.steps) < STEPS_MAX);
    hostile_judge(h, status, err);
    return status;
}

/* What is found by skipping, and what is found without. */
static void ask(const hostile *h, const lede_engine_search *search,
                lede_arena *arena)
{
    lede_engine_search every = *search;
    lede_engine_results all, got;
    lede_error err = { 0 };
    lede_status status = answer(&got, h, search, arena, &err);

    if (!h->sound || status != LEDE_OK)
        return;
    every.want = h->entry.documents;
    every.count_all = true;
    if (answer(&all, h, &every, arena, &err) != LEDE_OK)
        return;
    if (likeness_of_page(search, &all, 0, &got)) {
        plan_draw_print(stderr, search->plan, h->specimen->schema);
        fprintf(stderr, "\n%s differs\n",
                likeness_of_page(search, &all, 0, &got));
        abort();
    }
}

static void draw_and_ask(const hostile *h, lede_bytes *in)
{
    lede_arena *arena = lede_arena_new(hostile_allocator());
    plan_draw draw = { below, in, stock_of(h->specimen), arena };
    lede_engine_search search = { .recency = { .field = LEDE_NO_FIELD },
                                  .collapse = LEDE_NO_FIELD,
                                  .collapse_limit = 1 };
    orders o;

    assert(arena);
    draw_order(&draw, &search, &o);
    search.plan = plan_draw_any(&draw, DEPTH);
    assert(search.plan);
    search.rule = plan_draw_rule(&draw, search.plan);
    ask(h, &search, arena);
    lede_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lede_bytes in = lede_bytes_of(data, size), changes;
    uint8_t which, count;
    hostile h;

    if (!lede_take_u8(&in, &which) || !lede_take_u8(&in, &count) ||
        !lede_take(&in, (size_t)(count % 8) * DAMAGE_BYTES, &changes))
        return 0;
    if (hostile_open(&h, which, changes))
        draw_and_ask(&h, &in);
    hostile_close(&h);
    return 0;
}
