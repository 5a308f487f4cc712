/*
 * support/thousands.h - thousands of articles in segments of several sizes, so
 * that lists have many blocks, and plans drawn over them.
 *
 *     thousands_open(&made, &chance);
 *     plan = thousands_plan(&chance, 3, made.arena);
 *     ... made.snapshot
 *     commits_close(&made);
 *
 * Words are few, frequent and rare; some stand in runs of articles only, where
 * these are long or short. Some articles are deleted.
 *
 * Memory    Plans live in the arena given.
 */
#ifndef TESTS_SUPPORT_THOUSANDS_H
#define TESTS_SUPPORT_THOUSANDS_H

#include "engine/engine.h"
#include "support/chance.h"
#include "support/commits.h"

/* Fields by place. */
enum {
    THOUSANDS_TITLE, /* weight 2 */
    THOUSANDS_BODY,
    THOUSANDS_NOTES, /* named only */
    THOUSANDS_TAG,   /* keyword, several */
    THOUSANDS_N,     /* int, rising with the articles, some lack it */
    THOUSANDS_M,     /* int, at random, several */
    THOUSANDS_DATE,
    THOUSANDS_FIELDS
};

#define THOUSANDS_SEGMENTS 3U
#define THOUSANDS_ARTICLES 5200U
#define THOUSANDS_NOW      INT64_C(400000000) /* within the dates */

void thousands_open(commits *made, chance *c);

/* As deep as `depth`. */
const lede_plan *thousands_plan(chance *c, uint32_t depth, lede_arena *arena);

/* A search for all its matches, by score. Often the usual rule; else one by
 * which lengths or frequencies matter not at all, or much more. */
lede_engine_search thousands_search(const lede_plan *plan, chance *c);

/* A plan as text in the arena, for messages. */
const char *thousands_print(const commits *made, const lede_plan *plan);

#endif
