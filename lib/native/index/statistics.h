/*
 * native/index/statistics.h - where the bytes of a commit go.
 *
 * Sections of a segment that keep several fields one after another, as
 * dictionary and lists do, are told by field; one walk over all terms finds
 * where each begins. The sum of all sections is that of all files.
 */
#ifndef LEDE_NATIVE_INDEX_STATISTICS_H
#define LEDE_NATIVE_INDEX_STATISTICS_H

#include "native/index/snapshot.h"

/* As `stats` of engine.h. */
lede_status lede_native_stats(lede_stats *stats,
                              const lede_native_snapshot *snapshot,
                              lede_arena *arena, lede_error *err);

#endif
