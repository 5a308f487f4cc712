/*
 * article/passage.h - the parts of a text that show most of what was matched.
 *
 * The best passage shows the leaves worth most, then most of their marks, then
 * comes first. Two or three shorter ones are taken instead where they show
 * more. Each begins and ends at a sentence where one is near, else at a word,
 * and shows no mark in part but one longer than itself.
 */
#ifndef LEDE_ARTICLE_PASSAGE_H
#define LEDE_ARTICLE_PASSAGE_H

#include "article/mark.h"

#define LEDE_PASSAGES_MAX 3

/* Bytes of one value; cut where it is neither the value's nor a sentence's. */
typedef struct lede_passage {
    uint32_t value;
    size_t begin;
    size_t end;
    bool cut_before;
    bool cut_after;
} lede_passage;

typedef struct lede_passage_source {
    const lede_bytes *values;
    uint32_t value_count;
    lede_marks marks;
    const double *worths; /* by leaf */
    uint32_t leaf_count;
} lede_passage_source;

/* Chooses passages of at most `bytes` together, in text order; none of an empty
 * text. NOMEM. */
lede_status lede_passage_choose(lede_passage out[LEDE_PASSAGES_MAX],
                                uint32_t *count,
                                const lede_passage_source *source, size_t bytes,
                                lede_arena *scratch);

/* What all leaves that have a mark are worth together. */
lede_status lede_passage_worth(double *worth, const lede_passage_source *source,
                               lede_arena *scratch);

#endif
