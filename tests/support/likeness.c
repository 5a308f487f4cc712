#include "support/likeness.h"

static bool same_hit(const lede_engine_search *search, const lede_engine_hit *a,
                     const lede_engine_hit *b)
{
    bool same = lede_bytes_equal(a->key, b->key) &&
                a->sequence == b->sequence && a->score <= b->score &&
                a->score >= b->score &&
                (!search->count_all || a->collapsed == b->collapsed);

    for (uint32_t i = 0; same && i < search->sort_count; i++)
        same = a->values[i].kind == b->values[i].kind &&
               lede_value_compare(&a->values[i], &b->values[i]) == 0;
    return same;
}

static bool same_facet(const lede_engine_facet *a, const lede_engine_facet *b)
{
    bool same = a->count == b->count;

    for (uint32_t i = 0; same && i < a->count; i++)
        same = a->counts[i].count == b->counts[i].count &&
               a->counts[i].last == b->counts[i].last &&
               lede_value_compare(a->counts[i].value, b->counts[i].value) == 0;
    return same;
}

static bool is_fair_total(const lede_engine_search *search, uint64_t total,
                          const lede_engine_results *got)
{
    if (got->total_exact)
        return got->total == total;
    return !search->count_all && got->total <= total &&
           got->total >= got->count;
}

const char *likeness_of_page(const lede_engine_search *search,
                             const lede_engine_results *all, uint32_t first,
                             const lede_engine_results *got)
{
    uint32_t left = all->count > first ? all->count - first : 0;

    if (got->partial || !got->scores_exact)
        return "exactness";
    if (!is_fair_total(search, all->total, got))
        return "total";
    if (got->count != (left < search->want ? left : search->want))
        return "count";
    for (uint32_t i = 0; i < got->count; i++)
        if (!same_hit(search, &all->hits[first + i], &got->hits[i]))
            return "hit";
    for (uint32_t i = 0; i < search->facet_count; i++)
        if (!same_facet(&all->facets[i], &got->facets[i]))
            return "facet";
    return NULL;
}

const char *likeness(const lede_engine_search *search,
                     const lede_engine_results *right,
                     const lede_engine_results *got)
{
    if (!is_fair_total(search, right->total, got))
        return "total";
    if (got->count != right->count)
        return "count";
    return likeness_of_page(search, right, 0, got);
}
