#include "native/match/finder.h"

#include "base/error.h"
#include "native/index/vocabulary.h"
#include "native/match/filter.h"
#include "native/match/group.h"
#include "native/match/intervals.h"
#include "native/match/join.h"

/* As deep as the query is, which its limits bound; so is what is below. */
static lede_status allow(const lede_plan *plan, const lede_schema *schema,
                         bool inside, lede_error *err)
{
    lede_status status = LEDE_OK;

    for (uint32_t i = 0; inside && i < plan->term_count; i++) {
        const lede_field *field =
            lede_schema_field(schema, plan->terms[i].field);

        if (field && !lede_field_has_positions(field))
            return lede_fail(err, LEDE_ERR_UNSUPPORTED, field->name,
                             "the field has no positions");
    }
    for (uint32_t i = 0; status == LEDE_OK && i < plan->count; i++)
        status = allow(plan->nodes[i], schema, lede_plan_is_span(plan), err);
    return status;
}

lede_status lede_finder_allow(const lede_plan *plan, const lede_schema *schema,
                              lede_error *err)
{
    return allow(plan, schema, false, err);
}

/* ---- Terms -------------------------------------------------------------- */

#define FOUND 16U /* the last ones */

typedef struct found_term {
    uint32_t space;
    lede_bytes term; /* of the plan, which stays where it is */
    lede_status status;
    lede_terms_entry entry;
} found_term;

struct lede_found_terms {
    uint32_t count;
    found_term at[FOUND];
};

lede_status lede_matcher_cursor(lede_matcher *matcher)
{
    return matcher->cursor
               ? LEDE_OK
               : lede_terms_cursor_new(&matcher->cursor,
                                       lede_segment_terms(matcher->segment),
                                       lede_arena_allocator(matcher->arena));
}

static const found_term *find_again(const lede_found_terms *found,
                                    uint32_t space, lede_bytes term)
{
    uint32_t count = found->count < FOUND ? found->count : FOUND;

    for (uint32_t i = 0; i < count; i++)
        if (found->at[i].term.at == term.at && found->at[i].space == space &&
            found->at[i].term.len == term.len)
            return &found->at[i];
    return NULL;
}

/* Looks where it was found last, or in the dictionary. */
static lede_status find_anew(lede_matcher *matcher, uint32_t space,
                             lede_bytes term, lede_terms_entry *entry)
{
    lede_found_terms *found = matcher->found;
    const found_term *again;
    found_term *made;
    lede_status status = lede_matcher_cursor(matcher);

    if (status != LEDE_OK)
        return status;
    if (!found) {
        found = lede_arena_alloc(matcher->arena, sizeof *found);
        if (!found)
            return lede_arena_status(matcher->arena);
        found->count = 0;
        matcher->found = found;
    }
    again = find_again(found, space, term);
    if (!again) {
        made = &found->at[found->count++ % FOUND];
        made->space = space;
        made->term = term;
        made->status =
            lede_terms_find(matcher->cursor, space, term, &made->entry);
        again = made;
    }
    if (again->status == LEDE_OK)
        *entry = again->entry;
    return again->status;
}

lede_status lede_matcher_find(lede_matcher *matcher, lede_space space,
                              const lede_plan_term *term,
                              lede_terms_entry *entry)
{
    return term->place
               ? lede_vocabulary_find(entry, term->place, matcher->part)
               : find_anew(matcher, lede_space_number(term->field, space),
                           term->term, entry);
}

void *lede_finder_room(lede_matcher *matcher, size_t size)
{
    lede_finder *finder = lede_arena_zero(matcher->arena, size);

    if (finder) {
        finder->matcher = matcher;
        finder->most = UINT32_MAX;
    } else {
        (void)lede_matcher_fail(matcher, lede_arena_status(matcher->arena));
    }
    return finder;
}

uint32_t lede_finder_pass(lede_finder *finder, uint32_t target, uint32_t needed)
{
    uint32_t until;

    while (lede_finder_bound(finder, target, &until) < needed) {
        if (until >= LEDE_DOC_END - 1 ||
            !lede_matcher_spend(finder->matcher, 1))
            return LEDE_DOC_END;
        target = until + 1;
    }
    return target;
}

static uint32_t keep_plainly(lede_finder *finder, uint32_t base,
                             uint64_t *words)
{
    uint32_t end = lede_window_end(base), bit = lede_window_next(words, 0);

    while (bit < LEDE_WINDOW) {
        uint32_t doc = lede_finder_seek(finder, base + bit);
        uint32_t found = doc < end ? doc - base : LEDE_WINDOW;

        lede_window_clear_all(words, bit, found);
        bit = lede_window_next(words, found);
        if (bit == found && bit < LEDE_WINDOW) {
            if (!lede_finder_check(finder))
                lede_window_clear(words, bit);
            bit = lede_window_next(words, bit + 1);
        }
        if (!lede_matcher_spend(finder->matcher, 1))
            return LEDE_DOC_END;
    }
    return finder->doc > end ? finder->doc : end;
}

uint32_t lede_finder_keep(lede_finder *finder, uint32_t base, uint64_t *words)
{
    return finder->keep ? finder->keep(finder, base, words)
                        : keep_plainly(finder, base, words);
}

static lede_status new_join(lede_finder **out, lede_matcher *matcher,
                            const lede_plan *plan)
{
    lede_finder **parts =
        lede_arena_array(matcher->arena, plan->count, sizeof(lede_finder *));

    if (!parts)
        return lede_arena_status(matcher->arena);
    if (plan->count == 0)
        return lede_filter_every(out, matcher, plan->kind == LEDE_PLAN_AND);
    for (uint32_t i = 0; i < plan->count; i++) {
        lede_status status =
            lede_finder_new(&parts[i], matcher, plan->nodes[i]);

        if (status != LEDE_OK)
            return status;
    }
    return lede_join_new(out, matcher, plan, parts, plan->count);
}

static lede_status new_group(lede_finder **out, lede_matcher *matcher,
                             const lede_plan *plan)
{
    lede_group *group;
    lede_status status = lede_group_new(&group, matcher, plan, LEDE_NO_FIELD);

    if (status == LEDE_OK)
        *out = &group->finder;
    return status;
}

static lede_status new_one(lede_finder **out, lede_matcher *matcher,
                           const lede_plan *plan)
{
    lede_finder *of = NULL;
    lede_status status = lede_finder_new(&of, matcher, plan->nodes[0]);

    return status == LEDE_OK ? lede_join_one(out, matcher, plan, of) : status;
}

lede_status lede_finder_new(lede_finder **out, lede_matcher *matcher,
                            const lede_plan *plan)
{
    switch (plan->kind) {
    case LEDE_PLAN_NOTHING:
    case LEDE_PLAN_EVERYTHING:
        return lede_filter_every(out, matcher,
                                 plan->kind == LEDE_PLAN_EVERYTHING);
    case LEDE_PLAN_WORD:
        return new_group(out, matcher, plan);
    case LEDE_PLAN_PHRASE:
    case LEDE_PLAN_NEAR:
    case LEDE_PLAN_EITHER:
        return lede_intervals_new(out, matcher, plan);
    case LEDE_PLAN_EQUALS:
    case LEDE_PLAN_RANGE:
    case LEDE_PLAN_EXISTS:
    case LEDE_PLAN_KEY:
        return lede_filter_new(out, matcher, plan);
    case LEDE_PLAN_AND:
    case LEDE_PLAN_OR:
    case LEDE_PLAN_BEST:
        return new_join(out, matcher, plan);
    case LEDE_PLAN_NOT:
    case LEDE_PLAN_OPTIONAL:
    case LEDE_PLAN_CONSTANT:
        return new_one(out, matcher, plan);
    }
    return LEDE_ERR_UNSUPPORTED;
}
