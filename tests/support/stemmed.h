/*
 * support/stemmed.h - what peers do: an index of stems, ranked by BM25.
 *
 * The yardstick of relevance tests. It reads words as lede does, but puts the
 * stem of each into the index in its place, so that a query word has one term.
 */
#ifndef LEDE_TESTS_STEMMED_H
#define LEDE_TESTS_STEMMED_H

#include "support/judged.h"

typedef struct stemmed stemmed;

/* Title and text of an article are one field. */
stemmed *stemmed_new(const judged *set);
void stemmed_free(stemmed *index);

/* A judged_rank; ctx is the index. k1 = 1.2, b = 0.75. */
size_t stemmed_rank(void *index, const judged_query *query, uint32_t *places);

#endif
