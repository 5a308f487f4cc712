/*
 * query/when.h - dates as people ask for them.
 *
 *     lede_when_parse("-7d", 3, now, &first, &last)     the day a week ago
 *
 * What lede_date_parse reads, and relative to `now` (seconds since 1970), in
 * any case: `now`, the second; `today`, `yesterday`, `tomorrow`, days; -N or +N
 * with min or h, the second so many minutes or hours away, or with d, w, m, y,
 * the day so many days, weeks, months or years away (the last of its month if
 * that has no such day).
 */
#ifndef LEDE_QUERY_WHEN_H
#define LEDE_QUERY_WHEN_H

#include "lede/status.h"

/* The first and the last second meant; LEDE_ERR_INVALID if it is no date. */
lede_status lede_when_parse(const char *text, size_t len, int64_t now,
                            int64_t *first, int64_t *last);

#endif
