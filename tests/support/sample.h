/*
 * support/sample.h - a few articles with fields of every kind, in several
 * scripts, put in several commits; and all that an index says of them.
 *
 *     schema = sample_schema();
 *     sample_write(index);                   commits, deletes, puts again
 *     text = sample_tell(snapshot, queries, count);      free it
 *
 * All fail the test where a call does.
 */
#ifndef LEDE_TESTS_SAMPLE_H
#define LEDE_TESTS_SAMPLE_H

#include "lede/lede.h"

#define SAMPLE_COUNT 96U

extern const char *const sample_queries[];
extern const uint32_t sample_query_count;

lede_schema *sample_schema(void);

/* Several segments, some with deletes; or one, where `optimize`. */
void sample_write(lede_index *index, bool optimize);

/* Every article with its values, then each query with the keys it finds, in
 * order, with their scores. */
char *sample_tell(const lede_snapshot *snapshot, const char *const *queries,
                  uint32_t count);

#endif
