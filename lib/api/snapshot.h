/*
 * api/snapshot.h - the inside of a snapshot: shared by the streams over it.
 */
#ifndef LEDE_API_SNAPSHOT_H
#define LEDE_API_SNAPSHOT_H

#include <stdatomic.h>

#include "api/index.h"
#include "article/notes.h"
#include "article/view.h"
#include "lede/snapshot.h"

struct lede_snapshot {
    lede_index *index;
    lede_snapshot *self; /* for holders who know it as const: frozen is what a
                          * snapshot tells, and not who holds it */
    atomic_uint holders; /* the caller, streams */
    lede_view *view;
    lede_notes notes;
};

/* Keeps the snapshot alive until one more lede_snapshot_close; returns it.
 * Holding does not change what the snapshot says. */
lede_snapshot *lede_snapshot_hold(const lede_snapshot *snapshot);

#endif
