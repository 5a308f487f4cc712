/*
 * memory/memory.h - the smallest engine: articles in memory, found by looking
 * at each.
 *
 * It does everything the seam asks, by the definitions and in their order,
 * without any cleverness: the oracle that the others are tested against, and a
 * short-lived index for programs (address `memory:`). Every open of the address
 * is an index of its own, gone with its last handle.
 *
 * Deleted articles count in the statistics until optimize, as in an engine of
 * segments that has not merged yet. A writer's memory limit does not hold: what
 * is put is the index. A commit counts the whole dictionary anew, so many small
 * ones are slow. Nothing is on disk, so there is nothing to check or recover.
 */
#ifndef LEDE_MEMORY_MEMORY_H
#define LEDE_MEMORY_MEMORY_H

#include "engine/engine.h"

/* Frozen, static. */
const lede_engine *lede_memory_engine(void);

#endif
