/*
 * support/crowd.h - thousands of small articles, the same ones in memory and in
 * native indexes of one segment, of some and of many.
 *
 *     crowd_open(&crowd, CROWD_TIES, 20000, 10, &chance);
 *     crowd.view[CROWD_MEMORY], crowd.view[CROWD_ONE], ...
 *     crowd.stock                        what to ask for: support/plan_draw.h
 *     crowd_close(&crowd);
 *
 * All get the same calls, so keys and sequences are the same. A program that
 * uses it links lede_merge_choose wrapped, so that no segments become one
 * unless they are told to.
 */
#ifndef LEDE_TESTS_CROWD_H
#define LEDE_TESTS_CROWD_H

#include "api/index.h"
#include "io/dir.h"
#include "lede/lede.h"
#include "support/chance.h"
#include "support/passages.h"
#include "support/plan_draw.h"

typedef enum crowd_kind {
    CROWD_TIES, /* a few words, in texts of one length: equal scores in masses */
    CROWD_SKEWED, /* frequencies and lengths far apart, words in clusters */
    CROWD_REAL,   /* pieces of real text in several languages */
    CROWD_KINDS
} crowd_kind;

enum { CROWD_MEMORY, CROWD_ONE, CROWD_SOME, CROWD_MANY, CROWD_INDEXES };

#define CROWD_SOME_SEGMENTS 3U
#define CROWD_MANY_SEGMENTS 17U

typedef struct crowd {
    crowd_kind kind;
    uint32_t articles; /* that are there */
    lede_index *index[CROWD_INDEXES];
    lede_view *view[CROWD_INDEXES];
    lede_dir *dir[CROWD_INDEXES];
    plan_stock stock;
    lede_arena *arena; /* of the stock */
} crowd;

/* One in `gone` is replaced or deleted; 0: none, and one that is deleted is
 * pending in all but CROWD_ONE. Fails the test where a call does. `text` is
 * for CROWD_REAL. */
void crowd_open(crowd *made, crowd_kind kind, uint32_t articles, uint32_t gone,
                const passages *text, chance *c);
void crowd_close(crowd *c);

#endif
