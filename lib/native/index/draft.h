/*
 * native/index/draft.h - the last commit, and what the next one will be.
 *
 *     lede_draft_init(&draft, place, durability, forms);
 *     lede_draft_open(&draft, &err);
 *     lede_parts_add(&draft.parts, part);     lanes, as they fill
 *     lede_draft_advance(&draft, manifest);   a commit
 *     lede_draft_fini(&draft);
 *
 * The parts are those of the last commit, with what dies in them, and new ones.
 * Files made since are remembered before they are made, so that a rollback
 * removes them.
 *
 * Errors    A failure that leaves the draft of no use is kept in it: all that
 *           follow are told the same, until a rollback. Poison lasts.
 * Threads   Shared by those who hold its mutex: functions lock nothing, but
 *           where they say so.
 */
#ifndef LEDE_NATIVE_INDEX_DRAFT_H
#define LEDE_NATIVE_INDEX_DRAFT_H

#include <pthread.h>

#include "native/index/obsolete.h"
#include "native/index/parts.h"
#include "native/index/place.h"
#include "native/index/resolve.h"

typedef struct lede_draft {
    const lede_native_place *place;
    lede_durability durability;
    uint64_t hold_bytes;        /* of records by each who writes a segment, */
    uint64_t alone_bytes;       /* and by an optimize */
    pthread_mutex_t mutex;      /* over all below */
    lede_merge_rules rules;     /* by which its parts are merged */
    const lede_forms *forms;    /* of segments from now on */
    lede_manifest *now;         /* the last commit */
    lede_native_snapshot *base; /* of it, or of the one before a merge if it
                                 * could not be opened; NULL at first */
    lede_parts parts;           /* of the next commit */
    lede_schema **schemas;      /* that segments and lanes refer to */
    size_t schema_count;
    size_t schema_capacity;
    const lede_schema *schema; /* of the most fields that an article has */
    lede_deletes deletes;      /* by all lanes */
    lede_obsolete made;        /* new files, of no commit yet */
    lede_obsolete obsolete;
    lede_status failed; /* until a rollback */
    bool poisoned;      /* for good */
    lede_error why;
} lede_draft;

/* Place and forms are borrowed. NOMEM. */
lede_status lede_draft_init(lede_draft *draft, const lede_native_place *place,
                            lede_durability durability,
                            const lede_forms *forms);

/* Reads the commit on disk and begins with it. */
lede_status lede_draft_open(lede_draft *draft, lede_error *err);
void lede_draft_fini(lede_draft *draft);

/* Whether what is written is synced. */
static inline bool lede_draft_is_synced(const lede_draft *draft)
{
    return draft->durability != LEDE_NOT_DURABLE;
}

/* Whether the base is of the last commit. */
static inline bool lede_draft_is_open(const lede_draft *draft)
{
    return draft->base && draft->base->manifest == draft->now;
}

/* ---- What it will be ---- */

/* Generation of the next commit. */
static inline uint64_t lede_draft_generation(const lede_draft *draft)
{
    return draft->now->generation + 1;
}

/* A name for a new file, remembered. */
lede_status lede_draft_name(lede_draft *draft, char name[LEDE_DIR_NAME_MAX + 1],
                            const char *suffix);

/* The same schema, kept until the end. */
lede_status lede_draft_keep_schema(lede_draft *draft, const lede_schema *schema,
                                   const lede_schema **kept);

/* ---- How it ends ---- */

/* Goes on from a commit that is on disk, of all that was in the draft; takes
 * ownership of it. A failure to open what was just written is kept as one of
 * the draft. */
void lede_draft_advance(lede_draft *draft, lede_manifest *next);

/* The same of a commit of a merge, but that no failure is kept. The parts of
 * the next commit stay, but for those that are to be replaced by `made`, which
 * is taken. */
void lede_draft_rebase(lede_draft *draft, lede_manifest *next,
                       const lede_merge_pick *pick, lede_part *made);

/* Begins again from the last commit: a failure is forgotten, new files are
 * removed. Poisoned, says why. */
lede_status lede_draft_roll_back(lede_draft *draft, lede_error *err);

/* Lets go of it all, for good: removes new files, unless it is poisoned. */
void lede_draft_abandon(lede_draft *draft);

/* Keeps a failure, the first one, and returns `status`. What was made since the
 * commit is removed now, for the disk may be full; unless nobody knows which
 * commit it is of. */
lede_status lede_draft_fail(lede_draft *draft, lede_status status,
                            const lede_error *err);

/* The failure that is kept, told to `err`; or LEDE_OK. */
lede_status lede_draft_failure(const lede_draft *draft, lede_error *err);

/* The same under the mutex, which it locks. */
lede_status lede_draft_ask(lede_draft *draft, lede_error *err);

#endif
