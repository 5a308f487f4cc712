/*
 * native/index/rescue.h - what recovery knows of each segment, before and after
 * it decided what is kept.
 *
 *     lede_rescue_listed(&all, dir, findings, &err);     by the manifest, or
 *     lede_rescue_found(&all, dir, &stages, &err);       by the files there are
 *
 * Without a manifest:
 * - a segment brings its schema, a live file the signature of its segment;
 * - an article is of one segment at a time, so where two have the same version
 *   of an article (a key and its sequence), the newer was merged from the
 *   older: the newest whole one stands for it;
 * - an article that any live file says is dead stays dead, for nothing comes
 *   to life again;
 * - a live file too damaged to say whose it is puts all segments in doubt that
 *   it may be of by its length.
 *
 * Errors    VERSION: a file of a newer format, which only a newer lede may
 *           judge. Damage is told and noted, and no error.
 * Threads   Confined.
 */
#ifndef LEDE_NATIVE_INDEX_RESCUE_H
#define LEDE_NATIVE_INDEX_RESCUE_H

#include "native/index/check.h"
#include "native/index/obsolete.h"
#include "native/index/part.h"
#include "native/index/stages.h"

typedef struct lede_rescue {
    char name[LEDE_DIR_NAME_MAX + 1];
    lede_envelope_mark mark;
    uint64_t generation;   /* in the name */
    lede_segment *segment; /* NULL: it does not open */
    bool whole;
    uint32_t listed_live; /* by the manifest, or LEDE_LIVE_UNKNOWN */
    /* Live files. */
    char bitmap[LEDE_DIR_NAME_MAX + 1]; /* one that is whole; "": none, or not
                                         * to be used as it is */
    lede_envelope_mark bitmap_mark;
    uint64_t bitmap_generation;
    lede_live *live;   /* NULL: all */
    lede_live *doubt;  /* which of them may be dead; NULL: none */
    uint32_t expected; /* live in all, if there is doubt */
    /* Decided. */
    bool superseded;   /* another has its articles */
    bool broken;       /* not all of its keys can be read */
    lede_live *unseen; /* documents that no key names */
    lede_part *part;   /* of the new commit */
    bool listed;       /* there */
} lede_rescue;

typedef struct lede_rescues {
    lede_rescue *at;
    size_t count;
    size_t capacity;
    lede_obsolete damaged; /* names, to be set aside */
    uint64_t generation;   /* the greatest in a name */
    const lede_allocator *allocator;
} lede_rescues;

void lede_rescues_init(lede_rescues *all, const lede_allocator *allocator);
void lede_rescues_fini(lede_rescues *all);

lede_status lede_rescue_listed(lede_rescues *all, lede_dir *dir,
                               const lede_findings *findings, lede_error *err);
lede_status lede_rescue_found(lede_rescues *all, lede_dir *dir,
                              lede_stages *stages, lede_error *err);

/* Of a directory without a manifest: CORRUPT where there are segments, which
 * nobody may take for rubbish; else NOT_FOUND. */
lede_status lede_manifest_missing(lede_dir *dir, lede_error *err);

#endif
