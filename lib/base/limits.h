/*
 * base/limits.h - limits with their zeros filled in.
 *
 *     lede_limits_read(&limits, options.limits, &index->limits, err);
 */
#ifndef LEDE_BASE_LIMITS_H
#define LEDE_BASE_LIMITS_H

#include "lede/limits.h"

/* Those of lede/limits.h, complete; static. */
const lede_limits *lede_limits_default(void);

/*
 * Completes the limits a caller gave (NULL: none) with those of `base`, which
 * are complete (NULL: the defaults). LEDE_ERR_INVALID, naming the limit, for
 * one above `base` where that is sealed; the statuses of base/options.h.
 * *out is complete in any case.
 */
lede_status lede_limits_read(lede_limits *out, const lede_limits *given,
                             const lede_limits *base, lede_error *err);

#endif
