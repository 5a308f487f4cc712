/*
 * article/bounds.h - the ends of a range, read as what its field holds.
 *
 * Text for dates is what query/when.h reads, each end covering the whole period
 * that it names.
 */
#ifndef LEDE_ARTICLE_BOUNDS_H
#define LEDE_ARTICLE_BOUNDS_H

#include "base/arena.h"
#include "lede/document.h"
#include "lede/status.h"

typedef struct lede_bounds {
    lede_value min, max; /* of the field's kind, or LEDE_NONE: open */
    bool empty;          /* nothing lies between */
} lede_bounds;

/* Reads min and max, of kind NONE, STORED (text), INT or DOUBLE, as bounds in a
 * field of `kind`, which is KEYWORD, INT, DOUBLE or DATE, and puts those in
 * their place. INVALID, saying which text is none. Text is borrowed or in the
 * arena. */
lede_status lede_bounds_read(lede_bounds *bounds, lede_kind kind,
                             int64_t now_seconds, lede_arena *arena,
                             lede_error *err);

/* All values that begin with a text. */
lede_status lede_bounds_of_prefix(lede_bounds *out, const char *text,
                                  size_t len, lede_arena *arena);

#endif
