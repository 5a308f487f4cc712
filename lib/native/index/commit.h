/*
 * native/index/commit.h - a draft becomes the commit, and what it left goes.
 *
 *     lede_commit_clean(&draft, &err);           when a writer opens
 *     lede_commit(&draft, &terms, &err);
 *
 * Writes the bitmaps of parts in which something died, then the manifest, in
 * the order that native/index/manifest.h tells. What a commit without syncs left
 * is synced before one with syncs names it. The parts live in the draft
 * until then, and after it goes on from what they became.
 *
 * Errors    As lede_manifest_publish; what poisons is kept in the draft, other
 *           failures are for the caller to keep.
 * Threads   Under the draft's mutex.
 */
#ifndef LEDE_NATIVE_INDEX_COMMIT_H
#define LEDE_NATIVE_INDEX_COMMIT_H

#include "native/index/draft.h"

typedef struct lede_commit_terms {
    const lede_schema *schema; /* NULL: as before */
    const lede_bytes *notes;   /* NULL: as before */
    uint64_t last_sequence;    /* of its changes; 0: none */
} lede_commit_terms;

/* Removes what a crash left, and what neither the present commit nor the last
 * one made with syncs may use. */
lede_status lede_commit_clean(lede_draft *draft, lede_error *err);

lede_status lede_commit(lede_draft *draft, const lede_commit_terms *terms,
                        lede_error *err);

#endif
