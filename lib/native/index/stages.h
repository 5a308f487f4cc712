/*
 * native/index/stages.h - a long job made of parts that report each for itself.
 *
 *     lede_stages_begin(&stages, task, total);
 *     lede_segment_check(segment, &stages.task, &err);
 *     lede_stages_next(&stages, bytes);           that part is over
 *
 * The parts' progress becomes one that only rises; problems and the cancel
 * token pass through.
 *
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_STAGES_H
#define LEDE_NATIVE_INDEX_STAGES_H

#include "lede/limits.h"

typedef struct lede_stages {
    lede_task task; /* for the part at hand */
    const lede_task *outer;
    uint64_t done; /* in the parts before */
    uint64_t total;
} lede_stages;

/* `task` may be NULL: silent. */
void lede_stages_begin(lede_stages *stages, const lede_task *task,
                       uint64_t total);

/* A part of so many bytes is done. */
void lede_stages_next(lede_stages *stages, uint64_t bytes);

/* Passes a problem on; a key of an article that is lost may be NULL. */
void lede_stages_tell(const lede_stages *stages, const lede_problem *problem);

#endif
