/*
 * native/match/finder.h - a plan, ready to be matched in one segment.
 *
 *     lede_finder_new(&finder, &matcher, plan);
 *     for (doc = lede_finder_seek(finder, 0); doc != LEDE_DOC_END;
 *          doc = lede_finder_seek(finder, doc + 1))
 *         if (lede_finder_check(finder))
 *             ... finder->points
 *     status = matcher.status;
 *
 * In two steps: seek moves to documents that may match, by what costs little;
 * check looks at positions and values. A join so asks for them only where all
 * of its parts may match.
 *
 * Errors    A failure ends all finders of the matcher, and stays in its status.
 * Memory    Finders live in the matcher's arena and need no closing.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_FINDER_H
#define LEDE_NATIVE_MATCH_FINDER_H

#include "engine/engine.h"
#include "native/index/snapshot.h"
#include "native/match/window.h"

/* Threads of a search share its budget; so they ask it now and then. */
#define LEDE_STEPS_GATHERED 64U

typedef struct lede_found_terms lede_found_terms;

/* What the finders of one plan in one segment share. */
typedef struct lede_matcher {
    const lede_segment *segment;
    uint32_t part; /* of the snapshot, which the segment is */
    const lede_schema *schema;
    uint32_t documents; /* of the segment */
    const lede_score_rule *rule;
    bool scores; /* false: points do not matter */
    lede_budget *budget;
    lede_terms_cursor *cursor; /* NULL at first: lede_matcher_cursor */
    lede_found_terms *found;   /* what was; NULL at first */
    lede_arena *arena;
    lede_arena *scratch; /* of one check; cleared by each */
    uint64_t steps;      /* not yet spent */
    lede_status status;
    lede_error *err;
} lede_matcher;

/* What a check looks at: nothing but what is at hand, another list, positions.
 * A join begins with those of least effort, and stops where the others cannot
 * make up for what is needed. */
typedef enum lede_effort {
    LEDE_EFFORT_NONE = 0,
    LEDE_EFFORT_SEEK,
    LEDE_EFFORT_POSITIONS
} lede_effort;

typedef struct lede_finder lede_finder;
struct lede_finder {
    uint32_t doc;       /* that may match; LEDE_DOC_END at the end */
    uint32_t points;    /* after a check that was true */
    uint64_t cost;      /* how many documents may match, about */
    uint32_t most;      /* no document has more points; UINT32_MAX: unknown */
    lede_effort effort; /* of check */
    lede_matcher *matcher;
    uint32_t (*seek)(lede_finder *finder, uint32_t target);
    bool (*check)(lede_finder *finder);
    /* NULL: `most`, to the end. */
    uint32_t (*bound)(lede_finder *finder, uint32_t target, uint32_t *until);
    /* NULL: it makes no use of it. */
    void (*demand)(lede_finder *finder, uint32_t needed);
    /* NULL: by seek and check. */
    uint32_t (*keep)(lede_finder *finder, uint32_t base, uint64_t *words);
};

/* Moves to the first document not below target that may match, and returns it;
 * a target at or below the present one leaves it. */
static inline uint32_t lede_finder_seek(lede_finder *finder, uint32_t target)
{
    if (finder->doc < target || target == 0)
        finder->doc = finder->seek(finder, target);
    return finder->doc;
}

/* Whether the present document matches; asked once of each. */
static inline bool lede_finder_check(lede_finder *finder)
{
    return finder->check(finder);
}

/* No document of target .. *until, both included, has more points than it
 * returns; documents without a match have none. *until is the finder's choice,
 * target or more, LEDE_DOC_END for all that are left. Reads block heads only,
 * and moves the finder nowhere. Targets of all calls and seeks do not fall. */
static inline uint32_t lede_finder_bound(lede_finder *finder, uint32_t target,
                                         uint32_t *until)
{
    if (target < finder->doc) {
        *until = finder->doc == LEDE_DOC_END ? LEDE_DOC_END : finder->doc - 1;
        return 0;
    }
    if (finder->bound)
        return finder->bound(finder, target, until);
    *until = LEDE_DOC_END;
    return finder->most;
}

/* The first document from target on that is in no range whose bound is below
 * `needed`; LEDE_DOC_END at the end. */
uint32_t lede_finder_pass(lede_finder *finder, uint32_t target,
                          uint32_t needed);

/* From now on documents with fewer points than `needed` may be passed over by
 * seek, and be refused by check; what is not refused has its exact points.
 * Never asked for less than before. */
static inline void lede_finder_demand(lede_finder *finder, uint32_t needed)
{
    if (finder->demand)
        finder->demand(finder, needed);
}

/* Matches a window whole, without points: of the documents base + i (base a
 * multiple of LEDE_WINDOW) whose bit i is set, clears those that do not match.
 * Returns the first document behind the window that may match. A finder is
 * either asked so, window after window, or by seek and check. */
uint32_t lede_finder_keep(lede_finder *finder, uint32_t base, uint64_t *words);

/* The first document behind a window; LEDE_DOC_END if it is the last. */
static inline uint32_t lede_window_end(uint32_t base)
{
    return base < LEDE_DOC_END - LEDE_WINDOW ? base + LEDE_WINDOW
                                             : LEDE_DOC_END;
}

/* Makes a plan ready. UNSUPPORTED is seen to before, by lede_finder_allow. */
lede_status lede_finder_new(lede_finder **out, lede_matcher *matcher,
                            const lede_plan *plan);

/* UNSUPPORTED if the plan asks for intervals in a field without positions. */
lede_status lede_finder_allow(const lede_plan *plan, const lede_schema *schema,
                              lede_error *err);

/* Ends all finders; returns LEDE_DOC_END. */
static inline uint32_t lede_matcher_fail(lede_matcher *matcher,
                                         lede_status status)
{
    if (matcher->status == LEDE_OK)
        matcher->status = status;
    return LEDE_DOC_END;
}

/* Spends what has gathered. */
static inline void lede_matcher_settle(lede_matcher *matcher)
{
    if (matcher->status == LEDE_OK)
        matcher->status = lede_budget_spend(matcher->budget, matcher->steps);
    matcher->steps = 0;
}

/* Spends from the budget, some steps at a time; false, once failed. Whoever made
 * the matcher settles in the end. */
static inline bool lede_matcher_spend(lede_matcher *matcher, uint64_t steps)
{
    matcher->steps += steps;
    if (matcher->steps >= LEDE_STEPS_GATHERED)
        lede_matcher_settle(matcher);
    return matcher->status == LEDE_OK;
}

/* Makes the matcher's cursor, if it has none yet; freed by its user. */
lede_status lede_matcher_cursor(lede_matcher *matcher);

/* The entry of a term of the plan, as lede_terms_find: by its place, or looked
 * for once, for several ways to match it ask for the same, one after another. */
lede_status lede_matcher_find(lede_matcher *matcher, lede_space space,
                              const lede_plan_term *term,
                              lede_terms_entry *entry);

/* Room for a finder with its own members behind it; NULL when memory ran out,
 * which the matcher knows then. */
void *lede_finder_room(lede_matcher *matcher, size_t size);

#endif
