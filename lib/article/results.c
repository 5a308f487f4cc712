#include "article/results.h"

lede_status lede_answer_new(lede_answer **out, const lede_allocator *allocator,
                            uint64_t memory_bytes)
{
    lede_arena arena;
    lede_answer *answer;

    lede_arena_init(&arena, allocator, LEDE_ARENA_FIRST);
    lede_arena_limit(&arena, memory_bytes);
    answer = lede_arena_zero(&arena, sizeof *answer);
    if (!answer)
        return lede_arena_status(&arena);
    answer->arena = arena;
    *out = answer;
    return LEDE_OK;
}

void lede_results_free(lede_results *results)
{
    lede_answer *answer = (lede_answer *)results;
    lede_arena arena;

    if (!answer)
        return;
    for (uint32_t i = 0; i < answer->document_count; i++)
        lede_document_free(answer->documents[i]);
    arena = answer->arena;
    lede_arena_fini(&arena);
}

static bool copy_text(const char **out, lede_arena *arena, lede_bytes text)
{
    *out = lede_arena_text(arena, text.at, text.len);
    return *out != NULL;
}

static bool copy_value(const lede_value **out, lede_arena *arena,
                       const lede_value *value)
{
    lede_value *copy = lede_arena_alloc(arena, sizeof *copy);

    if (!copy)
        return false;
    *copy = *value;
    *out = copy;
    return copy_text(&copy->text, arena,
                     lede_bytes_of(value->text, value->len));
}

static bool take_hit(lede_answer *answer, uint32_t at,
                     const lede_engine_hit *hit)
{
    lede_hit *face = &answer->hits[at].face;

    face->key_len = hit->key.len;
    face->score = hit->score;
    face->document = lede_document_empty();
    face->snippet = "";
    face->collapsed = hit->collapsed;
    return copy_text(&face->key, &answer->arena, hit->key);
}

static bool take_hits(lede_answer *answer, const lede_engine_results *found,
                      const lede_engine_hit *extra)
{
    uint32_t count = found->count + (extra != NULL);

    answer->hits =
        lede_arena_array(&answer->arena, count, sizeof *answer->hits);
    answer->documents =
        lede_arena_array(&answer->arena, count, sizeof *answer->documents);
    if (!answer->hits || !answer->documents)
        return false;
    for (uint32_t i = 0; i < found->count; i++)
        if (!take_hit(answer, i, &found->hits[i]))
            return false;
    answer->document_count = count;
    answer->face.count = found->count;
    if (extra && !take_hit(answer, found->count, extra))
        return false;
    answer->face.explained = extra ? &answer->hits[found->count].face : NULL;
    return true;
}

static bool copy_facet(lede_engine_facet *out, lede_arena *arena,
                       const lede_engine_facet *facet)
{
    lede_facet_count *counts =
        lede_arena_array(arena, facet->count, sizeof *counts);

    if (!counts)
        return false;
    for (uint32_t i = 0; i < facet->count; i++) {
        counts[i] = facet->counts[i];
        if (!copy_value(&counts[i].value, arena, facet->counts[i].value))
            return false;
    }
    *out = (lede_engine_facet){ counts, facet->count };
    return true;
}

static bool take_facets(lede_answer *answer, const lede_engine_results *found,
                        uint32_t count)
{
    lede_engine_facet *facets =
        lede_arena_array(&answer->arena, count, sizeof *facets);

    if (!facets)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!copy_facet(&facets[i], &answer->arena, &found->facets[i]))
            return false;
    answer->facets = facets;
    answer->facet_count = count;
    return true;
}

static bool take_shards(lede_answer *answer, const lede_shard *shards,
                        uint32_t count)
{
    lede_shard *copies =
        lede_arena_array(&answer->arena, count, sizeof *copies);

    if (!copies)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = shards[i];
        if (!copy_text(&copies[i].address, &answer->arena,
                       lede_bytes_of_text(shards[i].address)) ||
            !copy_text(&copies[i].message, &answer->arena,
                       lede_bytes_of_text(shards[i].message)))
            return false;
        if (shards[i].status == LEDE_OK)
            answer->face.shards_ok++;
        else
            answer->face.shards_failed++;
    }
    answer->shards = copies;
    answer->shard_count = count;
    return true;
}

lede_status lede_answer_take(lede_answer *answer,
                             const lede_engine_results *found,
                             uint32_t facet_count, const lede_engine_hit *extra,
                             const lede_view *view)
{
    const lede_engine_description *known = view->description;
    bool own = found->shards != NULL;

    answer->face.total = found->total;
    answer->face.total_exact = found->total_exact;
    answer->face.scores_exact = found->scores_exact;
    answer->face.partial = found->partial;
    answer->face.generation = known->generation;
    if (take_hits(answer, found, extra) &&
        take_facets(answer, found, facet_count) &&
        take_shards(answer, own ? found->shards : known->shards,
                    own ? found->shard_count : known->shard_count))
        return LEDE_OK;
    return lede_arena_status(&answer->arena);
}

const lede_hit *lede_results_hit(const lede_results *results, size_t at)
{
    const lede_answer *answer = (const lede_answer *)results;

    return answer && at < results->count ? &answer->hits[at].face : NULL;
}

const lede_facet_count *lede_results_facet(const lede_results *results,
                                           size_t facet, size_t at)
{
    const lede_answer *answer = (const lede_answer *)results;

    if (!answer || facet >= answer->facet_count ||
        at >= answer->facets[facet].count)
        return NULL;
    return &answer->facets[facet].counts[at];
}

const lede_shard *lede_results_shard(const lede_results *results, size_t at)
{
    const lede_answer *answer = (const lede_answer *)results;

    return answer && at < answer->shard_count ? &answer->shards[at] : NULL;
}

const lede_explanation *lede_hit_explain(const lede_hit *hit, size_t at)
{
    const lede_found *found = (const lede_found *)hit;

    return found && at < found->line_count ? &found->lines[at] : NULL;
}
