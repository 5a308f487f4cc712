#include "memory/collect.h"

#include <stdlib.h>

#include "engine/bucket.h"

/* ---- Order -------------------------------------------------------------- */

static int compare_values(const lede_value *a, const lede_value *b,
                          bool descending)
{
    bool missing = a->kind == LEDE_NONE;

    if (missing || b->kind == LEDE_NONE)
        return missing - (b->kind == LEDE_NONE);
    return descending ? lede_value_compare(b, a) : lede_value_compare(a, b);
}

static int compare_ties(const lede_engine_hit *a, const lede_engine_hit *b,
                        lede_ties ties)
{
    bool newer = a->sequence > b->sequence, older = a->sequence < b->sequence;

    if (ties == LEDE_TIES_NEWEST && (newer || older))
        return newer ? -1 : 1;
    if (ties == LEDE_TIES_OLDEST && (newer || older))
        return older ? -1 : 1;
    return lede_bytes_compare(a->key, b->key);
}

static int compare_hits(const lede_engine_search *search,
                        const lede_engine_hit *a, const lede_engine_hit *b)
{
    for (uint32_t i = 0; i < search->sort_count; i++) {
        int order = compare_values(&a->values[i], &b->values[i],
                                   search->sort[i].descending);

        if (order)
            return order;
    }
    if (search->sort_count == 0 && (a->score < b->score || a->score > b->score))
        return a->score > b->score ? -1 : 1;
    return compare_ties(a, b, search->ties);
}

static int by_order(const void *left, const void *right)
{
    const lede_memory_found *a = left, *b = right;

    return compare_hits(a->search, &a->hit, &b->hit);
}

void lede_memory_order(lede_memory_matches *matches)
{
    if (matches->count)
        qsort(matches->at, matches->count, sizeof *matches->at, by_order);
    for (uint32_t i = 0; i < matches->count; i++)
        matches->at[i].rank = i;
}

/* ---- Groups ------------------------------------------------------------- */

static int by_group_then_rank(const void *left, const void *right)
{
    const lede_memory_found *a = *(lede_memory_found *const *)left;
    const lede_memory_found *b = *(lede_memory_found *const *)right;
    int order = compare_values(&a->group, &b->group, false);

    return order ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

lede_status lede_memory_collapse(lede_memory_matches *matches)
{
    uint32_t count = matches->count, limit = matches->search->collapse_limit;
    lede_memory_found **grouped =
        lede_arena_array(matches->arena, count, sizeof(lede_memory_found *));
    uint32_t size;

    if (!grouped)
        return lede_arena_status(matches->arena);
    for (uint32_t i = 0; i < count; i++)
        grouped[i] = &matches->at[i];
    if (count)
        qsort(grouped, count, sizeof(lede_memory_found *), by_group_then_rank);
    for (uint32_t i = 0; i < count; i += size) {
        const lede_value *group = &grouped[i]->group;

        if (group->kind == LEDE_NONE)
            break;
        size = 1;
        while (i + size < count &&
               compare_values(&grouped[i + size]->group, group, false) == 0)
            size++;
        for (uint32_t at = 0; at < size; at++) {
            grouped[i + at]->hidden = at >= limit;
            grouped[i + at]->hit.collapsed = size > limit ? size - limit : 0;
        }
    }
    return LEDE_OK;
}

/* ---- Pages -------------------------------------------------------------- */

static bool copy_value(lede_value *value, lede_arena *arena)
{
    value->text = lede_arena_text(arena, value->text, value->len);
    return value->text != NULL;
}

static bool copy_hit(lede_engine_hit *to, const lede_engine_hit *from,
                     uint32_t value_count, lede_arena *arena)
{
    lede_value *values = lede_arena_array(arena, value_count, sizeof *values);

    *to = *from;
    to->key.at = (uint8_t *)lede_arena_text(arena, from->key.at, from->key.len);
    if (!to->key.at || !values)
        return false;
    to->values = values;
    for (uint32_t i = 0; i < value_count; i++) {
        values[i] = from->values[i];
        if (!copy_value(&values[i], arena))
            return false;
    }
    return true;
}

static bool is_shown(const lede_engine_search *search,
                     const lede_memory_found *found)
{
    return !found->hidden &&
           (!search->after ||
            compare_hits(search, &found->hit, search->after) > 0);
}

lede_status lede_memory_page(lede_engine_results *results,
                             const lede_memory_matches *matches,
                             lede_arena *arena)
{
    const lede_engine_search *search = matches->search;
    uint32_t count = matches->count;
    uint32_t room = search->want < count ? search->want : count;
    lede_engine_hit *hits = lede_arena_array(arena, room, sizeof *hits);

    if (!hits)
        return lede_arena_status(arena);
    results->hits = hits;
    results->count = 0;
    for (uint32_t i = 0; i < count && results->count < room; i++)
        if (is_shown(search, &matches->at[i]) &&
            !copy_hit(&hits[results->count++], &matches->at[i].hit,
                      search->sort_count, arena))
            return lede_arena_status(arena);
    return LEDE_OK;
}

/* ---- Counts ------------------------------------------------------------- */

/* One value of one article, or the bucket it falls in. */
typedef struct mention {
    lede_value value;
    int64_t last;
    uint32_t article;
} mention;

typedef struct tally {
    mention *mentions;
    size_t capacity;
    size_t count;
    lede_arena *arena;
} tally;

static int by_value_then_article(const void *left, const void *right)
{
    const mention *a = left, *b = right;
    int order = lede_value_compare(&a->value, &b->value);

    return order ? order
                 : (a->article > b->article) - (a->article < b->article);
}

static bool list_mentions(tally *t, const lede_memory_matches *matches,
                          const lede_facet_key *key, const lede_field *field)
{
    for (uint32_t i = 0; i < matches->count; i++) {
        const lede_memory_article *article = matches->at[i].article;
        const lede_value *value;
        size_t at = 0;

        while ((value = lede_memory_article_value(article, field, &at))) {
            mention *m;

            if (!lede_arena_grow(t->arena, &t->mentions, &t->capacity,
                                 t->count + 1, sizeof *t->mentions))
                return false;
            m = &t->mentions[t->count++];
            *m = (mention){ .value = *value, .article = i };
            if (key->bucket != LEDE_BUCKET_VALUE)
                lede_bucket_around(key->bucket, value->number, &m->value.number,
                                   &m->last);
        }
    }
    if (t->count)
        qsort(t->mentions, t->count, sizeof *t->mentions,
              by_value_then_article);
    return true;
}

static int by_count_then_value(const void *left, const void *right)
{
    const lede_facet_count *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return lede_value_compare(a->value, b->value);
}

/* Articles for each distinct value, by rising value. */
static uint32_t count_values(lede_facet_count *counts, const tally *t)
{
    uint32_t distinct = 0;

    for (size_t i = 0; i < t->count; i++) {
        const mention *m = &t->mentions[i];
        bool again = i > 0 && lede_value_compare(&m[-1].value, &m->value) == 0;

        if (!again)
            counts[distinct++] = (lede_facet_count){ &m->value, m->last, 1 };
        else if (m[-1].article != m->article)
            counts[distinct - 1].count++;
    }
    return distinct;
}

static lede_status copy_counts(lede_engine_facet *out,
                               const lede_facet_count *counts, uint32_t count,
                               lede_arena *arena)
{
    lede_facet_count *copies = lede_arena_array(arena, count, sizeof *copies);
    lede_value *values = lede_arena_array(arena, count, sizeof *values);

    if (!copies || !values)
        return lede_arena_status(arena);
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = counts[i];
        values[i] = *counts[i].value;
        copies[i].value = &values[i];
        if (!copy_value(&values[i], arena))
            return lede_arena_status(arena);
    }
    *out = (lede_engine_facet){ copies, count };
    return LEDE_OK;
}

lede_status lede_memory_count(lede_engine_facet *out,
                              const lede_memory_matches *matches,
                              const lede_facet_key *key,
                              const lede_field *field, lede_arena *arena)
{
    tally t = { .arena = matches->arena };
    lede_facet_count *counts = NULL;
    uint32_t distinct;

    if (list_mentions(&t, matches, key, field))
        counts = lede_arena_array(t.arena, t.count, sizeof *counts);
    if (!counts)
        return lede_arena_status(t.arena);
    distinct = count_values(counts, &t);
    if (key->bucket == LEDE_BUCKET_VALUE && distinct)
        qsort(counts, distinct, sizeof *counts, by_count_then_value);
    return copy_counts(out, counts,
                       distinct < key->limit ? distinct : key->limit, arena);
}
