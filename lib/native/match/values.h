/*
 * native/match/values.h - the values of a field in all parts of a snapshot, as
 * numbers in one order.
 *
 *     lede_values_open(&values, snapshot, field, budget, arena, err);
 *     places = lede_values_of(values, part, doc);
 *     for (uint32_t at = places.from; at < places.to; at++)
 *         number = lede_values_at(values, part, at);
 *     lede_values_value(values, number, &value, arena);
 *
 * Numbers of all parts compare as the values do. Those of a keyword are ranks
 * among the keywords of the snapshot, which it keeps; they are odd, so that a
 * keyword which is not there has a place between.
 *
 * Memory    Lives in the arena, borrows the snapshot.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_MATCH_VALUES_H
#define LEDE_NATIVE_MATCH_VALUES_H

#include "native/index/keywords.h"
#include "native/index/vocabulary.h"

/* Where the values of one document are in a column: [from, to). */
typedef struct lede_places {
    uint32_t from;
    uint32_t to;
} lede_places;

lede_places lede_places_of(const lede_segment_values *values, uint32_t doc);

/* The last document, below `documents`, of those from doc on whose values all
 * lie in the block of the column where the first of doc's does; doc itself where
 * its own lie in more. */
uint32_t lede_places_together(const lede_segment_values *values, uint32_t doc,
                              uint32_t documents);

/* The number of an int, double or date in a column. */
uint64_t lede_values_code(const lede_value *value);

typedef struct lede_values lede_values;

/* *out is NULL for a field that is not there or has no column. */
lede_status lede_values_open(lede_values **out,
                             const lede_native_snapshot *snapshot,
                             uint32_t field, lede_budget *budget,
                             lede_arena *arena, lede_error *err);

lede_places lede_values_of(const lede_values *values, uint32_t part,
                           uint32_t doc);
uint64_t lede_values_at(const lede_values *values, uint32_t part, uint32_t at);

/* The column of a part, whose numbers are, of a keyword, its place among those
 * of the part. */
const lede_segment_values *lede_values_column(const lede_values *values,
                                              uint32_t part);

/* How many keywords a part has; 0 of other fields. */
uint64_t lede_values_keywords(const lede_values *values, uint32_t part);

/* Of a number in the column of a part; of a keyword that is none, of the last
 * one. */
uint64_t lede_values_number_of(const lede_values *values, uint32_t part,
                               uint64_t number);

/* The least or the greatest value of a document; false without one. `values`
 * may be NULL. */
bool lede_values_first(const lede_values *values, uint32_t part, uint32_t doc,
                       bool descending, uint64_t *number);

/* Bounds of the values of documents from target to *until, both included;
 * *until is chosen here. False where none of them has any. `values` may be NULL;
 * *until is not set then. */
bool lede_values_bounds(const lede_values *values, uint32_t part,
                        uint32_t target, uint32_t *until, uint64_t *min,
                        uint64_t *max);

/* The number that a value has or, if no document has it, would have. */
lede_status lede_values_number(const lede_values *values,
                               const lede_value *value, uint64_t *number);

/* The value that a number stands for; texts live in the arena. */
lede_status lede_values_value(lede_values *values, uint64_t number,
                              lede_value *value, lede_arena *arena);

#endif
