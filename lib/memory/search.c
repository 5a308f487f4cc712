#include "memory/search.h"

#include "base/error.h"
#include "memory/collect.h"
#include "memory/match.h"

/* One search under way. */
typedef struct run {
    const lede_memory_commit *commit;
    const lede_engine_search *search;
    lede_memory_matcher matcher;
    lede_memory_matches matches;
} run;

static const lede_field *field_at(const run *r, uint32_t place)
{
    return lede_schema_field(r->commit->schema, place);
}

static uint32_t recent_points(const run *r, const lede_memory_article *article,
                              uint32_t points)
{
    const lede_recency *recency = &r->search->recency;
    lede_value date =
        lede_memory_article_first(article, field_at(r, recency->field), false);

    return lede_score_recency(recency, points, date.kind == LEDE_DATE,
                              date.number);
}

static lede_status add_found(run *r, uint32_t doc, uint32_t points)
{
    const lede_engine_search *search = r->search;
    const lede_memory_article *article = r->commit->articles[doc];
    lede_memory_matches *m = &r->matches;
    lede_memory_found *found;
    lede_value *values;
    lede_status status = lede_budget_take(
        search->budget, sizeof *found + search->sort_count * sizeof *values);

    if (status != LEDE_OK)
        return status;
    values = lede_arena_array(m->arena, search->sort_count, sizeof *values);
    if (!values || !lede_arena_grow(m->arena, &m->at, &m->capacity,
                                    m->count + 1U, sizeof *found))
        return lede_arena_status(m->arena);
    found = &m->at[m->count++];
    *found = (lede_memory_found){ .search = search, .article = article };
    found->hit.doc = doc;
    found->hit.key = article->key;
    found->hit.sequence = article->sequence;
    found->hit.values = values;
    if (search->sort_count == 0)
        found->hit.score =
            lede_score_of(&search->rule, recent_points(r, article, points));
    for (uint32_t i = 0; i < search->sort_count; i++)
        values[i] = lede_memory_article_first(
            article, field_at(r, search->sort[i].field),
            search->sort[i].descending);
    found->group = lede_memory_article_first(
        article, field_at(r, search->collapse), false);
    return LEDE_OK;
}

static lede_status find_all(run *r)
{
    lede_status status = lede_budget_spend(r->search->budget, 1);

    for (uint32_t doc = 0; status == LEDE_OK && doc < r->commit->count; doc++) {
        lede_memory_answer answer;

        if (!r->commit->live[doc])
            continue;
        status = lede_memory_match(&r->matcher, r->search->plan,
                                   r->commit->articles[doc], &answer);
        if (status == LEDE_OK && answer.matches)
            status = add_found(r, doc, answer.points);
    }
    return status;
}

static lede_status count_facets(const run *r, lede_engine_results *results,
                                lede_arena *arena)
{
    uint32_t count = r->search->facet_count;
    lede_engine_facet *facets = lede_arena_array(arena, count, sizeof *facets);
    lede_status status = facets ? LEDE_OK : lede_arena_status(arena);

    for (uint32_t i = 0; status == LEDE_OK && i < count; i++) {
        const lede_facet_key *key = &r->search->facets[i];

        status = lede_memory_count(&facets[i], &r->matches, key,
                                   field_at(r, key->field), arena);
    }
    results->facets = facets;
    return status;
}

static lede_status answer(run *r, lede_engine_results *out, lede_arena *arena)
{
    const lede_engine_search *search = r->search;
    lede_engine_results results = { .scores_exact = true };
    lede_status status = find_all(r);

    if (status == LEDE_ERR_TIMEOUT && search->partial) {
        results.partial = true;
        status = LEDE_OK;
    }
    results.total = r->matches.count;
    results.total_exact = !results.partial;
    if (status == LEDE_OK)
        status = count_facets(r, &results, arena);
    lede_memory_order(&r->matches);
    if (status == LEDE_OK && search->collapse != LEDE_NO_FIELD)
        status = lede_memory_collapse(&r->matches);
    if (status == LEDE_OK)
        status = lede_memory_page(&results, &r->matches, arena);
    if (status == LEDE_OK)
        *out = results;
    return status;
}

/* For what is thrown away, within the memory of the search. */
static lede_arena *new_arena(const lede_allocator *allocator,
                             lede_budget *budget)
{
    lede_arena *arena = lede_arena_new(allocator);

    if (arena && budget)
        lede_arena_limit(arena, atomic_load(&budget->bytes_left));
    return arena;
}

lede_status lede_memory_search(lede_engine_results *out,
                               const lede_memory_commit *commit,
                               const lede_engine_search *search,
                               lede_arena *arena, lede_error *err)
{
    const lede_allocator *allocator = lede_arena_allocator(arena);
    run r = { .commit = commit, .search = search };
    lede_status status =
        lede_memory_match_check(search->plan, commit->schema, err);

    if (status != LEDE_OK)
        return status;
    r.matches.search = search;
    r.matches.arena = new_arena(allocator, search->budget);
    r.matcher =
        (lede_memory_matcher){ commit->schema, &search->rule, search->budget,
                               new_arena(allocator, search->budget) };
    status = r.matches.arena && r.matcher.arena ? answer(&r, out, arena)
                                                : LEDE_ERR_NOMEM;
    lede_arena_free(r.matches.arena);
    lede_arena_free(r.matcher.arena);
    return status == LEDE_OK ? LEDE_OK : lede_fail_plain(err, status);
}
