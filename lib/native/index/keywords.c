#include "native/index/keywords.h"

#include <stdatomic.h>

#include "base/error.h"
#include "native/index/vocabulary.h"

/* Ranks of each part, to be filled in. Terms take bytes of a file, so that
 * their number times a few does not pass 64 bits. */
static lede_status make_room(lede_keywords *k,
                             const lede_native_snapshot *snapshot,
                             uint32_t space, lede_budget *budget)
{
    k->ranks = lede_arena_array(k->arena, snapshot->count, sizeof(uint64_t *));
    k->counts = lede_arena_array(k->arena, snapshot->count, sizeof *k->counts);
    if (!k->ranks || !k->counts)
        return lede_arena_status(k->arena);
    for (uint32_t i = 0; i < snapshot->count; i++) {
        uint64_t count =
            lede_vocabulary_terms(snapshot->parts[i].segment, space);
        lede_status status =
            lede_budget_take(budget, count * 3 * sizeof(uint64_t));

        if (status != LEDE_OK)
            return status;
        k->counts[i] = count;
        k->ranks[i] =
            lede_arena_array(k->arena, (size_t)count, sizeof *k->ranks[i]);
        if (!k->ranks[i])
            return lede_arena_status(k->arena);
    }
    return LEDE_OK;
}

static lede_status add(lede_keywords *k, const lede_vocabulary_merge *merge)
{
    if (!lede_arena_grow(k->arena, &k->at, &k->capacity, k->count + 1,
                         sizeof *k->at))
        return lede_arena_status(k->arena);
    for (uint32_t i = 0; i < merge->count; i++) {
        const lede_vocabulary_source *source = &merge->sources[i];
        uint64_t ordinal;

        if (!source->at_term)
            continue;
        ordinal = lede_terms_cursor_ordinal(source->cursor);
        if (ordinal >= k->counts[i])
            return LEDE_ERR_CORRUPT;
        k->ranks[i][ordinal] = k->count;
        k->at[k->count] = (lede_keyword){ i, ordinal };
    }
    k->count++;
    return LEDE_OK;
}

/* The cursors that merge live in an arena of their own. */
static lede_status rank(lede_keywords *k, const lede_native_snapshot *snapshot,
                        uint32_t space, lede_budget *budget, lede_arena *arena)
{
    lede_vocabulary_merge merge;
    lede_status status = make_room(k, snapshot, space, budget);
    bool more = true;

    if (status == LEDE_OK)
        status = lede_vocabulary_merge_init(&merge, snapshot, space,
                                            lede_bytes_of("", 0), arena);
    while (status == LEDE_OK) {
        status = lede_vocabulary_merge_next(&merge, &more);
        if (!more)
            break;
        if (status == LEDE_OK)
            status = add(k, &merge);
        if (status == LEDE_OK)
            status = lede_budget_spend(budget, 1 + merge.count);
    }
    return status;
}

static lede_status make(lede_keywords **out,
                        const lede_native_snapshot *snapshot, uint32_t field,
                        lede_budget *budget)
{
    lede_arena *arena = lede_arena_new(snapshot->allocator);
    lede_arena *cursors = lede_arena_new(snapshot->allocator);
    lede_keywords *made = arena ? lede_arena_zero(arena, sizeof *made) : NULL;
    lede_status status = LEDE_ERR_NOMEM;

    if (made && cursors) {
        made->arena = arena;
        status =
            rank(made, snapshot, lede_space_number(field, LEDE_SPACE_VALUES),
                 budget, cursors);
    }
    lede_arena_free(cursors);
    if (status == LEDE_OK)
        *out = made;
    else
        lede_arena_free(arena);
    return status;
}

void lede_keywords_free(lede_keywords *keywords)
{
    if (keywords)
        lede_arena_free(keywords->arena);
}

lede_status lede_keywords_of(const lede_keywords **out,
                             const lede_native_snapshot *snapshot,
                             uint32_t field, lede_budget *budget,
                             lede_error *err)
{
    lede_keywords *_Atomic *slot = &snapshot->keywords[field];
    lede_keywords *made = atomic_load(slot), *none = NULL;
    lede_status status;

    if (!made) {
        status = make(&made, snapshot, field, budget);
        if (status != LEDE_OK)
            return lede_fail_plain(err, status);
        if (!atomic_compare_exchange_strong(slot, &none, made)) {
            lede_keywords_free(made);
            made = none;
        }
    }
    *out = made;
    return LEDE_OK;
}
