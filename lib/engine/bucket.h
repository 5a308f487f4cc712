/*
 * engine/bucket.h - the hour, day, week, month or year around a second, UTC.
 */
#ifndef LEDE_ENGINE_BUCKET_H
#define LEDE_ENGINE_BUCKET_H

#include "lede/search.h"

/* The first and last second of the bucket that holds `second`; bounds beyond
 * int64 are its ends. LEDE_BUCKET_VALUE is the second itself. */
void lede_bucket_around(lede_bucket bucket, int64_t second, int64_t *first,
                        int64_t *last);

#endif
